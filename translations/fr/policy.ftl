# Ce que montre la politique : bandeau, paramètres des cookies, les pages qui s’y rapportent et les e-mails.

# Le pied de page.
foot-privacy = Confidentialité
foot-promises = Nos promesses
foot-terms = Conditions
foot-about = Qui nous sommes
foot-contact = Contact
foot-cookies = Paramètres des cookies

# Le bandeau.
banner-title = Vous permettez ?
banner-words = Tant que vous n’avez pas décidé, les deux restent éteints.
banner-words-again = Quelque chose y a changé depuis votre décision, nous vous demandons donc à nouveau. D’ici là, les deux restent éteints.
banner-accept = Accepter
banner-refuse = Refuser
banner-choose = Choisir un par un
banner-save = Enregistrer mon choix
banner-more = Ce que sont ces cookies
banner-necessary = Nécessaires
banner-necessary-words = Toujours actifs : ils maintiennent votre connexion et retiennent ce que vous avez décidé ici et le pays dont les règles s’appliquent. Sans eux, le site ne fonctionne pas.
banner-analytics = Mesure d’audience
banner-analytics-words = Nous montre comment le site est utilisé, pour que nous trouvions ce qui est malcommode et l’améliorions.
banner-support = Assistance sur les pages publiques
banner-support-words = Une messagerie sur la page de contact, la page qui nous présente et les pages des films, pour nous poser une question sur place.

# Paramètres des cookies.
cookies-title = Paramètres des cookies
cookies-lead = Ce que votre navigateur garde pour nous, et ce que vous avez autorisé. Vous pouvez le changer à tout moment, aussi souvent que vous le voulez.
cookies-analytics-on = La mesure d’audience est active.
cookies-analytics-off = La mesure d’audience est éteinte.
cookies-support-on = La messagerie d’assistance sur les pages publiques est active.
cookies-support-off = La messagerie d’assistance sur les pages publiques est éteinte.
cookies-undecided-off = Vous n’avez pas encore décidé. D’ici là, tout ce qui est facultatif reste éteint.
cookies-undecided-on = Vous n’avez pas encore décidé. Là où vous êtes, les outils facultatifs sont actifs jusqu’à ce que vous les éteigniez.
cookies-decided = Vous en avez décidé ainsi le { $date }.
cookies-withdraw = Retirer tout ce qui est facultatif
cookies-withdraw-words = Un clic : les outils facultatifs sont éteints, ce qu’ils ont enregistré dans ce navigateur est effacé, et la page suivante se charge sans eux.
cookies-withdrawn = C’est fait. Tout ce qui est facultatif est éteint, et ce que cela avait enregistré dans ce navigateur est effacé.
cookies-saved = Votre choix est enregistré.
cookies-choose = Choisir un par un
cookies-gpc = Votre navigateur envoie le signal « Global Privacy Control ». Nous le prenons pour un non à tout ce qui est facultatif.
cookies-gpc-allowed = Votre navigateur envoie le signal « Global Privacy Control ». Vous avez depuis décidé expressément ici, et c’est cela qui compte.
cookies-country-title = Où vous êtes
cookies-country-ask = Votre adresse IP indique ce pays : { $country }. Là, nous demandons avant de charger quoi que ce soit de facultatif.
cookies-country-on = Votre adresse IP indique ce pays : { $country }. Là, les outils facultatifs sont actifs jusqu’à ce que vous les éteigniez.
cookies-country-unknown = Nous ne pouvons pas reconnaître dans quel pays vous êtes. Nous demandons donc avant de charger quoi que ce soit de facultatif.
cookies-country-words = Le pays est tout ce que nous déduisons de votre adresse IP. Il ne sert qu’à cette question et reste 24 heures dans un cookie.
cookies-receipts-title = La preuve de votre décision
cookies-receipts-words = Nous notons ce qui a été décidé, quand, dans quel pays et sur quel texte, pour pouvoir le montrer plus tard. Pas qui vous êtes.
cookies-receipt = Le numéro de votre décision : { $id }. Avec lui, vous pouvez nous en demander la trace.
cookies-receipt-none = Il n’y a pas encore de trace, car vous n’avez encore rien décidé.
cookies-list-title = Ce que garde votre navigateur

