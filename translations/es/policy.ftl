# Lo que muestra la política: aviso, configuración de cookies, las páginas que la rodean y los correos.

# El pie de página.
foot-privacy = Privacidad
foot-promises = Nuestras promesas
foot-terms = Condiciones
foot-about = Sobre nosotros
foot-contact = Contacto
foot-cookies = Configuración de cookies

# El aviso.
banner-title = ¿Nos permite?
banner-words = Hasta que decida, ambas quedan apagadas.
banner-words-again = Algo en ellas ha cambiado desde que decidió, así que le preguntamos de nuevo. Hasta entonces, ambas quedan apagadas.
banner-accept = Aceptar
banner-refuse = Rechazar
banner-choose = Elegir una a una
banner-save = Guardar mi elección
banner-more = Qué son estas cookies
banner-necessary = Necesarias
banner-necessary-words = Siempre activas: mantienen su sesión y recuerdan lo que decidió aquí y qué reglas corresponden a su país. Sin ellas el sitio no funciona.
banner-analytics = Analítica
banner-analytics-words = Nos muestra cómo se usa el sitio, para descubrir lo que resulta incómodo y mejorarlo.
banner-support = Ayuda en las páginas públicas
banner-support-words = Una mensajería en la página de contacto, la página sobre nosotros y las páginas de las películas, para preguntarnos algo en el momento.

# Configuración de cookies.
cookies-title = Configuración de cookies
cookies-lead = Lo que su navegador guarda para nosotros y lo que usted ha permitido. Puede cambiarlo cuando quiera, tantas veces como quiera.
cookies-analytics-on = La analítica está activa.
cookies-analytics-off = La analítica está apagada.
cookies-support-on = La mensajería de ayuda en las páginas públicas está activa.
cookies-support-off = La mensajería de ayuda en las páginas públicas está apagada.
cookies-undecided-off = Todavía no ha decidido. Hasta entonces, todo lo opcional queda apagado.
cookies-undecided-on = Todavía no ha decidido. En el lugar donde está, las herramientas opcionales están activas hasta que las apague.
cookies-decided = Lo decidió así el { $date }.
cookies-withdraw = Retirar todo lo opcional
cookies-withdraw-words = Un clic: las herramientas opcionales se apagan, lo que guardaron en este navegador se quita y la página siguiente se carga sin ellas.
cookies-withdrawn = Hecho. Todo lo opcional está apagado, y lo que había guardado en este navegador se ha quitado.
cookies-saved = Su elección está guardada.
cookies-choose = Elegir una a una
cookies-gpc = Su navegador envía la señal «Global Privacy Control». La tomamos como un no a todo lo opcional.
cookies-gpc-allowed = Su navegador envía la señal «Global Privacy Control». Después usted decidió expresamente aquí, y eso es lo que cuenta.
cookies-country-title = Dónde está
cookies-country-ask = Su dirección IP apunta a este país: { $country }. Allí preguntamos antes de cargar nada opcional.
cookies-country-on = Su dirección IP apunta a este país: { $country }. Allí las herramientas opcionales están activas hasta que las apague.
cookies-country-unknown = No podemos reconocer en qué país está. Por eso preguntamos antes de cargar nada opcional.
cookies-country-words = El país es todo lo que deducimos de su dirección IP. Sirve solo para esta pregunta y se guarda 24 horas en una cookie.
cookies-receipts-title = Constancia de su decisión
cookies-receipts-words = Anotamos qué se decidió, cuándo, en qué país y con qué texto, para poder mostrarlo más tarde. No quién es usted.
cookies-receipt = El número de su decisión: { $id }. Con él puede pedirnos la constancia.
cookies-receipt-none = Todavía no hay constancia, porque no ha decidido nada.
cookies-list-title = Lo que guarda su navegador

