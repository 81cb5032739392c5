# The messenger.
messenger-open = Pregúntenos
messenger-new = Nueva respuesta
messenger-title = Pregúntenos
messenger-close = Cerrar
messenger-said = Lo que se dijo
messenger-hello = Una persona lee lo que escribe, casi siempre durante el día.
messenger-answer-account = La respuesta aparece aquí, dondequiera que haya iniciado sesión. Si para entonces se ha ido, un correo le avisa.
messenger-answer-device = La respuesta aparece aquí, en este dispositivo.
messenger-words = Su mensaje
messenger-no-photos = Por favor, no envíe fotos ni números de tarjeta.
messenger-send = Enviar
messenger-you = Usted
messenger-us = Mini Studio
messenger-lost = Eso no nos llegó. Sus palabras siguen aquí; inténtelo de nuevo.
error-words-long = Son más de 2000 caracteres. Escríbalo en dos mensajes, por favor.
error-too-many-messages = Muchos mensajes en poco tiempo. Lo que envió antes ha llegado. Espere un poco antes de enviar otro, por favor.
error-messenger-off = La mensajería está desactivada aquí. Puede escribirnos en la página de contacto.
error-conversation-closed = Esta conversación está cerrada.

# Support within Minitube, on the account page.
account-support = Asistencia en Minitube
account-support-words = En Minitube puede preguntarnos algo allí mismo. Se basa en nuestro interés legítimo en ayudar a nuestros clientes, y usted tiene derecho a oponerse: entonces Minitube deja de ofrecerlo. La página de contacto sigue abierta para usted.
account-support-on = Minitube ofrece asistencia.
account-support-off = Usted se ha opuesto. Minitube no ofrece asistencia.
account-support-object = Oponerme
account-support-allow = Permitirlo de nuevo
account-support-objected = Su oposición está guardada. Minitube ya no ofrece asistencia.
account-support-allowed = Minitube vuelve a ofrecer asistencia.

# Conversations at the desk.
desk-conversations = Conversaciones
desk-conversation-person = La persona
desk-conversation-waits = Espera una respuesta
desk-conversation-answered = Respondida
desk-conversation-closed = Cerrada
desk-conversation-signed-in = con sesión iniciada
desk-conversation-signed-out = sin sesión iniciada
desk-conversation-answer = Su respuesta
desk-conversation-close = Cerrar la conversación
desk-conversation-held-at = en { $name }
desk-conversation-unsent = todavía no ha llegado allí