# La page de confidentialité.
privacy-title = Confidentialité
privacy-lead = Ce que nous faisons de vos données, en mots simples. Ce n’est pas seulement un texte : le programme lui-même fonctionne d’après lui.
privacy-contents = Sommaire
privacy-effective = En vigueur depuis le { $date }
privacy-effective-until = En vigueur du { $from } au { $until }
privacy-older-notice = Ceci est une version précédente. Elle ne s’applique plus.
privacy-later-notice = Cette version n’est pas encore en vigueur. Elle s’applique à partir du { $date }.
privacy-to-current = Lire la version en vigueur
privacy-versions = Versions précédentes
privacy-versions-none = Il n’y a pas de version précédente.
privacy-version = Version du { $date }
privacy-compare = Comparer avec la version du { $date }
privacy-compare-title = Ce qui a changé
privacy-compare-lead = La version du { $old } à côté de la version du { $new }.
privacy-compare-legend = Comment lire
privacy-compare-added = Ajouté
privacy-compare-removed = Retiré
privacy-compare-same = Les deux versions disent la même chose.
privacy-upcoming = À partir du { $date }, une nouvelle version de notre politique de confidentialité s’applique : { $summary }
privacy-upcoming-link = Lire la nouvelle version
privacy-head-category = Type de données
privacy-head-examples = Exemples
privacy-head-purpose = Pour quoi faire
privacy-head-basis = Base légale
privacy-head-processor = Prestataire
privacy-head-receives = Reçoit
privacy-head-where = Où
privacy-head-safeguard = Garantie
privacy-head-agreement = Contrat
privacy-head-kept = Durée
privacy-head-cookie = Cookie ou stockage
privacy-head-provider = Prestataire
privacy-head-class = Catégorie
privacy-head-period = Durée
privacy-head-subject = Quoi
privacy-head-retained = Combien de temps
privacy-head-from = À compter de
privacy-controller-name = Responsable du traitement
privacy-controller-email = E-mail
privacy-basis-contract = Contrat (art. 6, § 1, point b, du RGPD)
privacy-basis-consent = Consentement (art. 6, § 1, point a, du RGPD)
privacy-basis-legitimate-interests = Intérêts légitimes (art. 6, § 1, point f, du RGPD)
privacy-basis-legal-obligation = Obligation légale (art. 6, § 1, point c, du RGPD)
privacy-class-essential = Nécessaire
privacy-class-analytics = Mesure d’audience
privacy-class-support = Assistance
privacy-processors-none = Ce site n’a activé aucun prestataire extérieur.
privacy-cookies-analytics-none = Ce site ne dépose pas de cookies de mesure d’audience pour le moment.
privacy-cookies-support-none = Ce site ne dépose pas de cookies d’assistance pour le moment.
privacy-authority = D’après votre adresse IP, vous êtes dans ce pays : { $country }. L’autorité de protection des données y est :
privacy-authority-unknown = Nous ne pouvons pas reconnaître dans quel pays vous êtes. Vous trouverez votre autorité dans cette liste :
privacy-not-sold = Nous ne vendons pas vos informations personnelles.
privacy-not-sold-gpc = Votre navigateur nous demande de ne pas vendre ni partager vos informations personnelles. Nous ne les vendons pas, et le signal vaut comme votre non à tout ce qui est facultatif, sauf si vous en avez depuis expressément décidé autrement chez nous.
period-minutes = { $number ->
    [one] { $number } minute
   *[other] { $number } minutes
 }
period-hours = { $number ->
    [one] { $number } heure
   *[other] { $number } heures
 }
period-days = { $number ->
    [one] { $number } jour
   *[other] { $number } jours
 }
period-weeks = { $number ->
    [one] { $number } semaine
   *[other] { $number } semaines
 }
period-months = { $number ->
    [one] { $number } mois
   *[other] { $number } mois
 }
period-years = { $number ->
    [one] { $number } an
   *[other] { $number } ans
 }
