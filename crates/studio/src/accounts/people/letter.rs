//! The mail that says that the sign-in service opens an account from now on, in the account's language: whoever did
//! not do it learns of it.

use crate::mail::Message;

pub(crate) fn linked(language: &str, service: &str) -> Message {
    let [subject, first, second, button] = match language {
        "de" => [
            "Ihr Konto hat einen neuen Weg zur Anmeldung".to_owned(),
            format!(
                "Mit {service} kann man sich jetzt in Ihrem Mini-Studio-Konto anmelden; die Adresse ist an beiden Orten bestätigt."
            ),
            "Waren Sie das nicht, entfernen Sie diesen Weg bitte gleich und beenden Sie fremde Anmeldungen."
                .to_owned(),
            "Ansehen".to_owned(),
        ],
        "fr" => [
            "Votre compte a un nouveau moyen de connexion".to_owned(),
            format!(
                "{service} permet maintenant de se connecter à votre compte Mini Studio ; l’adresse est confirmée des deux côtés."
            ),
            "Si ce n’était pas vous, retirez ce moyen tout de suite et mettez fin aux connexions inconnues."
                .to_owned(),
            "Voir".to_owned(),
        ],
        "es" => [
            "Su cuenta tiene una nueva forma de iniciar sesión".to_owned(),
            format!(
                "Con {service} ya se puede iniciar sesión en su cuenta de Mini Studio; la dirección está confirmada en ambos sitios."
            ),
            "Si no ha sido usted, quítela enseguida y cierre las sesiones que no conozca.".to_owned(),
            "Ver".to_owned(),
        ],
        _ => [
            "Your account has a new way to sign in".to_owned(),
            format!(
                "{service} can be used to sign in to your Mini Studio account from now on; the address is confirmed at both."
            ),
            "If this was not you, please remove it at once and end the sessions that you do not know."
                .to_owned(),
            "See it".to_owned(),
        ],
    };
    Message {
        kind: "service-added",
        subject,
        paragraphs: vec![first, second],
        button: Some((button, "/account/service".into())),
        ..Message::default()
    }
}
