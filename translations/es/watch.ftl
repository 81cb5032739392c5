# Minitube, el reproductor, la biblioteca.
minitube-title = Minitube
minitube-none = El escenario todavía está vacío.
minitube-to-films = Hacer la primera película
minitube-film = { $title } con { $name }
minitube-making = Haciéndose
player-label = { $title }
player-described = Versión descrita
progress-label = La película se está haciendo
progress-shots = { $ready } de { $all } escenas están listas. { $seconds ->
    [0] Ya casi está.
    [one] Falta un segundo más o menos.
   *[other] Faltan unos { $seconds } segundos.
 }
progress-finishing = Todas las escenas están listas. Se está montando el archivo para guardar.
progress-words = Ya puede verla: sigue en cuanto cada escena está lista. Le escribimos cuando esté entera.
progress-watch = Verla ahora, sin que la página se recargue
grown-ups = Para mayores
grown-ups-keys = Teclas: espacio para ver y parar, flechas para avanzar y retroceder, F para pantalla completa, M para silenciar.
film-download = Descargar la película
film-synthetic = Contenido sintético: un programa ha dibujado y montado esta película. Nada en ella se ha filmado.
film-synthetic-file = El archivo también lo dice, en una nota que los programas pueden leer (C2PA). En esa nota no figura ningún nombre.
film-name-change = Corregir el nombre
film-name-words = Solo se rehacen las escenas que muestran el nombre. No cuesta nada.
film-name-button = Corregir y rehacer
film-failed-title = No hemos podido hacer esta película
film-failed-words = El dinero vuelve solo a usted y le hemos escrito. Su foto está a salvo.
film-delete = Borrar esta película
film-delete-question = ¿Borrar esta película?
film-delete-words = La película, sus escenas y su archivo se borran para siempre. La foto queda en su biblioteca hasta que la borre.
film-delete-button = Borrar la película
film-delete-named = Borrar { $title } con { $name }
library-title = Su biblioteca
library-lead = Todo lo que guardamos para su familia y para qué se usa.
library-drafts = Sin terminar
library-for = Para { $name }
library-continue = Seguir
library-discard = Descartar
library-films = Películas
library-films-none = Todavía no hay películas.
library-film-making = Haciéndose
library-film-ready = Lista
library-film-failed = No se pudo hacer; el dinero se devuelve
library-watch = Ver
library-photos = Fotos
library-photos-words = Guardadas cifradas y usadas solo para las películas que figuran al lado.
library-photos-none = No guardamos ninguna foto suya.
library-photo = La foto
library-photo-choose = Todavía no se ha elegido una cara en ella.
library-given = Dada el
library-used-for = Se usa para
library-used-draft = un encargo sin terminar
library-used-nothing = Ahora mismo no se usa para nada.
library-children = Niños
library-children-none = No guardamos ningún nombre.
library-name = Corregir
library-name-title = Corregir un nombre
library-name-hint = Para la próxima película. Las películas hechas conservan su nombre; corríjalo en la propia película.
library-name-named = Corregir el nombre { $name }
library-done-film = La película está borrada.
library-done-photo = La foto está borrada, con todo lo que se recortó de ella.
library-done-child = El perfil está borrado.
library-done-name = El nombre está corregido.
library-done-draft = El encargo está descartado.
photo-delete-question = ¿Borrar esta foto?
photo-delete-words = La foto y el recorte hecho de ella se borran para siempre. Las películas ya hechas quedan hasta que las borre, pero su nombre ya no se podrá corregir.
photo-delete-button = Borrar la foto
photo-delete-named = Borrar la foto { $number }
child-delete-question = ¿Borrar este perfil?
child-delete-words = El nombre se borra. Las fotos y películas quedan hasta que las borre.
child-delete-button = Borrar el perfil
child-delete-named = Borrar el perfil de { $name }
desk-title = La mesa
desk-times = Cómo vamos
desk-first-shot = del pago a la primera escena, mediana
desk-whole-film = del pago a la película entera, mediana
desk-jobs-waiting = tareas en espera
desk-jobs-running = tareas en marcha
desk-orders = Encargos
desk-films = Películas
desk-shared = Escenas comunes
desk-none = Todavía nada.
desk-given-up = Abandonado
desk-given-up-none = No se abandonó nada.
desk-film = Película
desk-shot = Escena
desk-failures = Fallos
desk-try-again = Intentarlo todo otra vez
state-draft = Borrador
state-paid = Pagado
state-making = Haciéndose
state-done = Hecho
state-ready = Lista
state-waiting = En espera
state-failed = Fallido
state-refunded = Devuelto

# Compartir una película con un enlace, y la página que hay detrás.
share-title = Compartir con la familia
share-words = Muestre esta película con un enlace a personas de su confianza. Quien tenga el enlace puede verla hasta que termine; nadie la encuentra buscando. Puede terminarlo cuando quiera.
share-not-ready = La película se podrá compartir cuando esté completa.
share-new = Crear un enlace
share-span = Cuánto tiempo vale
share-days = { $days ->
    [one] Un día
   *[other] { $days } días
 }
share-password = Contraseña, si quiere
share-password-hint = Al menos 10 caracteres. Dígala por otro camino que el enlace, por teléfono por ejemplo.
share-named = Decir el nombre del niño en la página. La película misma lo muestra en cualquier caso.
share-make = Crear el enlace
share-made = Su enlace está listo
share-made-words = Solo se muestra esta vez: no guardamos copia. Cópielo ahora.
share-link = El enlace
share-copy = Copiar
share-copied = El enlace está copiado.
share-look = Verla como ellos
share-links = Enlaces a esta película
share-none = No hay ninguno.
share-made-at = Creado el { $moment }
share-until = Vale hasta el { $moment }
share-ended = Terminado el { $moment }
share-views = { $views ->
    [0] Aún no se ha abierto
    [one] Abierto una vez
   *[other] Abierto { $views } veces
 }
share-has-password = Con contraseña
share-is-named = Con el nombre del niño
share-end = Terminar ahora
watch-title = Una película para usted
watch-password-hint = La conoce quien le envió el enlace.
watch-button = Ver
watch-words = Una familia le muestra esta película. Por favor, guarde el enlace para usted.
watch-not-ready = La película se está haciendo de nuevo. Vuelva dentro de un rato.
error-share-not-found = Este enlace no lleva a ninguna película, o ya no. Pregunte a quien se lo envió.
error-share-password-wrong = Esta no es la contraseña. Pregunte a quien le envió el enlace.
error-too-many-share-passwords = Se ha intentado demasiadas veces. Espere un poco y vuelva a intentarlo.
error-share-days = Elija uno de los plazos que se ofrecen.
error-share-too-many = Ya hay muchos enlaces a esta película. Termine primero uno de ellos.