period-session = jusqu’à la fermeture du navigateur
period-none = sans échéance, jusqu’à sa suppression

# Les promesses.
promises-title = Nos promesses
promises-lead = Une politique de confidentialité est une promesse. Voici chacune des nôtres, avec la vérification qui a montré en dernier que nous la tenons. Personne ne saisit ces états à la main : ils viennent des tests du programme en marche.
promises-proven = Prouvée
promises-proven-words = Un test s’est servi du programme en marche et a vu que la promesse est tenue.
promises-not-yet = Pas encore
promises-not-yet-words = Aucun test ne le montre encore. Nous préférons le dire plutôt que l’affirmer.
promises-head-promise = Promesse
promises-head-state = État
promises-head-tests = Montrée par
promises-head-when = Quand
promises-sum = { $proven } promesses sur { $all } sont prouvées.
promises-wording = Chaque promesse figure ici dans les mots mêmes que suivent les tests, en anglais.
promises-none = Pas encore de résultats : sur ce site, les tests n’ont pas été lancés. D’ici là, aucune promesse ne compte comme prouvée.

# Qui nous sommes.
about-title = À propos de Mini Studio
about-lead = Nous faisons de petits films de théâtre de papier où un enfant que vous aimez tient le premier rôle. Et nous pensons que sa photo ne regarde personne d’autre que vous.
about-what-title = De quoi il s’agit
about-what-words = Vous choisissez un film, ajoutez une photo et un prénom, et quelques minutes plus tard votre famille regarde ce film avec votre enfant en scène. Ni diaporama, ni visage collé sur un corps étranger : une histoire avec sa propre musique, où votre enfant tourne la tête, cligne des yeux et sourit, et où le prénom fait partie du décor.
about-what-more = Nous l’avons fait pour le soir où une petite personne s’écrie : mais c’est moi ! Tout le reste, ici, sert ce moment ou le protège.
about-paper-title = Comment un film naît du papier
about-paper-words = Tout est papier découpé sur une petite scène : des feuilles superposées, des ombres douces, des bords que l’on voit. Comme dans les vieux dessins animés, les figures ne changent de pose qu’une image sur deux, si bien qu’elles semblent bougées à la main. Un liseré de papier blanc autour du visage donne à la photo sa place parmi les dessins.
about-paper-more = Un film est une recette. Chaque scène sait s’il lui faut le visage, le prénom ou aucun des deux. Celles qui n’ont besoin d’aucun ont été faites une fois pour tous ; seules les autres sont faites pour vous. Voilà pourquoi vous pouvez commencer à regarder pendant qu’on découpe encore les dernières scènes, et pourquoi corriger un prénom est rapide et gratuit.
about-photo-title = Ce qui arrive à une photo
about-photo-words = Pas à pas, et rien d’autre :
about-photo-step-1 = Vous affirmez que vous avez le droit d’utiliser la photo. Avant cela, notre programme ne la prend pas.
about-photo-step-2 = Elle nous parvient par une connexion chiffrée et s’ouvre dans une pièce fermée à clé : un processus à part, qui n’atteint aucun fichier, aucun réseau, aucun autre programme. Il n’en sort que des points d’image propres. Le lieu et l’heure de la prise de vue restent derrière et sont jetés.
about-photo-step-3 = Un programme cherche le visage et vous dit gentiment s’il est trop petit, trop sombre ou détourné. Si vous pensez qu’il se trompe, écrivez-nous, et une personne vous répond.
about-photo-step-4 = La tête est découpée, cheveux compris, comme aux ciseaux, et reçoit son liseré de papier.
about-photo-step-5 = La photo et la découpe sont verrouillées par une clé qui n’appartient qu’à votre compte, avant que rien ne soit écrit sur un disque.
about-photo-step-6 = Les scènes avec votre enfant sont faites et verrouillées de la même façon. La photo sert aux films que vous commandez et n’entraîne aucun modèle : ni le nôtre, ni celui de personne.
about-photo-step-7 = Vous la supprimez quand vous voulez. Supprimé veut dire supprimé : la photo, la découpe et toute copie qui en a été faite et n’est pas votre film. Le film s’en va quand vous supprimez le film.
about-seen-title = Qui peut la voir
about-seen-words = Vous, et ceux à qui vous la montrez. Aucun film n’est montré à d’autres sans l’accord écrit de sa famille, et personne chez nous ne peut simplement feuilleter vos photos : il faut une raison, cela dure une heure au plus, nous vous l’écrivons, et tout ce qui a été ouvert figure dans votre compte. La personne qui exploite le site voit qu’une commande existe et si elle a réussi, pas qui s’y trouve.
about-seen-more = Si un site a activé un service extérieur, pour faire les films, les garder ou vous les apporter, la page de confidentialité le nomme, avec exactement ce qu’il reçoit.
about-cost-title = Ce que cela coûte
about-cost-words = Chaque film a un prix, et vous le voyez sur la page du film avant de commencer. Vous payez une fois : pas d’abonnement, et rien ne s’ajoute à la caisse. Vous voyez de vraies images de votre film, avec votre enfant, avant de payer.
about-cost-more = Regarder et télécharger sont compris, aussi souvent que vous le voulez, et un prénom mal écrit est corrigé gratuitement. Si nous ne pouvons pas faire un film, votre argent revient de lui-même.
about-run-title = L’exploiter soi-même
about-run-words = Mini Studio est un logiciel libre sous licence MIT. Si vous préférez ne pas nous confier de photo, rien ne vous y oblige : ouvrez le théâtre chez vous. C’est un programme et une commande ; il apporte tout et ne demande de compte nulle part. Tant que vous n’activez aucun service extérieur, vos photos ne quittent jamais votre machine.
about-run-more = Pour un grand site, c’est le même programme, sur de nombreuses machines. Et qui voudrait écrire un film n’a pas besoin de savoir programmer : un film est un dossier avec des dessins et un fichier de texte.
about-kept-title = Comment nous tenons nos promesses
about-kept-words = Notre politique de confidentialité n’est pas un texte quelque part à côté du programme ; c’est un fichier d’après lequel le programme fonctionne. Le tableau des cookies, la question du bandeau, ce qui peut aller à qui et combien de temps une chose est gardée : tout vient de ce fichier. Ce qui n’y est pas, le programme ne le fait pas.
about-kept-more = Et comme promettre est facile, des tests se servent du programme en marche et regardent. Quelles promesses ils ont vues tenues, et lesquelles ils ne peuvent pas encore montrer, chacun peut le lire.
about-kept-link = Voir toutes les promesses et leur état