# La página de privacidad.
privacy-title = Privacidad
privacy-lead = Qué hacemos con sus datos, en palabras claras. No es solo un texto: el propio programa funciona según él.
privacy-contents = Contenido
privacy-effective = En vigor desde el { $date }
privacy-effective-until = En vigor del { $from } al { $until }
privacy-older-notice = Esta es una versión anterior. Ya no se aplica.
privacy-later-notice = Esta versión aún no está en vigor. Se aplica a partir del { $date }.
privacy-to-current = Leer la versión en vigor
privacy-versions = Versiones anteriores
privacy-versions-none = No hay ninguna versión anterior.
privacy-version = Versión del { $date }
privacy-compare = Comparar con la versión del { $date }
privacy-compare-title = Qué ha cambiado
privacy-compare-lead = La versión del { $old } junto a la versión del { $new }.
privacy-compare-legend = Cómo leerlo
privacy-compare-added = Añadido
privacy-compare-removed = Quitado
privacy-compare-same = Las dos versiones dicen lo mismo.
privacy-upcoming = A partir del { $date } se aplica una nueva versión de nuestra política de privacidad: { $summary }
privacy-upcoming-link = Leer la nueva versión
privacy-head-category = Tipo de datos
privacy-head-examples = Ejemplos
privacy-head-purpose = Para qué
privacy-head-basis = Base jurídica
privacy-head-processor = Proveedor
privacy-head-receives = Recibe
privacy-head-where = Dónde
privacy-head-safeguard = Garantía
privacy-head-agreement = Contrato
privacy-head-kept = Se guarda
privacy-head-cookie = Cookie o almacenamiento
privacy-head-provider = Proveedor
privacy-head-class = Clase
privacy-head-period = Se guarda
privacy-head-subject = Qué
privacy-head-retained = Cuánto tiempo
privacy-head-from = Contado desde
privacy-controller-name = Responsable
privacy-controller-email = Correo
privacy-basis-contract = Contrato (art. 6.1.b RGPD)
privacy-basis-consent = Consentimiento (art. 6.1.a RGPD)
privacy-basis-legitimate-interests = Intereses legítimos (art. 6.1.f RGPD)
privacy-basis-legal-obligation = Obligación legal (art. 6.1.c RGPD)
privacy-class-essential = Necesaria
privacy-class-analytics = Analítica
privacy-class-support = Ayuda
privacy-processors-none = Este sitio no tiene activado ningún proveedor externo.
privacy-cookies-analytics-none = Este sitio no pone ahora cookies de analítica.
privacy-cookies-support-none = Este sitio no pone ahora cookies de ayuda.
privacy-authority = Según su dirección IP, está en este país: { $country }. La autoridad de protección de datos de allí es:
privacy-authority-unknown = No podemos reconocer en qué país está. Encontrará su autoridad en esta lista:
privacy-not-sold = No vendemos su información personal.
privacy-not-sold-gpc = Su navegador nos pide que no vendamos ni compartamos su información personal. No la vendemos, y la señal vale como su no a todo lo opcional, salvo que desde entonces haya decidido expresamente otra cosa con nosotros.
period-minutes = { $number ->
    [one] 1 minuto
   *[other] { $number } minutos
 }
period-hours = { $number ->
    [one] 1 hora
   *[other] { $number } horas
 }
period-days = { $number ->
    [one] 1 día
   *[other] { $number } días
 }
period-weeks = { $number ->
    [one] 1 semana
   *[other] { $number } semanas
 }
period-months = { $number ->
    [one] 1 mes
   *[other] { $number } meses
 }
period-years = { $number ->
    [one] 1 año
   *[other] { $number } años
 }
period-session = hasta que se cierra el navegador
period-none = sin caducidad, hasta que se quite

# Las promesas.
promises-title = Nuestras promesas
promises-lead = Una política de privacidad es una promesa. Aquí está cada una de las nuestras, con la comprobación que mostró por última vez que la cumplimos. Nadie escribe estos estados a mano: vienen de las pruebas del programa en marcha.
promises-proven = Demostrada
promises-proven-words = Una prueba ha manejado el programa en marcha y ha visto que la promesa se cumple.
promises-not-yet = Todavía no
promises-not-yet-words = Ninguna prueba lo muestra todavía. Preferimos decirlo antes que afirmarlo.
promises-head-promise = Promesa
promises-head-state = Estado
promises-head-tests = Demostrada por
promises-head-when = Cuándo
promises-sum = { $proven } de { $all } promesas están demostradas.
promises-wording = Cada promesa está aquí con las mismas palabras por las que se guían las pruebas, en inglés.
promises-none = Todavía no hay resultados: en este sitio no se han hecho las pruebas. Hasta entonces, ninguna promesa cuenta como demostrada.

