# Was die Datenschutzerklärung zeigt: Banner, Cookie-Einstellungen, die Seiten darum herum und die Mails.

# Der Fuß der Seite.
foot-privacy = Datenschutz
foot-promises = Unsere Versprechen
foot-terms = Bedingungen
foot-about = Über uns
foot-contact = Kontakt
foot-cookies = Cookie-Einstellungen

# Das Banner.
banner-title = Dürfen wir?
banner-words = Bis Sie entscheiden, bleibt beides aus.
banner-words-again = Daran hat sich etwas geändert, seit Sie entschieden haben, deshalb fragen wir noch einmal. Bis dahin bleibt beides aus.
banner-accept = Akzeptieren
banner-refuse = Ablehnen
banner-choose = Einzeln auswählen
banner-save = Auswahl speichern
banner-more = Was diese Cookies sind
banner-necessary = Notwendig
banner-necessary-words = Immer an: Dank ihnen bleiben Sie angemeldet, und sie merken sich, was Sie hier entschieden haben und welches Landes Regeln gelten. Ohne sie geht die Website nicht.
banner-analytics = Analyse
banner-analytics-words = Zeigt uns, wie die Website genutzt wird, damit wir merken, was umständlich ist, und es verbessern.
banner-support = Support auf öffentlichen Seiten
banner-support-words = Ein Messenger auf der Kontaktseite, der Seite über uns und den Seiten der Filme, um uns gleich dort etwas zu fragen.

# Cookie-Einstellungen.
cookies-title = Cookie-Einstellungen
cookies-lead = Was Ihr Browser für uns aufbewahrt und was Sie erlaubt haben. Sie können es jederzeit ändern, so oft Sie möchten.
cookies-analytics-on = Die Analyse ist an.
cookies-analytics-off = Die Analyse ist aus.
cookies-support-on = Der Support-Messenger auf öffentlichen Seiten ist an.
cookies-support-off = Der Support-Messenger auf öffentlichen Seiten ist aus.
cookies-undecided-off = Sie haben noch nicht entschieden. Bis dahin bleibt alles Freiwillige aus.
cookies-undecided-on = Sie haben noch nicht entschieden. Wo Sie sind, bleiben freiwillige Werkzeuge an, bis Sie sie ausschalten.
cookies-decided = So haben Sie am { $date } entschieden.
cookies-withdraw = Alles Freiwillige widerrufen
cookies-withdraw-words = Ein Klick: Freiwillige Werkzeuge sind aus, was sie in diesem Browser gespeichert haben, wird entfernt, und die nächste Seite lädt ohne sie.
cookies-withdrawn = Erledigt. Alles Freiwillige ist aus, und was es in diesem Browser gespeichert hatte, ist entfernt.
cookies-saved = Ihre Auswahl ist gespeichert.
cookies-choose = Einzeln auswählen
cookies-gpc = Ihr Browser sendet das Signal „Global Privacy Control“. Wir nehmen es als Nein zu allem Freiwilligen.
cookies-gpc-allowed = Ihr Browser sendet das Signal „Global Privacy Control“. Sie haben danach hier ausdrücklich entschieden, und das gilt.
cookies-country-title = Wo Sie sind
cookies-country-ask = Ihre IP-Adresse weist auf dieses Land: { $country }. Dort fragen wir, bevor etwas Freiwilliges geladen wird.
cookies-country-on = Ihre IP-Adresse weist auf dieses Land: { $country }. Dort sind freiwillige Werkzeuge an, bis Sie sie ausschalten.
cookies-country-unknown = Wir erkennen nicht, in welchem Land Sie sind. Deshalb fragen wir, bevor etwas Freiwilliges geladen wird.
cookies-country-words = Mehr als das Land leiten wir aus Ihrer IP-Adresse nicht ab. Es dient nur dieser Frage und liegt 24 Stunden in einem Cookie.
cookies-receipts-title = Beleg Ihrer Entscheidung
cookies-receipts-words = Wir halten fest, was entschieden wurde, wann, in welchem Land und bei welchem Wortlaut, damit es sich später zeigen lässt. Nicht, wer Sie sind.
cookies-receipt = Die Nummer Ihrer Entscheidung: { $id }. Mit ihr können Sie uns nach dem Beleg fragen.
cookies-receipt-none = Es gibt noch keinen Beleg, denn Sie haben noch nichts entschieden.
cookies-list-title = Was in Ihrem Browser liegt