# Contact.
contact-title = Écrivez-nous
contact-lead = Avec ou sans compte. Une personne lit ce que vous écrivez et répond par e-mail.
contact-email = Votre adresse e-mail
contact-email-hint = Pour la réponse, et pour rien d’autre.
contact-kind = De quoi s’agit-il ?
contact-kind-question = Une question
contact-kind-order = Une commande
contact-kind-photo-deletion = Faire supprimer une photo
contact-kind-privacy = Une demande sur mes données
contact-kind-appeal = Une photo a été refusée à tort
contact-message = Votre message
contact-message-hint = Jusqu’à 5 000 caractères. N’envoyez ni photos ni numéros de carte ; nous n’en avons jamais besoin ici.
contact-send = Envoyer
contact-gdpr-hint = Les demandes sur vos données passent en premier, avec une réponse sous 30 jours. Si vous préférez envoyer un e-mail, mettez « GDPR Request » dans l’objet.
contact-address = Ou écrivez à { $email }.
contact-sent-title = C’est arrivé
contact-sent-words = Merci. Une personne lit votre message et vous répond dès que possible, dans les 30 jours au plus tard. Nous le confirmons par e-mail, sauf si beaucoup de messages avec votre adresse sont arrivés aujourd’hui.
contact-sent-priority-words = Merci. Les demandes sur vos données passent en premier : vous aurez notre réponse dans les 30 jours, ou dans les 45 jours pour une demande selon le droit californien. Nous le confirmons par e-mail, sauf si beaucoup de messages avec votre adresse sont arrivés aujourd’hui.
contact-sent-back = Vers la page d’accueil
error-email-missing = Veuillez écrire votre adresse e-mail, pour que nous puissions vous répondre.
error-kind-missing = Veuillez choisir de quoi il s’agit.
error-message-empty = Veuillez écrire ce que nous pouvons faire pour vous.
error-message-long = Cela fait plus de 5 000 caractères. Veuillez raccourcir un peu.
error-too-many-enquiries = Beaucoup de messages en peu de temps. Ce que vous avez envoyé avant est arrivé. Réessayez dans une heure ou, si c’est encore trop tôt, demain.