# Sobre nosotros.
about-title = Sobre Mini Studio
about-lead = Hacemos pequeñas películas de teatro de papel en las que un niño o una niña a quien usted quiere hace de protagonista. Y pensamos que la foto para ello no es asunto de nadie más que de usted.
about-what-title = Qué es esto
about-what-words = Elige una película, añade una foto y un nombre, y minutos después su familia la ve con su peque en el escenario. Ni un pase de diapositivas ni una cara pegada a un cuerpo ajeno: una historia con su propia música, en la que su peque gira la cabeza, parpadea y sonríe, y en la que el nombre forma parte del decorado.
about-what-more = Lo hicimos para la noche en que una persona pequeña grita: ¡si soy yo! Todo lo demás aquí sirve a ese momento o lo protege.
about-paper-title = Cómo se hace una película de papel
about-paper-words = Todo es papel recortado en un pequeño escenario: hojas superpuestas, sombras suaves, bordes que se ven. Como en los dibujos animados antiguos, las figuras cambian de postura solo una imagen de cada dos, y por eso parecen movidas a mano. Un borde de papel blanco alrededor de la cara hace que la foto encaje entre los dibujos.
about-paper-more = Una película es una receta. Cada escena sabe si necesita la cara, el nombre o ninguna de las dos cosas. Las que no necesitan nada de eso se hicieron una vez para todo el mundo; solo las demás se hacen para usted. Por eso puede empezar a verla mientras se recortan las últimas escenas, y por eso corregir un nombre es rápido y gratis.
about-photo-title = Qué pasa con una foto
about-photo-words = Paso a paso, y nada más:
about-photo-step-1 = Usted afirma que puede usar la foto. Antes de eso, nuestro programa no la acepta.
about-photo-step-2 = Nos llega por una conexión cifrada y se abre en una habitación cerrada con llave: un proceso aparte que no alcanza ningún archivo, ninguna red ni ningún otro programa. De allí solo salen puntos de imagen limpios. Dónde y cuándo se tomó la foto se queda atrás y se tira.
about-photo-step-3 = Un programa busca la cara y le dice con amabilidad si es demasiado pequeña, demasiado oscura o está vuelta. Si cree que se equivoca, escríbanos y le responde una persona.
about-photo-step-4 = La cabeza se recorta, con el pelo incluido, como con tijeras, y recibe su borde de papel.
about-photo-step-5 = La foto y el recorte se cierran con una clave que es solo de su cuenta, antes de que nada se escriba en un disco.
about-photo-step-6 = Las escenas con su peque se hacen y se cierran de la misma manera. La foto sirve para las películas que encarga y no entrena ningún modelo: ni nuestro ni de nadie.
about-photo-step-7 = La borra cuando quiera. Borrado quiere decir borrado: la foto, el recorte y toda copia hecha de ella que no sea su película. La película desaparece cuando borra la película.
about-seen-title = Quién puede verla
about-seen-words = Usted, y a quien usted se la enseñe. Ninguna película se muestra a otros sin el permiso escrito de su familia, y nadie de nuestro equipo puede hojear sin más sus fotos: hace falta un motivo, dura una hora como mucho, se lo decimos por correo y todo lo que se abrió figura en su cuenta. Quien lleva el sitio ve que existe un pedido y si salió bien, no quién sale en él.
about-seen-more = Si un sitio tiene activado un servicio externo, para hacer las películas, guardarlas o hacérselas llegar, la página de privacidad lo nombra, con exactamente lo que recibe.
about-cost-title = Qué cuesta
about-cost-words = Cada película tiene un precio, y lo ve en la página de la película antes de empezar. Paga una vez: sin suscripción y sin nada añadido en la caja. Ve imágenes reales de su película, con su peque en ella, antes de pagar.
about-cost-more = Verla y descargarla está incluido, tantas veces como quiera, y un nombre mal escrito se corrige gratis. Si no podemos hacer una película, su dinero vuelve solo.
about-run-title = Ponerlo en marcha en casa
about-run-words = Mini Studio es software libre con licencia MIT. Si prefiere no confiarnos una foto, no tiene por qué: abra el teatro en su casa. Es un programa y una orden; lo trae todo consigo y no necesita cuenta en ningún sitio. Mientras no active ningún servicio externo, sus fotos no salen nunca de su propia máquina.
about-run-more = Para un sitio grande es el mismo programa, en muchas máquinas. Y quien quiera escribir una película no necesita programar: una película es una carpeta con dibujos y un archivo de texto.
about-kept-title = Cómo cumplimos nuestras promesas
about-kept-words = Nuestra política de privacidad no es un texto en algún lugar al lado del programa; es un archivo según el cual funciona el programa. La tabla de cookies, la pregunta del aviso, qué puede ir a quién y cuánto tiempo se guarda algo: todo sale de ese archivo. Lo que no está en él, el programa no lo hace.
about-kept-more = Y como prometer es fácil, unas pruebas manejan el programa en marcha y miran. Qué promesas han visto cumplidas, y cuáles no pueden mostrar todavía, está a la vista de todo el mundo.
about-kept-link = Ver todas las promesas y su estado

