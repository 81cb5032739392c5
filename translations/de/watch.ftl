# Minitube, der Player, die Bibliothek.
minitube-title = Minitube
minitube-none = Die Bühne ist noch leer.
minitube-to-films = Den ersten Film machen
minitube-film = { $title } mit { $name }
minitube-making = Entsteht gerade
player-label = { $title }
player-described = Beschriebene Fassung
progress-label = Der Film entsteht
progress-shots = { $ready } von { $all } Szenen sind fertig. { $seconds ->
    [0] Gleich geschafft.
    [one] Noch etwa eine Sekunde.
   *[other] Noch etwa { $seconds } Sekunden.
 }
progress-finishing = Alle Szenen sind fertig. Die Datei zum Behalten wird zusammengesetzt.
progress-words = Sie können schon zusehen: Es geht weiter, sobald die nächste Szene fertig ist. Wenn alles fertig ist, schreiben wir Ihnen.
progress-watch = Jetzt ansehen, ohne dass die Seite sich neu lädt
grown-ups = Für Erwachsene
grown-ups-keys = Tasten: Leertaste spielt und hält an, Pfeile gehen vor und zurück, F füllt den Bildschirm, M schaltet stumm.
film-download = Film herunterladen
film-synthetic = Synthetische Medien: Ein Programm hat diesen Film gezeichnet und zusammengesetzt. Nichts daran wurde gefilmt.
film-synthetic-file = Auch die Datei sagt das, in einem Vermerk, den Programme lesen können (C2PA). In diesem Vermerk steht kein Name.
film-name-change = Namen berichtigen
film-name-words = Nur die Szenen, die den Namen zeigen, werden neu gemacht. Es kostet nichts.
film-name-button = Berichtigen und neu machen
film-failed-title = Wir konnten diesen Film nicht machen
film-failed-words = Das Geld ist von selbst auf dem Weg zurück zu Ihnen, und wir haben Ihnen geschrieben. Ihr Foto ist sicher.
film-delete = Diesen Film löschen
film-delete-question = Diesen Film löschen?
film-delete-words = Der Film, seine Szenen und seine Datei werden endgültig gelöscht. Das Foto bleibt in Ihrer Bibliothek, bis Sie es löschen.
film-delete-button = Film löschen
film-delete-named = { $title } mit { $name } löschen
library-title = Ihre Bibliothek
library-lead = Alles, was wir für Ihre Familie aufbewahren, und wofür es verwendet wird.
library-drafts = Noch nicht fertig
library-for = Für { $name }
library-continue = Weitermachen
library-discard = Verwerfen
library-films = Filme
library-films-none = Noch keine Filme.
library-film-making = Entsteht gerade
library-film-ready = Fertig
library-film-failed = Konnte nicht gemacht werden; das Geld geht zurück
library-watch = Ansehen
library-photos = Fotos
library-photos-words = Verschlüsselt aufbewahrt und nur für die Filme verwendet, die daneben stehen.
library-photos-none = Wir haben kein Foto von Ihnen.
library-photo = Das Foto
library-photo-choose = Darin wurde noch kein Gesicht gewählt.
library-given = Gegeben am
library-used-for = Verwendet für
library-used-draft = eine angefangene Bestellung
library-used-nothing = Wird zurzeit für nichts verwendet.
library-children = Kinder
library-children-none = Keine Namen aufbewahrt.
library-name = Berichtigen
library-name-title = Namen berichtigen
library-name-hint = Für den nächsten Film. Fertige Filme behalten ihren Namen; berichtigen Sie ihn beim Film selbst.
library-name-named = Den Namen { $name } berichtigen
library-done-film = Der Film ist gelöscht.
library-done-photo = Das Foto ist gelöscht, mit allem, was daraus geschnitten wurde.
library-done-child = Das Profil ist gelöscht.
library-done-name = Der Name ist berichtigt.
library-done-draft = Die Bestellung ist verworfen.
photo-delete-question = Dieses Foto löschen?
photo-delete-words = Das Foto und was daraus geschnitten wurde werden endgültig gelöscht. Fertige Filme bleiben, bis Sie sie löschen, aber ihr Name lässt sich dann nicht mehr berichtigen.
photo-delete-button = Foto löschen
photo-delete-named = Foto { $number } löschen
child-delete-question = Dieses Profil löschen?
child-delete-words = Der Name wird gelöscht. Fotos und Filme bleiben, bis Sie sie löschen.
child-delete-button = Profil löschen
child-delete-named = Das Profil von { $name } löschen
desk-title = Das Pult
desk-times = Wie es läuft
desk-first-shot = vom Bezahlen bis zur ersten Szene, Median
desk-whole-film = vom Bezahlen bis zum ganzen Film, Median
desk-jobs-waiting = Aufträge warten
desk-jobs-running = Aufträge in Arbeit
desk-orders = Bestellungen
desk-films = Filme
desk-shared = Gemeinsame Szenen
desk-none = Noch keine.
desk-given-up = Aufgegeben
desk-given-up-none = Nichts wurde aufgegeben.
desk-film = Film
desk-shot = Szene
desk-failures = Fehlversuche
desk-try-again = Alle noch einmal versuchen
state-draft = Entwurf
state-paid = Bezahlt
state-making = In Arbeit
state-done = Fertig
state-ready = Fertig
state-waiting = Wartet
state-failed = Fehlgeschlagen
state-refunded = Erstattet

