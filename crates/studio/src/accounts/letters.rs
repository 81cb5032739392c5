//! The mails of signing up and in, and of the end of an account, in the account's language.

use super::link::NewLink;
use crate::mail::Message;

/// Words that several mails share: how long a link works, and what to do if it was somebody else.
struct Shared {
    or_type: &'static str,
    not_you: &'static str,
    sign_in: &'static str,
}

fn shared(language: &str) -> Shared {
    match language {
        "de" => Shared {
            or_type: "Oder geben Sie diesen Code auf der Seite ein, die wartet. Link und Code gelten einmal, eine halbe Stunde lang.",
            not_you: "Waren Sie das nicht, müssen Sie nichts tun: Ohne diese Mail kommt niemand hinein.",
            sign_in: "Anmelden",
        },
        "fr" => Shared {
            or_type: "Ou saisissez ce code sur la page qui attend. Le lien et le code fonctionnent une fois, pendant une demi-heure.",
            not_you: "Si ce n’était pas vous, vous n’avez rien à faire : sans ce message, personne n’entre.",
            sign_in: "Me connecter",
        },
        "es" => Shared {
            or_type: "O escriba este código en la página que espera. El enlace y el código funcionan una vez, durante media hora.",
            not_you: "Si no fue usted, no tiene que hacer nada: sin este correo no entra nadie.",
            sign_in: "Iniciar sesión",
        },
        _ => Shared {
            or_type: "Or type this code on the page that is waiting. The link and the code work once, for half an hour.",
            not_you: "If this was not you, you need do nothing: without this mail nobody gets in.",
            sign_in: "Sign in",
        },
    }
}

/// Somebody new signed up; `with_news`: and asked for marketing mail, which the link confirms.
pub(super) fn confirm(link: &NewLink, language: &str, with_news: bool) -> Message {
    let [subject, first, button, news, forgotten] = match language {
        "de" => [
            "Bestätigen Sie Ihre Adresse für Mini Studio",
            "Willkommen bei Mini Studio. Öffnen Sie diesen Link, um Ihre Adresse zu bestätigen und Ihr Konto anzulegen.",
            "Bestätigen und anmelden",
            "Sie möchten auch Neuigkeiten und Angebote per E-Mail; mit dem Link bestätigen Sie das. In jeder solchen Mail können Sie sie beenden.",
            "Waren Sie das nicht, müssen Sie nichts tun: Es entsteht kein Konto, und Ihre Adresse ist binnen eines Tages vergessen.",
        ],
        "fr" => [
            "Confirmez votre adresse pour Mini Studio",
            "Bienvenue chez Mini Studio. Ouvrez ce lien pour confirmer votre adresse et créer votre compte.",
            "Confirmer et me connecter",
            "Vous avez aussi demandé nos nouvelles et offres par e-mail ; le lien le confirme. Chaque message permet de les arrêter.",
            "Si ce n’était pas vous, vous n’avez rien à faire : aucun compte n’est créé et votre adresse est oubliée dans les 24 heures.",
        ],
        "es" => [
            "Confirme su dirección para Mini Studio",
            "Le damos la bienvenida a Mini Studio. Abra este enlace para confirmar su dirección y crear su cuenta.",
            "Confirmar e iniciar sesión",
            "También pidió novedades y ofertas por correo; el enlace lo confirma. Puede pararlas en cada correo.",
            "Si no fue usted, no tiene que hacer nada: no se crea ninguna cuenta y su dirección se olvida en un día.",
        ],
        _ => [
            "Confirm your address for Mini Studio",
            "Welcome to Mini Studio. Open this link to confirm your address and make your account.",
            "Confirm and sign in",
            "You also asked for news and offers by mail; opening the link confirms that. You can stop them in every such mail.",
            "If this was not you, you need do nothing: no account is made, and your address is forgotten within a day.",
        ],
    };
    let afterwards = [Some(shared(language).or_type), with_news.then_some(news), Some(forgotten)];
    Message {
        kind: "confirm-address",
        subject: subject.into(),
        paragraphs: vec![first.into()],
        button: Some((button.into(), path(link))),
        code: Some(spaced(&link.code)),
        afterwards: afterwards.into_iter().flatten().map(str::to_owned).collect(),
        ..Message::default()
    }
}

