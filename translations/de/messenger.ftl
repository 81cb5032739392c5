# The messenger.
messenger-open = Fragen Sie uns
messenger-new = Neue Antwort
messenger-title = Fragen Sie uns
messenger-close = Schließen
messenger-said = Was gesagt wurde
messenger-hello = Was Sie schreiben, liest ein Mensch, meist tagsüber.
messenger-answer-account = Die Antwort erscheint hier, wo immer Sie angemeldet sind. Sind Sie bis dahin gegangen, sagt es Ihnen eine Mail.
messenger-answer-device = Die Antwort erscheint hier, auf diesem Gerät.
messenger-words = Ihre Nachricht
messenger-no-photos = Bitte schicken Sie keine Fotos und keine Kartennummern.
messenger-send = Senden
messenger-you = Sie
messenger-us = Mini Studio
messenger-lost = Das hat uns nicht erreicht. Ihre Worte stehen noch hier; bitte versuchen Sie es noch einmal.
error-words-long = Das sind mehr als 2.000 Zeichen. Bitte schreiben Sie es in zwei Nachrichten.
error-too-many-messages = Viele Nachrichten in kurzer Zeit. Was Sie vorher geschickt haben, ist angekommen. Bitte warten Sie ein wenig, bevor Sie noch eine schicken.
error-messenger-off = Der Messenger ist hier aus. Sie können uns auf der Kontaktseite schreiben.
error-conversation-closed = Dieses Gespräch ist geschlossen.

# Support within Minitube, on the account page.
account-support = Hilfe in Minitube
account-support-words = In Minitube können Sie uns gleich dort etwas fragen. Das beruht auf unserem berechtigten Interesse, Kundinnen und Kunden zu helfen, und Sie haben das Recht zu widersprechen: Dann bietet Minitube es nicht mehr an. Die Kontaktseite bleibt Ihnen offen.
account-support-on = Minitube bietet Hilfe an.
account-support-off = Sie haben widersprochen. Minitube bietet keine Hilfe an.
account-support-object = Widersprechen
account-support-allow = Wieder erlauben
account-support-objected = Ihr Widerspruch ist gespeichert. Minitube bietet keine Hilfe mehr an.
account-support-allowed = Minitube bietet wieder Hilfe an.

# Conversations at the desk.
desk-conversations = Gespräche
desk-conversation-person = Die Person
desk-conversation-waits = Wartet auf Antwort
desk-conversation-answered = Beantwortet
desk-conversation-closed = Geschlossen
desk-conversation-signed-in = angemeldet
desk-conversation-signed-out = nicht angemeldet
desk-conversation-answer = Ihre Antwort
desk-conversation-close = Das Gespräch schließen
desk-conversation-held-at = geführt bei { $name }
desk-conversation-unsent = noch nicht dort angekommen