# Einen Film per Link teilen, und die Seite dahinter.
share-title = Mit der Familie teilen
share-words = Zeigen Sie diesen Film per Link Menschen, denen Sie vertrauen. Wer den Link hat, kann ihn ansehen, bis der Link endet; durch Suchen findet ihn niemand. Sie können ihn jederzeit beenden.
share-not-ready = Der Film lässt sich teilen, sobald er ganz ist.
share-new = Einen Link machen
share-span = Wie lange er gilt
share-days = { $days ->
    [one] Einen Tag
   *[other] { $days } Tage
 }
share-password = Passwort, wenn Sie möchten
share-password-hint = Mindestens 10 Zeichen. Sagen Sie es auf einem anderen Weg als den Link, zum Beispiel am Telefon.
share-named = Den Namen des Kindes auf der Seite nennen. Im Film selbst ist er in jedem Fall zu sehen.
share-make = Link machen
share-made = Ihr Link ist fertig
share-made-words = Er wird nur dieses eine Mal gezeigt: Wir behalten ihn nicht. Kopieren Sie ihn jetzt.
share-link = Der Link
share-copy = Kopieren
share-copied = Der Link ist kopiert.
share-look = So ansehen wie die anderen
share-links = Links zu diesem Film
share-none = Es gibt keine.
share-made-at = Gemacht am { $moment }
share-until = Gilt bis { $moment }
share-ended = Beendet am { $moment }
share-views = { $views ->
    [0] Noch nicht geöffnet
    [one] Einmal geöffnet
   *[other] { $views }-mal geöffnet
 }
share-has-password = Mit Passwort
share-is-named = Mit dem Namen des Kindes
share-end = Jetzt beenden
watch-title = Ein Film für Sie
watch-password-hint = Wer Ihnen den Link geschickt hat, kennt es.
watch-button = Ansehen
watch-words = Eine Familie zeigt Ihnen diesen Film. Bitte behalten Sie den Link für sich.
watch-not-ready = Der Film wird gerade neu gemacht. Bitte kommen Sie in einer kleinen Weile wieder.
error-share-not-found = Dieser Link führt zu keinem Film, oder zu keinem mehr. Bitte fragen Sie, wer ihn geschickt hat.
error-share-password-wrong = Das ist nicht das Passwort. Bitte fragen Sie, wer Ihnen den Link geschickt hat.
error-too-many-share-passwords = Das wurde zu oft versucht. Bitte warten Sie ein wenig und versuchen Sie es noch einmal.
error-share-days = Bitte wählen Sie eine der angebotenen Zeiten.
error-share-too-many = Zu diesem Film gibt es schon viele Links. Bitte beenden Sie zuerst einen davon.