/// Somebody signed up with an address that has an account.
pub(super) fn already_here(link: &NewLink, language: &str) -> Message {
    let [subject, first] = match language {
        "de" => [
            "Sie haben schon ein Mini-Studio-Konto",
            "Jemand, wahrscheinlich Sie, wollte bei Mini Studio mit dieser Adresse ein Konto eröffnen. Es gibt dazu schon eins, und daran wurde nichts geändert.",
        ],
        "fr" => [
            "Vous avez déjà un compte Mini Studio",
            "Quelqu’un, sans doute vous, a voulu créer un compte Mini Studio avec cette adresse. Elle en a déjà un, et rien n’y a été changé.",
        ],
        "es" => [
            "Ya tiene una cuenta de Mini Studio",
            "Alguien, probablemente usted, se registró en Mini Studio con esta dirección. Ya tiene una cuenta y no se ha cambiado nada en ella.",
        ],
        _ => [
            "You already have a Mini Studio account",
            "Somebody, probably you, signed up at Mini Studio with this address. It has an account already, and nothing about it was changed.",
        ],
    };
    with_link("already-here", subject, first, link, language)
}

/// Somebody with an account wants to sign in.
pub(super) fn sign_in(link: &NewLink, language: &str) -> Message {
    let [subject, first] = match language {
        "de" => ["Bei Mini Studio anmelden", "Öffnen Sie diesen Link, um sich bei Mini Studio anzumelden."],
        "fr" => ["Connexion à Mini Studio", "Ouvrez ce lien pour vous connecter à Mini Studio."],
        "es" => ["Iniciar sesión en Mini Studio", "Abra este enlace para iniciar sesión en Mini Studio."],
        _ => ["Sign in to Mini Studio", "Open this link to sign in to Mini Studio."],
    };
    with_link("sign-in", subject, first, link, language)
}

fn with_link(kind: &'static str, subject: &str, first: &str, link: &NewLink, language: &str) -> Message {
    let words = shared(language);
    Message {
        kind,
        subject: subject.into(),
        paragraphs: vec![first.into()],
        button: Some((words.sign_in.into(), path(link))),
        code: Some(spaced(&link.code)),
        afterwards: vec![words.or_type.into(), words.not_you.into()],
        ..Message::default()
    }
}

/// Somebody without an account wants to sign in.
pub(super) fn nobody_here(language: &str) -> Message {
    let [subject, first, button, after] = match language {
        "de" => [
            "Kein Mini-Studio-Konto mit dieser Adresse",
            "Jemand, wahrscheinlich Sie, wollte sich bei Mini Studio mit dieser Adresse anmelden, aber dazu gibt es kein Konto. Vielleicht haben Sie eine andere Adresse benutzt oder noch kein Konto.",
            "Konto eröffnen",
            "Waren Sie das nicht, müssen Sie nichts tun. Ihre Adresse ist binnen eines Tages vergessen.",
        ],
        "fr" => [
            "Aucun compte Mini Studio avec cette adresse",
            "Quelqu’un, sans doute vous, a voulu se connecter à Mini Studio avec cette adresse, mais elle n’a pas de compte. Peut-être avez-vous utilisé une autre adresse, ou n’avez-vous pas encore de compte.",
            "Créer un compte",
            "Si ce n’était pas vous, vous n’avez rien à faire. Votre adresse est oubliée dans les 24 heures.",
        ],
        "es" => [
            "No hay ninguna cuenta de Mini Studio con esta dirección",
            "Alguien, probablemente usted, intentó iniciar sesión en Mini Studio con esta dirección, pero no tiene cuenta. Quizá usó otra dirección o aún no tiene cuenta.",
            "Crear una cuenta",
            "Si no fue usted, no tiene que hacer nada. Su dirección se olvida en un día.",
        ],
        _ => [
            "No Mini Studio account with this address",
            "Somebody, probably you, tried to sign in at Mini Studio with this address, but there is no account with it. Perhaps you used another address, or have no account yet.",
            "Create an account",
            "If this was not you, you need do nothing. Your address is forgotten within a day.",
        ],
    };
    Message {
        kind: "nobody-here",
        subject: subject.into(),
        paragraphs: vec![first.into()],
        button: Some((button.into(), "/sign-up".into())),
        afterwards: vec![after.into()],
        ..Message::default()
    }
}

fn path(link: &NewLink) -> String {
    format!("/sign-in/link/{}", link.token)
}

