# The messenger.
messenger-open = Une question ?
messenger-new = Nouvelle réponse
messenger-title = Une question ?
messenger-close = Fermer
messenger-said = Ce qui a été dit
messenger-hello = Une personne lit ce que vous écrivez, le plus souvent en journée.
messenger-answer-account = La réponse apparaît ici, partout où votre session est ouverte. Si vous n’êtes plus là, un e-mail vous prévient.
messenger-answer-device = La réponse apparaît ici, sur cet appareil.
messenger-words = Votre message
messenger-no-photos = N’envoyez ni photo ni numéro de carte, s’il vous plaît.
messenger-send = Envoyer
messenger-you = Vous
messenger-us = Mini Studio
messenger-lost = Cela ne nous est pas parvenu. Vos mots sont toujours là ; veuillez réessayer.
error-words-long = Cela fait plus de 2 000 caractères. Veuillez l’écrire en deux messages.
error-too-many-messages = Beaucoup de messages en peu de temps. Ce que vous avez envoyé est bien arrivé. Veuillez attendre un peu avant d’en envoyer un autre.
error-messenger-off = La messagerie est désactivée ici. Vous pouvez nous écrire sur la page de contact.
error-conversation-closed = Cette conversation est fermée.

# Support within Minitube, on the account page.
account-support = Assistance dans Minitube
account-support-words = Dans Minitube, vous pouvez nous poser une question sur place. Cela repose sur notre intérêt légitime à aider nos clients, et vous avez le droit de vous y opposer : Minitube ne le propose alors plus. La page de contact vous reste ouverte.
account-support-on = Minitube propose une assistance.
account-support-off = Votre opposition est enregistrée. Minitube ne propose pas d’assistance.
account-support-object = M’y opposer
account-support-allow = L’autoriser de nouveau
account-support-objected = Votre opposition est enregistrée. Minitube ne propose plus d’assistance.
account-support-allowed = Minitube propose de nouveau une assistance.

# Conversations at the desk.
desk-conversations = Conversations
desk-conversation-person = La personne
desk-conversation-waits = Attend une réponse
desk-conversation-answered = Répondu
desk-conversation-closed = Fermée
desk-conversation-signed-in = connectée
desk-conversation-signed-out = non connectée
desk-conversation-answer = Votre réponse
desk-conversation-close = Fermer la conversation
desk-conversation-held-at = tenue chez { $name }
desk-conversation-unsent = pas encore arrivée là-bas
