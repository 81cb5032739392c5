# Minitube, le lecteur, la bibliothèque.
minitube-title = Minitube
minitube-none = La scène est encore vide.
minitube-to-films = Créer le premier film
minitube-film = { $title } avec { $name }
minitube-making = En préparation
player-label = { $title }
player-described = Version décrite
progress-label = Le film se prépare
progress-shots = { $ready } scènes sur { $all } sont prêtes. { $seconds ->
    [0] C’est presque fini.
    [one] Encore une seconde environ.
   *[other] Encore { $seconds } secondes environ.
 }
progress-finishing = Toutes les scènes sont prêtes. Le fichier à garder est en cours d’assemblage.
progress-words = Vous pouvez déjà regarder : le film continue dès que chaque scène est prête. Nous vous écrivons quand il est complet.
progress-watch = Regarder maintenant, sans que la page se recharge
grown-ups = Pour les grands
grown-ups-keys = Touches : espace pour lire et mettre en pause, flèches pour avancer et reculer, F pour le plein écran, M pour couper le son.
film-download = Télécharger le film
film-synthetic = Média de synthèse : un programme a dessiné et assemblé ce film. Rien n’y a été filmé.
film-synthetic-file = Le fichier le dit aussi, dans une mention que les programmes savent lire (C2PA). Aucun nom ne figure dans cette mention.
film-name-change = Corriger le prénom
film-name-words = Seules les scènes qui montrent le prénom sont refaites. Cela ne coûte rien.
film-name-button = Corriger et refaire
film-failed-title = Nous n’avons pas pu créer ce film
film-failed-words = L’argent vous revient de lui-même, et nous vous avons écrit. Votre photo est en sécurité.
film-delete = Supprimer ce film
film-delete-question = Supprimer ce film ?
film-delete-words = Le film, ses scènes et son fichier sont supprimés pour de bon. La photo reste dans votre bibliothèque jusqu’à ce que vous la supprimiez.
film-delete-button = Supprimer le film
film-delete-named = Supprimer { $title } avec { $name }
library-title = Votre bibliothèque
library-lead = Tout ce que nous gardons pour votre famille, et à quoi cela sert.
library-drafts = Pas encore terminé
library-for = Pour { $name }
library-continue = Continuer
library-discard = Abandonner
library-films = Films
library-films-none = Pas encore de film.
library-film-making = En préparation
library-film-ready = Prêt
library-film-failed = N’a pas pu être fait ; l’argent est rendu
library-watch = Regarder
library-photos = Photos
library-photos-words = Gardées chiffrées, utilisées seulement pour les films nommés à côté.
library-photos-none = Nous ne gardons aucune photo de vous.
library-photo = La photo
library-photo-choose = Aucun visage n’y a encore été choisi.
library-given = Donnée le
library-used-for = Sert à
library-used-draft = une commande en cours
library-used-nothing = Ne sert à rien pour le moment.
library-children = Enfants
library-children-none = Aucun prénom gardé.
library-name = Corriger
library-name-title = Corriger un prénom
library-name-hint = Pour le prochain film. Les films faits gardent leur prénom ; corrigez-le dans le film lui-même.
library-name-named = Corriger le prénom { $name }
library-done-film = Le film est supprimé.
library-done-photo = La photo est supprimée, avec tout ce qui en a été découpé.
library-done-child = Le profil est supprimé.
library-done-name = Le prénom est corrigé.
library-done-draft = La commande est abandonnée.
photo-delete-question = Supprimer cette photo ?
photo-delete-words = La photo et sa découpe sont supprimées pour de bon. Les films déjà faits restent jusqu’à ce que vous les supprimiez, mais leur prénom ne pourra plus être corrigé.
photo-delete-button = Supprimer la photo
photo-delete-named = Supprimer la photo { $number }
child-delete-question = Supprimer ce profil ?
child-delete-words = Le prénom est supprimé. Les photos et les films restent jusqu’à ce que vous les supprimiez.
child-delete-button = Supprimer le profil
child-delete-named = Supprimer le profil de { $name }
desk-title = Le pupitre
desk-times = Comment ça va
desk-first-shot = du paiement à la première scène, médiane
desk-whole-film = du paiement au film entier, médiane
desk-jobs-waiting = tâches en attente
desk-jobs-running = tâches en cours
desk-orders = Commandes
desk-films = Films
desk-shared = Scènes communes
desk-none = Pas encore.
desk-given-up = Abandonné
desk-given-up-none = Rien n’a été abandonné.
desk-film = Film
desk-shot = Scène
desk-failures = Échecs
desk-try-again = Tout réessayer
state-draft = Brouillon
state-paid = Payé
state-making = En préparation
state-done = Fait
state-ready = Prêt
state-waiting = En attente
state-failed = Échoué
state-refunded = Remboursé

# Partager un film par un lien, et la page derrière.
share-title = Partager en famille
share-words = Montrez ce film par un lien à des personnes de confiance. Qui a le lien peut le regarder jusqu’à ce que le lien prenne fin ; aucune recherche n’y mène. Vous pouvez y mettre fin à tout moment.
share-not-ready = Le film pourra être partagé dès qu’il sera complet.
share-new = Créer un lien
share-span = Durée du lien
share-days = { $days ->
    [one] Un jour
   *[other] { $days } jours
 }
share-password = Mot de passe, si vous voulez
share-password-hint = Au moins 10 caractères. Donnez-le par un autre chemin que le lien, par téléphone par exemple.
share-named = Dire le prénom de l’enfant sur la page. Le film lui-même le montre de toute façon.
share-make = Créer le lien
share-made = Votre lien est prêt
share-made-words = Il n’est montré que cette fois : nous n’en gardons pas de copie. Copiez-le maintenant.
share-link = Le lien
share-copy = Copier
share-copied = Le lien est copié.
share-look = Le voir comme eux
share-links = Liens vers ce film
share-none = Il n’y en a pas.
share-made-at = Créé le { $moment }
share-until = Valable jusqu’au { $moment }
share-ended = Terminé le { $moment }
share-views = { $views ->
    [0] Pas encore ouvert
    [one] Ouvert une fois
   *[other] Ouvert { $views } fois
 }
share-has-password = Avec un mot de passe
share-is-named = Avec le prénom de l’enfant
share-end = Y mettre fin
watch-title = Un film pour vous
watch-password-hint = Qui vous a envoyé le lien le connaît.
watch-button = Regarder
watch-words = Une famille vous montre ce film. Merci de garder le lien pour vous.
watch-not-ready = Le film est en train d’être refait. Revenez dans un petit moment.
error-share-not-found = Ce lien ne mène à aucun film, ou plus à aucun. Demandez à qui vous l’a envoyé.
error-share-password-wrong = Ce n’est pas le mot de passe. Demandez à qui vous a envoyé le lien.
error-too-many-share-passwords = Trop d’essais. Attendez un peu et réessayez.
error-share-days = Choisissez l’une des durées proposées.
error-share-too-many = Il y a déjà beaucoup de liens vers ce film. Mettez d’abord fin à l’un d’eux.