# Die Datenschutzseite.
privacy-title = Datenschutz
privacy-lead = Was wir mit Ihren Daten tun, in klaren Worten. Es ist nicht nur ein Text: Das Programm selbst arbeitet danach.
privacy-contents = Inhalt
privacy-effective = Gilt seit dem { $date }
privacy-effective-until = Galt vom { $from } bis zum { $until }
privacy-older-notice = Das ist eine frühere Fassung. Sie gilt nicht mehr.
privacy-later-notice = Diese Fassung gilt noch nicht. Sie gilt ab dem { $date }.
privacy-to-current = Zur geltenden Fassung
privacy-versions = Frühere Fassungen
privacy-versions-none = Es gibt keine frühere Fassung.
privacy-version = Fassung vom { $date }
privacy-compare = Mit der Fassung vom { $date } vergleichen
privacy-compare-title = Was sich geändert hat
privacy-compare-lead = Die Fassung vom { $old } neben der Fassung vom { $new }.
privacy-compare-legend = So liest es sich
privacy-compare-added = Neu
privacy-compare-removed = Entfallen
privacy-compare-same = Beide Fassungen sagen dasselbe.
privacy-upcoming = Ab dem { $date } gilt eine neue Fassung unserer Datenschutzerklärung: { $summary }
privacy-upcoming-link = Neue Fassung lesen
privacy-head-category = Art der Daten
privacy-head-examples = Beispiele
privacy-head-purpose = Wofür
privacy-head-basis = Rechtsgrundlage
privacy-head-processor = Anbieter
privacy-head-receives = Bekommt
privacy-head-where = Wo
privacy-head-safeguard = Absicherung
privacy-head-agreement = Vertrag
privacy-head-kept = Aufbewahrt
privacy-head-cookie = Cookie oder Speicher
privacy-head-provider = Anbieter
privacy-head-class = Klasse
privacy-head-period = Aufbewahrt
privacy-head-subject = Was
privacy-head-retained = Wie lange
privacy-head-from = Gerechnet ab
privacy-controller-name = Verantwortlich
privacy-controller-email = E-Mail
privacy-basis-contract = Vertrag (Art. 6 Abs. 1 Buchst. b DSGVO)
privacy-basis-consent = Einwilligung (Art. 6 Abs. 1 Buchst. a DSGVO)
privacy-basis-legitimate-interests = Berechtigte Interessen (Art. 6 Abs. 1 Buchst. f DSGVO)
privacy-basis-legal-obligation = Rechtliche Pflicht (Art. 6 Abs. 1 Buchst. c DSGVO)
privacy-class-essential = Notwendig
privacy-class-analytics = Analyse
privacy-class-support = Support
privacy-processors-none = Diese Website hat keinen fremden Anbieter eingeschaltet.
privacy-cookies-analytics-none = Diese Website setzt zurzeit keine Analyse-Cookies.
privacy-cookies-support-none = Diese Website setzt zurzeit keine Support-Cookies.
privacy-authority = Ihrer IP-Adresse nach sind Sie in diesem Land: { $country }. Die Aufsichtsbehörde für Datenschutz dort ist:
privacy-authority-unknown = Wir erkennen nicht, in welchem Land Sie sind. Ihre Behörde finden Sie in dieser Liste:
privacy-not-sold = Wir verkaufen Ihre persönlichen Informationen nicht.
privacy-not-sold-gpc = Ihr Browser bittet uns, Ihre persönlichen Informationen nicht zu verkaufen oder zu teilen. Wir verkaufen sie nicht, und das Signal gilt als Ihr Nein zu allem Freiwilligen, es sei denn, Sie haben seither bei uns ausdrücklich anders entschieden.
period-minutes = { $number ->
    [one] 1 Minute
   *[other] { $number } Minuten
 }
