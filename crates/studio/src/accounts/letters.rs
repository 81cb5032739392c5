//! The mails of signing up and in.

use super::link::NewLink;
use crate::mail::Message;

const WORKS: &str = "The link and the code work once, for half an hour.";
const NOT_YOU: &str = "If this was not you, you need do nothing: without this mail nobody gets in.";

/// Somebody new signed up.
pub(super) fn confirm(link: &NewLink) -> Message {
    Message {
        kind: "confirm-address",
        subject: "Confirm your address for Mini Studio".into(),
        paragraphs: vec![
            "Welcome to Mini Studio. Open this link to confirm your address and make your account.".into(),
        ],
        button: Some(("Confirm and sign in".into(), path(link))),
        code: Some(spaced(&link.code)),
        afterwards: vec![
            format!("Or type this code on the page that is waiting. {WORKS}"),
            "If this was not you, you need do nothing: no account is made, and your address is forgotten within a day."
                .into(),
        ],
    }
}

/// Somebody signed up with an address that has an account.
pub(super) fn already_here(link: &NewLink) -> Message {
    Message {
        kind: "already-here",
        subject: "You already have a Mini Studio account".into(),
        paragraphs: vec![
            "Somebody, probably you, signed up at Mini Studio with this address. It has an account already, and nothing about it was changed."
                .into(),
        ],
        button: Some(("Sign in".into(), path(link))),
        code: Some(spaced(&link.code)),
        afterwards: vec![format!("Or type this code on the page that is waiting. {WORKS}"), NOT_YOU.into()],
    }
}

/// Somebody with an account wants to sign in.
pub(super) fn sign_in(link: &NewLink) -> Message {
    Message {
        kind: "sign-in",
        subject: "Sign in to Mini Studio".into(),
        paragraphs: vec!["Open this link to sign in to Mini Studio.".into()],
        button: Some(("Sign in".into(), path(link))),
        code: Some(spaced(&link.code)),
        afterwards: vec![format!("Or type this code on the page that is waiting. {WORKS}"), NOT_YOU.into()],
    }
}

/// Somebody without an account wants to sign in.
pub(super) fn nobody_here() -> Message {
    Message {
        kind: "nobody-here",
        subject: "No Mini Studio account with this address".into(),
        paragraphs: vec![
            "Somebody, probably you, tried to sign in at Mini Studio with this address, but there is no account with it. Perhaps you used another address, or have no account yet."
                .into(),
        ],
        button: Some(("Make an account".into(), "/sign-up".into())),
        code: None,
        afterwards: vec!["If this was not you, you need do nothing. Your address is forgotten within a day.".into()],
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

/// The kind of the reminder, by which it is known that it was sent.
pub(super) const LEAVING_SOON: &str = "leaving-soon";

/// The end of the account was asked for.
pub(super) fn leaving(language: &str, ends_at_ms: i64) -> Message {
    let day = day(ends_at_ms);
    let [subject, first, second, button] = match language {
        "de" => [
            "Ihr Mini-Studio-Konto wird gelöscht".to_owned(),
            format!("Sie haben Ihr Konto gelöscht. Ab jetzt verarbeiten wir nichts mehr darin. Am {day} löschen wir endgültig alles: Fotos, Filme, Namen, Bestellungen und den Schlüssel, mit dem sie verschlüsselt sind."),
            "Bis dahin können Sie es sich anders überlegen: Melden Sie sich einfach an. Waren Sie es nicht, melden Sie sich bitte gleich an.".to_owned(),
            "Anmelden und behalten".to_owned(),
        ],
        "fr" => [
            "Votre compte Mini Studio va être supprimé".to_owned(),
            format!("Vous avez supprimé votre compte. Nous n’y traitons plus rien. Le {day}, nous effacerons définitivement tout : photos, films, noms, commandes et la clé qui les chiffre."),
            "D’ici là, vous pouvez changer d’avis : il suffit de vous connecter. Si ce n’était pas vous, connectez-vous dès maintenant.".to_owned(),
            "Me connecter et le garder".to_owned(),
        ],
        "es" => [
            "Su cuenta de Mini Studio se va a eliminar".to_owned(),
            format!("Ha eliminado su cuenta. Ya no tratamos nada en ella. El {day} borraremos todo definitivamente: fotos, películas, nombres, pedidos y la clave con la que están cifrados."),
            "Hasta entonces puede cambiar de opinión: basta con iniciar sesión. Si no ha sido usted, inicie sesión cuanto antes.".to_owned(),
            "Iniciar sesión y conservarla".to_owned(),
        ],
        _ => [
            "Your Mini Studio account will be deleted".to_owned(),
            format!("You have deleted your account. Nothing in it is processed any more. On {day} we erase everything for good: photos, films, names, orders, and the key that they are encrypted with."),
            "Until then you can change your mind: simply sign in. If this was not you, please sign in right away.".to_owned(),
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

/// The end of the account is near.
pub(super) fn leaving_soon(language: &str, ends_at_ms: i64) -> Message {
    let day = day(ends_at_ms);
    let [subject, first, button] = match language {
        "de" => [
            format!("Am {day} wird Ihr Konto endgültig gelöscht"),
            format!(
                "Am {day} löschen wir endgültig alles aus Ihrem Mini-Studio-Konto. Möchten Sie etwas behalten, melden Sie sich vorher an. Sonst müssen Sie nichts tun."
            ),
            "Anmelden und behalten".to_owned(),
        ],
        "fr" => [
            format!("Votre compte sera effacé définitivement le {day}"),
            format!(
                "Le {day}, nous effacerons définitivement tout ce que contient votre compte Mini Studio. Si vous voulez garder quelque chose, connectez-vous avant. Sinon, vous n’avez rien à faire."
            ),
            "Me connecter et le garder".to_owned(),
        ],
        "es" => [
            format!("El {day} su cuenta se borrará definitivamente"),
            format!(
                "El {day} borraremos definitivamente todo lo que hay en su cuenta de Mini Studio. Si quiere conservar algo, inicie sesión antes. Si no, no tiene que hacer nada."
            ),
            "Iniciar sesión y conservarla".to_owned(),
        ],
        _ => [
            format!("On {day} your account is erased for good"),
            format!(
                "On {day} we erase everything in your Mini Studio account for good. If there is something you want to keep, sign in before. Otherwise there is nothing you need to do."
            ),
            "Sign in and keep it".to_owned(),
        ],
    };
    Message {
        kind: LEAVING_SOON,
        subject,
        paragraphs: vec![first],
        button: Some((button, "/sign-in".into())),
        ..Message::default()
    }
}

/// The day in UTC, as 2026-05-22: the same in every language.
fn day(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default().strftime("%Y-%m-%d").to_string()
}