/// "123 456": easier to read off.
fn spaced(code: &str) -> String {
    let (left, right) = code.split_at(3);
    format!("{left} {right}")
}

/// The end of the account was asked for; `day` is the one on which it is erased.
pub(super) fn leaving(language: &str, day: &str) -> Message {
    let [subject, first, second, button] = match language {
        "de" => [
            "Ihr Mini-Studio-Konto wird gelöscht".to_owned(),
            format!("Sie haben Ihr Konto gelöscht. Ab jetzt verarbeiten wir nichts mehr darin. Am {day} löschen wir endgültig alles: Fotos, Filme, Namen, Bestellungen und den Schlüssel, mit dem sie verschlüsselt sind."),
            "Bis dahin können Sie es sich anders überlegen: Melden Sie sich an und drücken Sie „Mein Konto behalten“. Haben nicht Sie das Konto gelöscht, tun Sie das bitte gleich.".to_owned(),
            "Anmelden und behalten".to_owned(),
        ],
        "fr" => [
            "Votre compte Mini Studio va être supprimé".to_owned(),
            format!("Vous avez supprimé votre compte. Nous n’y traitons plus rien. Le {day}, nous effacerons définitivement tout : photos, films, noms, commandes et la clé qui les chiffre."),
            "D’ici là, vous pouvez changer d’avis : connectez-vous et choisissez « Garder mon compte ». Si ce n’est pas vous qui l’avez supprimé, faites-le dès maintenant.".to_owned(),
            "Me connecter et le garder".to_owned(),
        ],
        "es" => [
            "Su cuenta de Mini Studio se va a eliminar".to_owned(),
            format!("Ha eliminado su cuenta. Ya no tratamos nada en ella. El {day} borraremos todo definitivamente: fotos, películas, nombres, pedidos y la clave con la que están cifrados."),
            "Hasta entonces puede cambiar de opinión: entre y pulse «Conservar mi cuenta». Si no fue usted quien la eliminó, hágalo cuanto antes.".to_owned(),
            "Iniciar sesión y conservarla".to_owned(),
        ],
        _ => [
            "Your Mini Studio account will be deleted".to_owned(),
            format!("You have deleted your account. Nothing in it is processed any more. On {day} we erase everything for good: photos, films, names, orders, and the key that they are encrypted with."),
            "Until then you can change your mind: sign in and press “Keep my account”. If it was not you who deleted it, please do that right away.".to_owned(),
            "Sign in and keep it".to_owned(),
        ],
    };
    Message {
        kind: "leaving",
        subject,
        paragraphs: vec![first, second],
        button: Some((button, "/sign-in".into())),
        ..Message::default()
    }
}

/// A password was set or changed: whoever did not do it learns of it.
pub(super) fn password_set(language: &str) -> Message {
    let [subject, first, second, button] = match language {
        "de" => [
            "Ihr Passwort wurde geändert",
            "Für Ihr Mini-Studio-Konto gilt ab jetzt ein neues Passwort.",
            "Waren Sie das nicht, melden Sie sich bitte gleich mit einem Link per Mail an, setzen Sie ein neues Passwort und beenden Sie fremde Anmeldungen.",
            "Anmeldungen ansehen",
        ],
        "fr" => [
            "Votre mot de passe a été modifié",
            "Un nouveau mot de passe est désormais valable pour votre compte Mini Studio.",
            "Si ce n’était pas vous, connectez-vous tout de suite avec un lien par e-mail, choisissez un nouveau mot de passe et mettez fin aux connexions inconnues.",
            "Voir les connexions",
        ],
        "es" => [
            "Se ha cambiado su contraseña",
            "Desde ahora su cuenta de Mini Studio tiene una contraseña nueva.",
            "Si no ha sido usted, inicie sesión enseguida con un enlace por correo, ponga otra contraseña y cierre las sesiones que no conozca.",
            "Ver las sesiones",
        ],
        _ => [
            "Your password was changed",
            "A new password holds for your Mini Studio account from now on.",
            "If this was not you, please sign in at once with a link by mail, set another password, and end the sessions that you do not know.",
            "See where you are signed in",
        ],
    };
    Message {
        kind: "password-set",
        subject: subject.into(),
        paragraphs: vec![first.into(), second.into()],
        button: Some((button.into(), "/account/sessions".into())),
        ..Message::default()
    }
}