period-hours = { $number ->
    [one] 1 Stunde
   *[other] { $number } Stunden
 }
period-days = { $number ->
    [one] 1 Tag
   *[other] { $number } Tage
 }
period-weeks = { $number ->
    [one] 1 Woche
   *[other] { $number } Wochen
 }
period-months = { $number ->
    [one] 1 Monat
   *[other] { $number } Monate
 }
period-years = { $number ->
    [one] 1 Jahr
   *[other] { $number } Jahre
 }
period-session = bis der Browser geschlossen wird
period-none = ohne Ablauf, bis es entfernt wird

# Die Versprechen.
promises-title = Unsere Versprechen
promises-lead = Eine Datenschutzerklärung ist ein Versprechen. Hier steht jedes einzelne, mit der Prüfung, die zuletzt gezeigt hat, dass wir es halten. Niemand trägt diese Angaben von Hand ein: Sie kommen aus den Tests des laufenden Programms.
promises-proven = Gezeigt
promises-proven-words = Ein Test hat das laufende Programm bedient und gesehen, dass das Versprechen gehalten wird.
promises-not-yet = Noch nicht
promises-not-yet-words = Noch zeigt es kein Test. Wir sagen das lieber, als es zu behaupten.
promises-head-promise = Versprechen
promises-head-state = Stand
promises-head-tests = Gezeigt durch
promises-head-when = Wann
promises-sum = { $proven } von { $all } Versprechen sind gezeigt.
promises-wording = Die Versprechen stehen hier genau in den Worten, nach denen die Tests gehen, auf Englisch.
promises-none = Noch keine Ergebnisse: Auf dieser Website sind die Tests nicht gelaufen. Bis dahin gilt kein Versprechen als gezeigt.