# Contacto.
contact-title = Escríbanos
contact-lead = Con cuenta o sin ella. Una persona lee lo que escribe y responde por correo electrónico.
contact-email = Su correo electrónico
contact-email-hint = Para la respuesta y para nada más.
contact-kind = ¿De qué se trata?
contact-kind-question = Una pregunta
contact-kind-order = Un pedido
contact-kind-photo-deletion = Pedir que se borre una foto
contact-kind-privacy = Una solicitud sobre mis datos
contact-kind-appeal = Una foto fue rechazada sin razón
contact-message = Su mensaje
contact-message-hint = Hasta 5000 caracteres. No envíe fotos ni números de tarjeta; aquí no los necesitamos nunca.
contact-send = Enviar
contact-gdpr-hint = Las solicitudes sobre sus datos van primero, con una respuesta en 30 días. Si prefiere enviar un correo, ponga «GDPR Request» en el asunto.
contact-address = O escriba a { $email }.
contact-sent-title = Ha llegado
contact-sent-words = Gracias. Una persona lee su mensaje y le responde lo antes posible, en un plazo máximo de 30 días. Se lo confirmamos por correo, salvo que hoy hayan llegado muchos mensajes con su dirección.
contact-sent-priority-words = Gracias. Las solicitudes sobre sus datos van primero: tendrá nuestra respuesta en un plazo máximo de 30 días, o de 45 si la pidió según la ley de California. Se lo confirmamos por correo, salvo que hoy hayan llegado muchos mensajes con su dirección.
contact-sent-back = Ir a la portada
error-email-missing = Escriba su correo electrónico, para que podamos responderle.
error-kind-missing = Elija de qué se trata, por favor.
error-message-empty = Escriba qué podemos hacer por usted.
error-message-long = Son más de 5000 caracteres. Escríbalo un poco más corto, por favor.
error-too-many-enquiries = Muchos mensajes en poco tiempo. Lo que envió antes ha llegado. Inténtelo de nuevo en una hora o, si aún es pronto, mañana.

