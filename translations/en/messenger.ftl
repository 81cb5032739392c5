# The messenger.
messenger-open = Ask us
messenger-new = New answer
messenger-title = Ask us
messenger-close = Close
messenger-said = What was said
messenger-hello = A person reads what you write, during the day mostly.
messenger-answer-account = The answer appears here, wherever you are signed in. If you have left by then, a mail tells you.
messenger-answer-device = The answer appears here, on this device.
messenger-words = Your message
messenger-no-photos = Please send no photos and no card numbers.
messenger-send = Send
messenger-you = You
messenger-us = Mini Studio
messenger-lost = That did not reach us. Your words are still here; please try again.
error-words-long = That is more than 2,000 characters. Please write it in two messages.
error-too-many-messages = Many messages in a short time. What you sent before has arrived. Please wait a little before you send another.
error-messenger-off = The messenger is off here. You can write to us on the contact page.
error-conversation-closed = This conversation is closed.

# Support within Minitube, on the account page.
account-support = Support in Minitube
account-support-words = In Minitube you can ask us something on the spot. That rests on our legitimate interest in helping customers, and you have the right to object: then Minitube no longer offers it. The contact page stays open to you.
account-support-on = Minitube offers support.
account-support-off = You have objected. Minitube offers no support.
account-support-object = Object
account-support-allow = Allow it again
account-support-objected = Your objection is saved. Minitube no longer offers support.
account-support-allowed = Minitube offers support again.

# Conversations at the desk.
desk-conversations = Conversations
desk-conversation-person = The person
desk-conversation-waits = Waits for an answer
desk-conversation-answered = Answered
desk-conversation-closed = Closed
desk-conversation-signed-in = signed in
desk-conversation-signed-out = signed out
desk-conversation-answer = Your answer
desk-conversation-close = Close the conversation
desk-conversation-held-at = held at { $name }
desk-conversation-unsent = has not arrived there yet