# Über uns.
about-title = Über Mini Studio
about-lead = Wir machen kleine Papiertheater-Filme, in denen ein Kind, das Sie lieben, die Hauptrolle spielt. Und wir finden, dass das Foto dafür niemanden etwas angeht außer Sie.
about-what-title = Was das ist
about-what-words = Sie suchen einen Film aus, geben ein Foto und einen Vornamen dazu, und Minuten später sieht Ihre Familie diesen Film mit Ihrem Kind auf der Bühne. Keine Diaschau und kein Gesicht auf einem fremden Körper: eine Geschichte mit eigener Musik, in der Ihr Kind den Kopf wendet, blinzelt und lächelt und in der der Name zur Kulisse gehört.
about-what-more = Gemacht haben wir es für den Abend, an dem ein kleiner Mensch ruft: Das bin ja ich! Alles andere hier dient diesem Augenblick oder schützt ihn.
about-paper-title = Wie ein Film aus Papier entsteht
about-paper-words = Alles ist geschnittenes Papier auf einer kleinen Bühne: geschichtete Bögen, weiche Schatten, sichtbare Kanten. Die Figuren bekommen wie im alten Trickfilm nur bei jedem zweiten Bild eine neue Haltung, deshalb sehen sie aus wie von Hand bewegt. Ein weißer Papierrand um das Gesicht sorgt dafür, dass ein Foto zwischen die Zeichnungen passt.
about-paper-more = Ein Film ist ein Rezept. Jede Szene weiß, ob sie das Gesicht, den Namen oder keines von beiden braucht. Szenen, die keines brauchen, wurden einmal für alle gemacht; nur die anderen entstehen für Sie. Deshalb können Sie schon zusehen, während die letzten Szenen noch geschnitten werden, und deshalb ist ein Name schnell und kostenlos berichtigt.
about-photo-title = Was mit einem Foto geschieht
about-photo-words = Schritt für Schritt, und sonst nichts:
about-photo-step-1 = Sie versichern, dass Sie das Foto verwenden dürfen. Vorher nimmt unser Programm es nicht an.
about-photo-step-2 = Es kommt über eine verschlüsselte Verbindung zu uns und wird in einem verschlossenen Raum geöffnet: in einem eigenen Prozess, der keine Datei, kein Netz und kein anderes Programm erreicht. Heraus kommen nur saubere Bildpunkte. Wo und wann das Foto entstand, bleibt zurück und wird weggeworfen.
about-photo-step-3 = Ein Programm sucht das Gesicht und sagt Ihnen freundlich, wenn es zu klein, zu dunkel oder abgewandt ist. Wenn Sie meinen, dass es sich irrt, schreiben Sie uns, und ein Mensch antwortet.
about-photo-step-4 = Der Kopf wird mitsamt den Haaren ausgeschnitten wie mit der Schere und bekommt seinen Papierrand.
about-photo-step-5 = Foto und Ausschnitt werden mit einem Schlüssel verschlossen, der allein zu Ihrem Konto gehört, bevor irgendetwas auf eine Platte geschrieben wird.
about-photo-step-6 = Die Szenen mit Ihrem Kind entstehen und werden genauso verschlossen. Das Foto dient den Filmen, die Sie bestellen, und kein Modell lernt daraus: unseres nicht und auch kein anderes.
about-photo-step-7 = Sie löschen es, wann Sie möchten. Gelöscht heißt gelöscht: das Foto, der Ausschnitt und jede Kopie davon, die nicht Ihr Film ist. Der Film geht, wenn Sie den Film löschen.
about-seen-title = Wer es sehen kann
about-seen-words = Sie, und wem Sie es zeigen. Kein Film wird anderen gezeigt, wenn die Familie es nicht schriftlich erlaubt hat, und niemand von uns kann einfach in Ihren Fotos blättern: Ein Blick braucht einen Grund und dauert höchstens eine Stunde, wir sagen es Ihnen per Mail, und alles, was geöffnet wurde, steht in Ihrem Konto. Wer die Website betreibt, sieht, dass es eine Bestellung gibt und ob sie gelungen ist, nicht, wer darin vorkommt.
about-seen-more = Hat eine Website einen fremden Dienst eingeschaltet, um Filme zu machen, aufzubewahren oder zu Ihnen zu bringen, nennt ihn die Datenschutzseite, mit allem, was er bekommt.
about-cost-title = Was es kostet
about-cost-words = Jeder Film hat einen Preis, und Sie sehen ihn auf der Seite des Films, bevor Sie anfangen. Sie zahlen einmal: kein Abonnement, und an der Kasse kommt nichts dazu. Bevor Sie bezahlen, sehen Sie echte Bilder Ihres Films, mit Ihrem Kind darin.
about-cost-more = Ansehen und Herunterladen sind dabei, so oft Sie möchten, und ein falsch geschriebener Name wird kostenlos berichtigt. Können wir einen Film nicht machen, kommt Ihr Geld von selbst zurück.
about-run-title = Selbst betreiben
about-run-words = Mini Studio ist freie Software unter der MIT-Lizenz. Wenn Sie uns lieber kein Foto anvertrauen, müssen Sie das nicht: Betreiben Sie das Theater zu Hause. Es ist ein Programm und ein Befehl, bringt alles mit und braucht nirgends ein Konto. Solange Sie keinen fremden Dienst einschalten, verlassen Ihre Fotos Ihren eigenen Rechner nie.
about-run-more = Für eine große Website ist es dasselbe Programm, auf vielen Rechnern. Und wer einen Film schreiben möchte, muss dafür nicht programmieren: Ein Film ist ein Ordner mit Zeichnungen und einer Textdatei.
about-kept-title = Wie wir unsere Versprechen halten
about-kept-words = Unsere Datenschutzerklärung ist kein Text irgendwo neben dem Programm, sie ist eine Datei, nach der das Programm arbeitet. Die Tabelle der Cookies, die Frage auf dem Banner, was an wen gehen darf und wie lange etwas bleibt: All das kommt aus dieser Datei. Was nicht darin steht, tut das Programm nicht.
about-kept-more = Und weil Versprechen leicht ist, bedienen Tests das laufende Programm und sehen nach. Welche Versprechen sie gehalten sahen und welche sie noch nicht zeigen können, steht allen offen.
about-kept-link = Alle Versprechen und ihr Stand