# Condiciones.
terms-title = Condiciones
terms-lead = Lo que usted y nosotros podemos esperar unos de otros. Tan breve como se puede, en palabras que no necesitan abogado.
terms-effective = En vigor desde el { $date }
terms-1-title = Quiénes somos y quién puede usar esto
terms-1-words = { $name } ofrece Mini Studio. Es para personas adultas: madres, padres, quienes tienen la tutela de un menor y quien haga una película para él con su permiso. Los niños y las niñas miran; no tienen cuenta ni encargan nada. Dé un correo electrónico que sea suyo y guarde para usted su manera de entrar.
terms-2-title = Qué encarga
terms-2-words = Encarga una película que hacemos para usted con nuestra historia, su foto, el nombre del niño o la niña y lo que usted elija. Antes de pagar ve imágenes reales de ella. El pedido le compromete cuando ha pulsado el botón de pagar y el pago sale bien. Hasta entonces es un borrador que puede descartar.
terms-3-title = Precio y pago
terms-3-words = El precio que figura en la página de la película y en la caja es el precio entero. Paga una vez por cada película. El pago lo lleva un servicio de pagos; el número de su tarjeta no está nunca en nuestras páginas ni en nuestras manos. Si la caja dice que es una caja de prueba, no se cobra nada.
terms-4-title = La foto y su permiso
terms-4-words = Denos solo una foto que pueda usar. Con cada foto de un menor afirma que es su madre, su padre o quien tiene su tutela legal, o que tiene los permisos necesarios para usar su imagen en esta película. Si una foto se rechaza, le decimos por qué, y si lo pide la mira una persona.
terms-5-title = La película es para su familia
terms-5-words = Su película es suya para uso privado: puede verla, descargarla, guardarla, enseñarla y darla a familiares y amistades, sin límite de tiempo. La historia, los dibujos y la música siguen siendo de quienes los hicieron. Para mostrarla en público por dinero, venderla o hacer publicidad con ella hace falta antes nuestro permiso. La imagen de su hijo o hija no es nuestra, y no reclamamos sobre ella ningún derecho más allá de hacer su película.
terms-6-title = Ninguna publicidad con su hijo o hija
terms-6-words = Nunca usamos una foto, una imagen personal o una película suya para promocionar nada, salvo que usted lo haya consentido expresamente y por escrito.
terms-7-title = Si una película no se puede hacer
terms-7-words = Si no podemos hacer una película que ha pagado, recupera el precio entero, por el medio con el que pagó y sin tener que pedirlo. Si algo está mal en una película terminada, díganoslo: la hacemos de nuevo o, si eso no ayuda, devolvemos el dinero. Un nombre mal escrito lo corrige usted, gratis.
terms-gift-title = Tarjetas regalo
terms-gift-words = Una tarjeta regalo es un código que paga una película, cueste entonces lo que cueste: la que figura en la tarjeta o, si no figura ninguna, cualquiera. Usted la paga una vez, al comprarla. Vale hasta el final del año en que han pasado { $years } años enteros tras el año de la compra; el último día figura en la tarjeta. Después ya no paga nada y no se devuelve dinero por ella. Mientras no se haya usado, quien la compró puede devolverla durante { $days } días, sin dar motivos, y recupera el precio entero; después no se cambia por dinero. Puede usarla quien tenga el código, una vez, así que guárdelo como si fuera dinero. Si no podemos hacer una película pagada con una tarjeta, esta vuelve a valer, con el mismo código, al menos { $again } días más. Sigue valiendo aunque se borre la cuenta de quien la compró. Una tarjeta que damos gratis vale el tiempo que indica y solo paga una película.
terms-8-title = Borrar
terms-8-words = Puede borrar fotos, nombres y películas cuando quiera en su biblioteca. Una película borrada no se puede recuperar, así que descargue lo que quiera conservar. Puede borrar su cuenta cuando quiera; durante 30 días todavía puede cambiar de idea, y después todo lo que hay en ella se borra para siempre. La ley nos hace guardar los registros de las transacciones hasta 7 años.
terms-9-title = Lo que no puede hacer
terms-9-words = No use imágenes de personas que no están de acuerdo, o cuyos tutores no lo están. No haga nada que hiera, ridiculice o ponga en peligro a alguien. No intente llegar a datos ajenos, esquivar nuestras protecciones ni sobrecargar el servicio. Si alguien lo hace, podemos rechazar un pedido o cerrar una cuenta. Decimos por qué, y una persona escucha su respuesta.
terms-10-title = Cuándo está abierto
terms-10-words = Queremos que el teatro esté abierto día y noche, pero no podemos prometer que no cierre nunca. A veces algo se rompe, a veces tenemos que trabajar en él. Los pedidos y las películas lo superan y siguen solos. Si alguna vez lo dejáramos del todo, se lo diríamos con tiempo para descargar sus películas.
terms-11-title = De qué respondemos
terms-11-words = Respondemos sin límite de los daños que causamos a propósito o por negligencia grave, de los daños a la vida, al cuerpo y a la salud, y siempre que la ley no admite límite. Por un simple descuido respondemos solo si faltamos a un deber en el que se apoya el contrato, y entonces del daño que normalmente se podía prever. De lo demás no somos responsables.
terms-12-title = Cuando estas condiciones cambian
terms-12-words = Si cambiamos estas condiciones, las nuevas aparecen aquí con su fecha antes de aplicarse, y quien tenga una cuenta recibe un correo. Lo que encargó antes sigue con las condiciones con las que lo encargó. Si las nuevas no le gustan, puede borrar su cuenta cuando quiera.
terms-13-title = La ley y sus derechos al comprar
terms-13-words = Lo que la ley del lugar donde vive le da como consumidora o consumidor es suyo, incluidos los derechos a desistir de un contrato o a que se corrijan los defectos. Nada en esta página le quita nada de eso, y puede acudir a los tribunales de allí. Solo donde no se aplica ninguna regla así cuenta la ley de nuestra propia sede. Si una cláusula no se sostuviera, las demás siguen valiendo.
terms-14-title = Hable con nosotros
terms-14-words = Si algo no está claro o ha salido mal, escriba a { $email }. Casi todo se arregla antes con un correo amable que con cualquier cláusula. Lo que hacemos con sus datos está en la página de privacidad.