# Conditions.
terms-title = Conditions
terms-lead = Ce que vous et nous pouvons attendre les uns des autres. Aussi court que possible, en mots qui se passent d’avocat.
terms-effective = En vigueur depuis le { $date }
terms-1-title = Qui nous sommes, et qui peut utiliser ceci
terms-1-words = { $name } propose Mini Studio. Il s’adresse aux adultes : parents, tuteurs, et qui fait un film pour un enfant avec leur permission. Les enfants regardent ; ils n’ont pas de compte et ne commandent rien. Donnez une adresse e-mail qui est la vôtre, et gardez pour vous votre façon de vous connecter.
terms-2-title = Ce que vous commandez
terms-2-words = Vous commandez un film que nous faisons pour vous avec notre histoire, votre photo, le prénom de l’enfant et vos choix. Avant de payer, vous en voyez de vraies images. La commande vous engage quand vous avez appuyé sur le bouton de paiement et que le paiement aboutit. Jusque-là, c’est un brouillon que vous pouvez jeter.
terms-3-title = Prix et paiement
terms-3-words = Le prix affiché sur la page du film et à la caisse est le prix entier. Vous payez une fois par film. Un service de paiement traite le paiement ; votre numéro de carte n’est jamais sur nos pages ni chez nous. Si la caisse dit qu’elle est une caisse d’essai, rien n’est débité.
terms-4-title = La photo et votre permission
terms-4-words = Ne nous donnez qu’une photo que vous avez le droit d’utiliser. Avec chaque photo d’un enfant, vous affirmez être son parent ou son tuteur légal, ou avoir les autorisations nécessaires pour utiliser son image dans ce film. Si une photo est refusée, nous vous disons pourquoi, et à votre demande une personne regarde.
terms-5-title = Le film est pour votre famille
terms-5-words = Votre film est à vous pour l’usage privé : regardez-le, téléchargez-le, gardez-le, montrez-le et donnez-le à la famille et aux amis, sans limite de temps. L’histoire, les dessins et la musique appartiennent toujours à ceux qui les ont faits. Pour le montrer en public contre de l’argent, le vendre ou faire de la publicité avec lui, il faut d’abord notre accord. L’image de votre enfant n’est pas à nous, et nous ne revendiquons sur elle aucun droit au-delà de la création de votre film.
terms-6-title = Pas de publicité avec votre enfant
terms-6-words = Nous n’utilisons jamais une photo, une image de personne ou un film de vous pour promouvoir quoi que ce soit, sauf si vous y avez consenti expressément et par écrit.
terms-7-title = Si un film ne peut pas être fait
terms-7-words = Si nous ne pouvons pas faire un film que vous avez payé, vous récupérez le prix entier, par le moyen que vous avez utilisé et sans avoir à le demander. Si quelque chose ne va pas dans un film terminé, dites-le-nous : nous le refaisons ou, si cela ne suffit pas, nous rendons l’argent. Un prénom mal écrit, vous le corrigez vous-même, gratuitement.
terms-gift-title = Cartes cadeaux
terms-gift-words = Une carte cadeau est un code qui paie un film, quel que soit alors son prix : le film indiqué sur la carte ou, si aucun ne l’est, n’importe lequel. Vous la payez une fois, à l’achat. Elle est valable jusqu’à la fin de l’année au terme de laquelle { $years } années entières se sont écoulées après celle de l’achat ; le dernier jour figure sur la carte. Ensuite, elle ne paie plus rien et n’est pas remboursée. Tant qu’elle n’a pas servi, la personne qui l’a achetée peut la rendre pendant { $days } jours, sans motif, et récupère le prix entier ; ensuite, elle n’est pas échangée contre de l’argent. La personne qui a le code peut s’en servir, une fois ; gardez-le donc comme de l’argent. Si nous ne pouvons pas faire un film payé avec une carte, celle-ci est de nouveau valable, avec le même code, pendant au moins { $again } jours. Elle le reste si le compte de la personne qui l’a achetée est supprimé. Une carte que nous offrons est valable aussi longtemps qu’elle l’indique et ne paie qu’un film.
terms-8-title = Supprimer
terms-8-words = Vous pouvez supprimer photos, prénoms et films à tout moment dans votre bibliothèque. Un film supprimé ne revient pas ; téléchargez donc ce que vous voulez garder. Vous pouvez supprimer votre compte quand vous le voulez ; pendant 30 jours vous pouvez encore changer d’avis, puis tout ce qu’il contient est supprimé définitivement. La loi nous fait garder les justificatifs de transaction jusqu’à 7 ans.
terms-9-title = Ce que vous ne pouvez pas faire
terms-9-words = N’utilisez pas d’images de personnes qui ne sont pas d’accord, ou dont les tuteurs ne le sont pas. Ne faites rien qui blesse, ridiculise ou mette en danger quelqu’un. N’essayez pas d’atteindre les données d’autrui, de contourner nos protections ou de surcharger le service. Si quelqu’un le fait, nous pouvons refuser une commande ou fermer un compte. Nous disons pourquoi, et une personne entend votre réponse.
terms-10-title = Quand c’est ouvert
terms-10-words = Nous voulons que le théâtre soit ouvert jour et nuit, mais nous ne pouvons pas promettre qu’il ne ferme jamais. Parfois quelque chose casse, parfois nous devons y travailler. Les commandes et les films y survivent et continuent d’eux-mêmes. Si nous devions un jour arrêter pour de bon, nous vous le dirions assez tôt pour télécharger vos films.
terms-11-title = Ce dont nous répondons
terms-11-words = Nous répondons sans limite des dommages que nous causons exprès ou par négligence grave, des atteintes à la vie, au corps et à la santé, et partout où la loi n’admet pas de limite. Pour une simple négligence, nous ne répondons que si nous manquons à une obligation sur laquelle repose le contrat, et alors du dommage que l’on pouvait normalement prévoir. Pour le reste, nous ne sommes pas responsables.
terms-12-title = Quand ces conditions changent
terms-12-words = Si nous changeons ces conditions, les nouvelles paraissent ici avec leur date avant de s’appliquer, et chaque titulaire d’un compte reçoit un e-mail. Ce que vous avez commandé avant reste soumis aux conditions de votre commande. Si les nouvelles ne vous plaisent pas, vous pouvez supprimer votre compte à tout moment.
terms-13-title = La loi, et vos droits à l’achat
terms-13-words = Ce que la loi du lieu où vous vivez vous donne en tant que consommatrice ou consommateur est à vous, y compris le droit de vous rétracter d’un contrat ou de faire réparer un défaut. Rien sur cette page ne vous en retire quoi que ce soit, et vous pouvez saisir les tribunaux de ce lieu. C’est seulement là où aucune règle de ce genre ne s’applique que compte la loi de notre propre siège. Si une clause ne devait pas tenir, les autres tiennent quand même.
terms-14-title = Parlez-nous
terms-14-words = Si quelque chose n’est pas clair ou s’est mal passé, écrivez à { $email }. Un e-mail aimable règle la plupart des choses plus vite que n’importe quelle clause. Ce que nous faisons de vos données est dit sur la page de confidentialité.