# Kontakt.
contact-title = Schreiben Sie uns
contact-lead = Mit oder ohne Konto. Ein Mensch liest, was Sie schreiben, und antwortet per E-Mail.
contact-email = Ihre E-Mail-Adresse
contact-email-hint = Für die Antwort und für sonst nichts.
contact-kind = Worum geht es?
contact-kind-question = Eine Frage
contact-kind-order = Eine Bestellung
contact-kind-photo-deletion = Ein Foto löschen lassen
contact-kind-privacy = Ein Antrag zum Datenschutz
contact-kind-appeal = Ein Foto wurde zu Unrecht abgelehnt
contact-message = Ihre Nachricht
contact-message-hint = Bis zu 5.000 Zeichen. Bitte schicken Sie keine Fotos und keine Kartennummern; wir brauchen sie hier nie.
contact-send = Abschicken
contact-gdpr-hint = Anträge zu Ihren Daten kommen zuerst dran, mit einer Antwort binnen 30 Tagen. Wenn Sie lieber eine Mail schreiben, setzen Sie „GDPR Request“ in den Betreff.
contact-address = Oder schreiben Sie an { $email }.
contact-sent-title = Es ist angekommen
contact-sent-words = Danke. Ein Mensch liest Ihre Nachricht und antwortet so bald wie möglich, spätestens in 30 Tagen. Das bestätigen wir per Mail, außer es kamen heute viele Nachrichten mit Ihrer Adresse.
contact-sent-priority-words = Danke. Anträge zu Ihren Daten kommen zuerst dran: Unsere Antwort haben Sie spätestens in 30 Tagen, bei Anliegen nach kalifornischem Recht in 45. Das bestätigen wir per Mail, außer es kamen heute viele Nachrichten mit Ihrer Adresse.
contact-sent-back = Zur Startseite
error-email-missing = Bitte schreiben Sie Ihre E-Mail-Adresse dazu, damit wir Ihnen antworten können.
error-kind-missing = Bitte wählen Sie aus, worum es geht.
error-message-empty = Bitte schreiben Sie, was wir für Sie tun können.
error-message-long = Das sind mehr als 5.000 Zeichen. Bitte fassen Sie sich etwas kürzer.
error-too-many-enquiries = Viele Nachrichten in kurzer Zeit. Was Sie vorher geschickt haben, ist angekommen. Bitte versuchen Sie es in einer Stunde wieder oder, wenn es dann noch zu früh ist, morgen.

# Bedingungen.
terms-title = Bedingungen
terms-lead = Was Sie und wir voneinander erwarten können. So kurz, wie es geht, in Worten, für die man keinen Anwalt braucht.
terms-effective = Gilt seit dem { $date }
terms-1-title = Wer wir sind, und wer das nutzen darf
terms-1-words = Mini Studio wird von { $name } angeboten. Es ist für Erwachsene: für Eltern, Sorgeberechtigte und alle, die mit deren Erlaubnis einen Film für ein Kind machen. Kinder schauen zu; sie haben kein Konto und bestellen nichts. Bitte geben Sie eine E-Mail-Adresse an, die Ihre ist, und behalten Sie Ihre Anmeldung für sich.
terms-2-title = Was Sie bestellen
terms-2-words = Sie bestellen einen Film, den wir für Sie aus unserer Geschichte, Ihrem Foto, dem Namen des Kindes und Ihrer Auswahl machen. Bevor Sie bezahlen, sehen Sie echte Bilder daraus. Verbindlich ist die Bestellung, wenn Sie den Knopf zum Bezahlen gedrückt haben und die Zahlung gelingt. Bis dahin ist sie ein Entwurf, den Sie verwerfen können.
terms-3-title = Preis und Bezahlen
terms-3-words = Der Preis auf der Seite des Films und an der Kasse ist der ganze Preis. Sie zahlen für jeden Film einmal. Die Zahlung wickelt ein Zahlungsdienst ab; Ihre Kartennummer ist nie auf unseren Seiten und nie bei uns. Sagt die Kasse, dass sie eine Testkasse ist, wird nichts abgebucht.
terms-4-title = Das Foto und Ihre Erlaubnis
terms-4-words = Geben Sie uns nur ein Foto, das Sie verwenden dürfen. Mit jedem Foto eines Kindes versichern Sie, dass Sie Elternteil oder gesetzliche Vertretung dieses Kindes sind oder die nötigen Erlaubnisse haben, sein Bildnis für diesen Film zu verwenden. Wird ein Foto abgelehnt, sagen wir Ihnen, warum, und auf Ihren Wunsch sieht ein Mensch nach.
terms-5-title = Der Film ist für Ihre Familie
terms-5-words = Ihr Film gehört Ihnen für den privaten Gebrauch: Sie können ihn ansehen, herunterladen, behalten, zeigen und an Familie und Freunde weitergeben, ohne zeitliche Grenze. Geschichte, Zeichnungen und Musik darin gehören weiter denen, die sie gemacht haben. Wer ihn öffentlich gegen Geld zeigen, verkaufen oder damit werben will, braucht vorher unsere Erlaubnis. Das Bildnis Ihres Kindes gehört uns nicht, und wir beanspruchen kein Recht daran, das über das Machen Ihres Films hinausgeht.
terms-6-title = Keine Werbung mit Ihrem Kind
terms-6-words = Nie verwenden wir ein Foto, ein Bildnis oder einen Film von Ihnen, um für etwas zu werben, es sei denn, Sie haben ausdrücklich und schriftlich eingewilligt.
terms-7-title = Wenn ein Film nicht gelingt
terms-7-words = Können wir einen bezahlten Film nicht machen, bekommen Sie den ganzen Preis zurück, auf dem Weg, auf dem Sie bezahlt haben, und ohne darum bitten zu müssen. Stimmt an einem fertigen Film etwas nicht, sagen Sie es uns: Wir machen ihn noch einmal oder geben, wenn das nicht hilft, das Geld zurück. Einen falsch geschriebenen Namen berichtigen Sie selbst, kostenlos.
terms-gift-title = Geschenkkarten
terms-gift-words = Eine Geschenkkarte ist ein Code, der einen Film bezahlt, was immer dieser Film dann kostet: den Film, der darauf steht, oder, wenn keiner darauf steht, einen beliebigen. Sie bezahlen die Karte einmal, wenn Sie sie kaufen. Sie gilt bis zum Ende des Jahres, in dem nach dem Jahr des Kaufs { $years } ganze Jahre vergangen sind; der letzte Tag steht auf der Karte. Danach bezahlt sie nichts mehr, und Geld gibt es dafür nicht zurück. Solange sie nicht verwendet ist, kann, wer sie gekauft hat, sie { $days } Tage lang ohne Grund zurückgeben und bekommt den ganzen Preis zurück; danach wird sie nicht in Geld umgetauscht. Verwenden kann sie, wer den Code hat, und zwar einmal; bewahren Sie ihn also auf wie Geld. Können wir einen Film nicht machen, der mit einer Karte bezahlt wurde, gilt sie wieder, mit demselben Code, noch mindestens { $again } Tage lang. Sie gilt auch dann weiter, wenn das Konto gelöscht wird, mit dem sie gekauft wurde. Eine Karte, die wir kostenlos ausgeben, gilt so lange, wie darauf steht, und bezahlt nur einen Film.
terms-8-title = Löschen
terms-8-words = Fotos, Namen und Filme können Sie jederzeit in Ihrer Bibliothek löschen. Ein gelöschter Film lässt sich nicht zurückholen; laden Sie also herunter, was Sie behalten möchten. Ihr Konto können Sie löschen, wann Sie möchten; 30 Tage lang können Sie es sich noch anders überlegen, dann wird alles darin endgültig gelöscht. Kaufbelege müssen wir nach dem Gesetz bis zu 7 Jahre aufbewahren.
terms-9-title = Was Sie nicht dürfen
terms-9-words = Verwenden Sie keine Bilder von Menschen, die nicht einverstanden sind oder deren Sorgeberechtigte es nicht sind. Machen Sie nichts, was jemanden verletzt, verspottet oder gefährdet. Versuchen Sie nicht, an fremde Daten zu kommen, unsere Schutzmaßnahmen zu umgehen oder den Dienst zu überlasten. Tut das jemand, dürfen wir eine Bestellung ablehnen oder ein Konto schließen. Wir sagen, warum, und ein Mensch hört Ihre Antwort.
terms-10-title = Wann es geöffnet ist
terms-10-words = Wir möchten, dass das Theater Tag und Nacht geöffnet ist, können aber nicht versprechen, dass es nie schließt. Manchmal geht etwas kaputt, manchmal müssen wir daran arbeiten. Bestellungen und Filme überstehen das und gehen von selbst weiter. Sollten wir je ganz aufhören, sagen wir Ihnen so früh Bescheid, dass Sie Ihre Filme herunterladen können.
terms-11-title = Wofür wir einstehen
terms-11-words = Wir haften unbegrenzt für Schäden, die wir mit Absicht oder grob fahrlässig verursachen, für Schäden an Leben, Körper und Gesundheit und überall, wo das Gesetz keine Grenze erlaubt. Bei einfacher Fahrlässigkeit haften wir nur, wenn wir eine Pflicht verletzen, auf der der Vertrag beruht, und dann für den Schaden, mit dem man typischerweise rechnen konnte. Darüber hinaus haften wir nicht.
terms-12-title = Wenn sich diese Bedingungen ändern
terms-12-words = Ändern wir diese Bedingungen, stehen die neuen mit ihrem Datum hier, bevor sie gelten, und alle mit einem Konto bekommen eine Mail. Was Sie vorher bestellt haben, bleibt unter den Bedingungen, unter denen Sie es bestellt haben. Gefallen Ihnen die neuen nicht, können Sie Ihr Konto jederzeit löschen.
terms-13-title = Das Recht, und Ihre Rechte beim Kauf
terms-13-words = Was das Recht Ihres Wohnorts Ihnen als Verbraucherin oder Verbraucher gibt, steht Ihnen zu, auch das Recht, einen Vertrag zu widerrufen oder Mängel beheben zu lassen. Nichts auf dieser Seite nimmt davon etwas weg, und Sie können dort vor Gericht gehen. Nur wo keine solche Regel gilt, zählt das Recht an unserem eigenen Sitz. Sollte ein Punkt nicht halten, gelten die anderen trotzdem.
terms-14-title = Reden Sie mit uns
terms-14-words = Wenn etwas unklar ist oder schiefgegangen ist, schreiben Sie an { $email }. Das meiste klärt eine freundliche Mail schneller als jeder Paragraf. Was wir mit Ihren Daten tun, steht auf der Seite zum Datenschutz.