# The desk, and words of the tables.
desk-enquiries = Consultas
desk-enquiry-first = Va primero
desk-enquiry-due = Respuesta antes del
desk-enquiry-overdue = Con retraso
desk-enquiry-close = Cerrar sin otra respuesta
desk-processing = Registro de tratamientos
desk-usage = Uso del sitio, últimos 30 días
desk-usage-words = Solo sumas, de visitas cuyos ajustes lo permiten; por debajo de diez no se muestra nada.
privacy-authorities = Todas las autoridades
privacy-safeguard-clauses = Cláusulas contractuales tipo
privacy-safeguard-adequacy = Decisión de adecuación
privacy-safeguard-within = Sin transferencias fuera del EEE y del Reino Unido
privacy-from-account-deleted = eliminación de la cuenta
privacy-from-created = creación
privacy-from-last-used = último uso
privacy-from-expired = fin de validez
privacy-from-paid = pago
privacy-from-closed = respuesta
privacy-from-last-interaction = última interacción o baja
erase-title = Borrados
erase-child = Datos de un menor sin consentimiento
erase-child-words = Si le han informado de forma creíble de que una cuenta contiene datos de un menor que nadie podía dar: desaparece al momento, sin plazo, aquí y en cada proveedor. No se puede deshacer.
erase-sure = He comprobado el aviso. Borrar esta cuenta ahora.
erase-sure-missing = Confirme que ha comprobado el aviso.
erase-nobody = No hay ninguna cuenta con esta dirección. No se ha borrado nada.
erase-button = Borrar ahora
erase-done = La cuenta está borrada. El registro lo muestra.
erase-begun = El borrado ha empezado. Lo que un proveedor aún tiene se reclama hasta que desaparezca; el registro lo muestra.
erase-ledger = Registro
erase-asked = Comenzado
erase-why = Motivo
erase-finished = Terminado
erase-rows = Filas
erase-objects = Objetos
erase-reason-owner = Pedido por su titular
erase-reason-child = Datos de un menor sin consentimiento
erase-unfinished = Aún no: se retoma por sí solo
campaign-title = Campañas
campaign-words = Una campaña va a todas las personas que pueden recibirla según la ley de su país y su propia elección, y a nadie más; abajo puede elegir una parte. Nadie recibe más de un correo así por semana.
campaign-kind = Tipo
campaign-subject = Asunto
campaign-text = Texto
campaign-button = Guardar sin enviar
campaign-begun = La campaña ha comenzado.
campaign-sent = Enviadas
campaign-list = Lo que hay
campaign-new = Nueva campaña
campaign-state = Estado
campaign-draft = En redacción
campaign-sending = Enviándose
campaign-paused = En pausa
campaign-done = Terminada
campaign-stopped = Detenida
campaign-opened = Abiertas
campaign-clicked = Enlace seguido
campaign-unsubscribed = Bajas
campaign-figures-words = Las aperturas y los enlaces seguidos solo se cuentan de quienes aceptaron estos correos, no de los clientes a quienes avisamos de películas parecidas.
campaign-link = Página de este sitio a la que lleva el botón
campaign-link-words = Su ruta, por ejemplo /films. Sin ella no hay botón.
campaign-whom = A quién
campaign-all = da igual
campaign-language = Idioma
campaign-bought = Ha comprado una película
campaign-bought-yes = sí
campaign-bought-no = nunca
campaign-film = Ha comprado esta película
campaign-quiet = Días sin venir
campaign-pace = Correos por hora
campaign-pace-words = Sale a este ritmo, de día allí donde está cada destinatario. A los siete días termina, en cuanto nadie espera su turno.
campaign-reach = Llegaría a { $number } personas en este momento.
campaign-night = Donde es de noche, espera a la mañana.
campaign-preview = Tal como la ven sus destinatarios
campaign-test = Enviármela a mí
campaign-start = Empezar a enviar
campaign-pause = Ponerla en pausa
campaign-resume = Reanudarla
campaign-stop = Detenerla para siempre
campaign-discard = Desecharla
campaign-written = Está guardada. No se ha enviado nada.
campaign-tested = Un ejemplar en cada idioma va camino de usted.
campaign-changed = Hecho.
