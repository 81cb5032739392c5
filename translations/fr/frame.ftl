# Le cadre de chaque page.
skip = Aller au contenu
nav-label = Navigation principale
nav-films = Films
nav-minitube = Minitube
nav-library = Bibliothèque
nav-account = Compte
nav-sign-in = Se connecter
nav-desk = Pupitre
nav-outbox = Boîte d’envoi locale
nav-grown-ups = Pour les adultes
languages = Langue
foot-promise = Ce qui est gardé dans votre navigateur, et qui travaille pour nous, figure sur la page de confidentialité. Le facultatif, c’est vous qui en décidez.
title-error = Problème
form-wrong = À revoir, s’il vous plaît
save = Enregistrer
back = Retour
delete = Supprimer
delete-not = Garder
sign-out = Se déconnecter
date = { $day ->
    [1] 1er
   *[other] { $day }
 } { $month } { $year }
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre
