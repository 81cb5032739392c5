# Minitube, the player, the library.
minitube-title = Minitube
minitube-none = The stage is still empty.
minitube-to-films = Make the first film
minitube-film = { $title } with { $name }
minitube-making = Being made
player-label = { $title }
player-described = Described version
progress-label = The film is being made
progress-shots = { $ready } of { $all } scenes are ready. { $seconds ->
    [0] Almost there.
    [one] About a second to go.
   *[other] About { $seconds } seconds to go.
 }
progress-finishing = All scenes are ready. The file for keeping is being put together.
progress-words = You can watch already: it plays on as each scene is ready. We write to you when it is whole.
progress-watch = Watch now, without the page reloading itself
grown-ups = For grown-ups
grown-ups-keys = Keys: space plays and pauses, arrows go back and forth, F fills the screen, M mutes.
film-download = Download the film
film-synthetic = Synthetic media: a program drew this film and put it together. Nothing in it was filmed.
film-synthetic-file = The file says so too, in a note that programs can read (C2PA). No name stands in that note.
film-name-change = Correct the name
film-name-words = Only the scenes that show the name are made again. It costs nothing.
film-name-button = Correct and make again
film-failed-title = We could not make this film
film-failed-words = The money is on its way back to you by itself, and we have written to you. Your photo is safe.
film-delete = Delete this film
film-delete-question = Delete this film?
film-delete-words = The film, its scenes and its file are deleted for good. The photo stays in your library until you delete it.
film-delete-button = Delete the film
film-delete-named = Delete { $title } with { $name }
library-title = Your library
library-lead = Everything we keep for your family, and what it is used for.
library-drafts = Not finished yet
library-for = For { $name }
library-continue = Go on
library-discard = Throw away
library-films = Films
library-films-none = No films yet.
library-film-making = Being made
library-film-ready = Ready
library-film-failed = Could not be made; the money goes back
library-watch = Watch
library-photos = Photos
library-photos-words = Kept encrypted, used only for the films named beside them.
library-photos-none = We keep no photo of yours.
library-photo = The photo
library-photo-choose = No face has been chosen in it yet.
library-given = Given on
library-used-for = Used for
library-used-draft = an order that is not finished
library-used-nothing = Used for nothing at the moment.
library-children = Children
library-children-none = No names kept.
library-name = Correct
library-name-title = Correct a name
library-name-hint = For the next film. Films that are made keep their name; correct it on the film itself.
library-name-named = Correct the name { $name }
library-done-film = The film is deleted.
library-done-photo = The photo is deleted, with everything that was cut out of it.
library-done-child = The profile is deleted.
library-done-name = The name is corrected.
library-done-draft = The order is thrown away.
photo-delete-question = Delete this photo?
photo-delete-words = The photo and the cut-out made from it are deleted for good. Films that are made already stay until you delete them, but their name can no longer be corrected.
photo-delete-button = Delete the photo
photo-delete-named = Delete photo { $number }
child-delete-question = Delete this profile?
child-delete-words = The name is deleted. Photos and films stay until you delete them.
child-delete-button = Delete the profile
child-delete-named = Delete the profile of { $name }
desk-title = The desk
desk-times = How we are doing
desk-first-shot = from paying to the first scene, median
desk-whole-film = from paying to the whole film, median
desk-jobs-waiting = jobs waiting
desk-jobs-running = jobs under way
desk-orders = Orders
desk-films = Films
desk-shared = Shared scenes
desk-none = None yet.
desk-given-up = Given up
desk-given-up-none = Nothing was given up.
desk-film = Film
desk-shot = Shot
desk-failures = Failures
desk-try-again = Try all of them again
state-draft = Draft
state-paid = Paid
state-making = Being made
state-done = Done
state-ready = Ready
state-waiting = Waiting
state-failed = Failed
state-refunded = Refunded

# Sharing a film by a link, and the page behind it.
share-title = Share with family
share-words = Show this film to people you trust by a link. Whoever has the link can watch it until it ends; nobody can find it by searching. You can end it at any time.
share-not-ready = The film can be shared once it is whole.
share-new = Make a link
share-span = How long it works
share-days = { $days ->
    [one] One day
   *[other] { $days } days
 }
share-password = Password, if you like
share-password-hint = At least 10 characters. Tell it by another way than the link, by phone for example.
share-named = Say the child’s name on the page. The film itself shows it in any case.
share-make = Make the link
share-made = Your link is ready
share-made-words = It is shown this once: we keep no copy of it. Copy it now.
share-link = The link
share-copy = Copy
share-copied = The link is copied.
share-look = See it as they do
share-links = Links to this film
share-none = There are none.
share-made-at = Made on { $moment }
share-until = Works until { $moment }
share-ended = Ended on { $moment }
share-views = { $views ->
    [0] Not opened yet
    [one] Opened once
   *[other] Opened { $views } times
 }
share-has-password = With a password
share-is-named = With the child’s name
share-end = End now
watch-title = A film for you
watch-password-hint = Whoever sent you the link knows it.
watch-button = Watch
watch-words = A family shows you this film. Please keep the link to yourself.
watch-not-ready = The film is being made again just now. Please come back in a little while.
error-share-not-found = This link leads to no film, or to none any more. Please ask whoever sent it to you.
error-share-password-wrong = This is not the password. Please ask whoever sent you the link.
error-too-many-share-passwords = That was tried too often. Please wait a little and try again.
error-share-days = Please choose one of the spans that are offered.
error-share-too-many = There are many links to this film already. Please end one of them first.