# The desk, and words of the tables.
desk-enquiries = Demandes
desk-enquiry-first = Prioritaire
desk-enquiry-due = Réponse attendue avant le
desk-enquiry-overdue = En retard
desk-enquiry-close = Clore sans autre réponse
desk-processing = Registre des traitements
desk-usage = Usage du site, 30 derniers jours
desk-usage-words = Des sommes seulement, pour les visites qui l’autorisent ; en dessous de dix, rien n’est montré.
privacy-authorities = Toutes les autorités
privacy-safeguard-clauses = Clauses contractuelles types
privacy-safeguard-adequacy = Décision d’adéquation
privacy-safeguard-within = Aucun transfert hors de l’EEE et du Royaume-Uni
privacy-from-account-deleted = suppression du compte
privacy-from-created = création
privacy-from-last-used = dernier usage
privacy-from-expired = fin de validité
privacy-from-paid = paiement
privacy-from-closed = réponse
privacy-from-last-interaction = dernière réaction ou désinscription
erase-title = Effacements
erase-child = Données d’un enfant sans consentement
erase-child-words = Si l’on vous a signalé de façon crédible qu’un compte contient des données d’un enfant que personne n’avait le droit de donner : il disparaît aussitôt, sans délai, ici et chez chaque prestataire. C’est irréversible.
erase-sure = J’ai vérifié le signalement. Effacer ce compte maintenant.
erase-sure-missing = Veuillez confirmer que vous avez vérifié le signalement.
erase-nobody = Aucun compte n’a cette adresse. Rien n’a été effacé.
erase-button = Effacer maintenant
erase-done = Le compte est effacé. Le registre le montre.
erase-begun = L’effacement a commencé. Ce qu’un prestataire détient encore est redemandé jusqu’à ce que ce soit effacé ; le registre le montre.
erase-ledger = Registre
erase-asked = Commencé
erase-why = Pourquoi
erase-finished = Terminé
erase-rows = Lignes
erase-objects = Objets
erase-reason-owner = Demandé par le titulaire
erase-reason-child = Données d’un enfant sans consentement
erase-unfinished = Pas encore : repris de lui-même
campaign-title = Campagnes
campaign-words = Une campagne va à toutes les personnes qui peuvent la recevoir selon le droit de leur pays et leur propre choix, et à personne d’autre ; vous pouvez en choisir une partie ci-dessous. Personne ne reçoit plus d’un tel message par semaine.
campaign-kind = Type
campaign-subject = Objet
campaign-text = Texte
campaign-button = Enregistrer sans envoyer
campaign-begun = La campagne a commencé.
campaign-sent = Envoyées
campaign-list = Ce qu’il y a
campaign-new = Nouvelle campagne
campaign-state = État
campaign-draft = En rédaction
campaign-sending = En cours d’envoi
campaign-paused = Suspendue
campaign-done = Terminée
campaign-stopped = Arrêtée
campaign-opened = Ouvertes
campaign-clicked = Lien suivi
campaign-unsubscribed = Désinscriptions
campaign-figures-words = Les ouvertures et les liens suivis ne sont comptés que pour les personnes qui ont accepté ces messages, pas pour les clients à qui nous signalons des films semblables.
campaign-link = Page de ce site où mène le bouton
campaign-link-words = Son chemin, par exemple /films. Sans lui, il n’y a pas de bouton.
campaign-whom = À qui
campaign-all = peu importe
campaign-language = Langue
campaign-bought = A acheté un film
campaign-bought-yes = oui
campaign-bought-no = jamais
campaign-film = A acheté ce film
campaign-quiet = Jours sans visite
campaign-pace = Messages par heure
campaign-pace-words = Elle part à ce rythme, de jour là où se trouve chaque destinataire. Après sept jours elle est terminée, dès que personne n’attend plus son tour.
campaign-reach = Elle atteindrait { $number } personnes en ce moment.
campaign-night = Là où il fait nuit, elle attend le matin.
campaign-preview = Telle que la voient ses destinataires
campaign-test = Me l’envoyer
campaign-start = Commencer l’envoi
campaign-pause = La suspendre
campaign-resume = La reprendre
campaign-stop = L’arrêter définitivement
campaign-discard = La jeter
campaign-written = C’est enregistré. Rien n’a été envoyé.
campaign-tested = Un exemplaire dans chaque langue vous est envoyé.
campaign-changed = C’est fait.