# The desk, and words of the tables.
desk-enquiries = Anfragen
desk-enquiry-first = Geht vor
desk-enquiry-due = Antwort fällig bis
desk-enquiry-overdue = Überfällig
desk-enquiry-close = Ohne weitere Antwort schließen
desk-processing = Verzeichnis der Verarbeitungen
desk-usage = Wie die Seite genutzt wurde, letzte 30 Tage
desk-usage-words = Nur Summen, von Besuchen, deren Einstellungen es erlauben; unter zehn wird nichts gezeigt.
privacy-authorities = Alle Behörden
privacy-safeguard-clauses = Standardvertragsklauseln
privacy-safeguard-adequacy = Angemessenheitsbeschluss
privacy-safeguard-within = Keine Übermittlung außerhalb von EWR und Vereinigtem Königreich
privacy-from-account-deleted = Löschung des Kontos
privacy-from-created = Entstehung
privacy-from-last-used = letzter Nutzung
privacy-from-expired = Ablauf der Gültigkeit
privacy-from-paid = Zahlung
privacy-from-closed = Beantwortung
privacy-from-last-interaction = letzter Reaktion oder Abmeldung
erase-title = Löschungen
erase-child = Daten eines Kindes ohne Einwilligung
erase-child-words = Wenn Ihnen glaubhaft gemeldet wurde, dass ein Konto Daten eines Kindes enthält, die niemand geben durfte: Es geht sofort, ohne Bedenkzeit, hier und bei jedem Dienstleister. Das lässt sich nicht rückgängig machen.
erase-sure = Ich habe die Meldung geprüft. Dieses Konto jetzt löschen.
erase-sure-missing = Bitte bestätigen Sie, dass Sie die Meldung geprüft haben.
erase-nobody = Es gibt kein Konto mit dieser Adresse. Nichts wurde gelöscht.
erase-button = Jetzt löschen
erase-done = Das Konto ist gelöscht. Das Verzeichnis zeigt es.
erase-begun = Die Löschung hat begonnen. Was ein Anbieter noch hat, wird angefordert, bis es weg ist; das Verzeichnis zeigt es.
erase-ledger = Verzeichnis
erase-asked = Begonnen
erase-why = Warum
erase-finished = Beendet
erase-rows = Zeilen
erase-objects = Objekte
erase-reason-owner = Von der Person selbst verlangt
erase-reason-child = Daten eines Kindes ohne Einwilligung
erase-unfinished = Noch nicht: wird von selbst wieder aufgenommen
campaign-title = Kampagnen
campaign-words = Eine Kampagne geht an alle, die sie nach dem Recht ihres Landes und ihrer eigenen Wahl bekommen dürfen, und an niemanden sonst; unten können Sie einen Teil davon auswählen. Niemand bekommt mehr als eine solche Mail pro Woche.
campaign-kind = Art
campaign-subject = Betreff
campaign-text = Text
campaign-button = Speichern, ohne zu senden
campaign-begun = Die Kampagne hat begonnen.
campaign-sent = Gesendet
campaign-list = Was es gibt
campaign-new = Neue Kampagne
campaign-state = Stand
campaign-draft = In Arbeit
campaign-sending = Wird gesendet
campaign-paused = Angehalten
campaign-done = Vorbei
campaign-stopped = Abgebrochen
campaign-opened = Geöffnet
campaign-clicked = Link gefolgt
campaign-unsubscribed = Abgemeldet
campaign-figures-words = Öffnen und Folgen wird nur bei denen gezählt, die solchen Mails zugestimmt haben, nicht bei Kundinnen und Kunden, die nur von ähnlichen Filmen hören.
campaign-link = Seite von uns, zu der der Knopf führt
campaign-link-words = Ihr Pfad, etwa /films. Ohne ihn gibt es keinen Knopf.
campaign-whom = An wen
campaign-all = egal
campaign-language = Sprache
campaign-bought = Hat einen Film gekauft
campaign-bought-yes = ja
campaign-bought-no = noch nie
campaign-film = Hat diesen Film gekauft
campaign-quiet = So viele Tage nicht hier gewesen
campaign-pace = Mails pro Stunde
campaign-pace-words = In diesem Tempo geht sie hinaus, bei Tag am Ort der Lesenden. Nach sieben Tagen ist sie vorbei, sobald niemand mehr an der Reihe ist.
campaign-reach = Sie würde in diesem Augenblick { $number } Personen erreichen.
campaign-night = Wo es Nacht ist, wartet sie auf den Morgen.
campaign-preview = So sehen sie die Lesenden
campaign-test = Mir selbst schicken
campaign-start = Senden beginnen
campaign-pause = Anhalten
campaign-resume = Weitergehen lassen
campaign-stop = Endgültig abbrechen
campaign-discard = Wegwerfen
campaign-written = Gespeichert. Es wurde nichts gesendet.
campaign-tested = Ein Exemplar in jeder Sprache ist zu Ihnen unterwegs.
campaign-changed = Das ist erledigt.
