//! The mail that says that a passkey was added, in the account's language: whoever did not do it learns of it.

use crate::mail::Message;

pub(crate) fn letter(language: &str) -> Message {
    let [subject, first, second, button] = match language {
        "de" => [
            "Ein Passkey wurde Ihrem Konto hinzugefügt",
            "Mit einem neuen Passkey kann man sich jetzt in Ihrem Mini-Studio-Konto anmelden.",
            "Waren Sie das nicht, entfernen Sie ihn bitte gleich und beenden Sie fremde Anmeldungen.",
            "Passkeys ansehen",
        ],
        "fr" => [
            "Une clé d’accès a été ajoutée à votre compte",
            "Une nouvelle clé d’accès (passkey) permet maintenant de se connecter à votre compte Mini Studio.",
            "Si ce n’était pas vous, retirez-la tout de suite et mettez fin aux connexions inconnues.",
            "Voir les clés d’accès",
        ],
        "es" => [
            "Se ha añadido una clave de acceso a su cuenta",
            "Con una nueva clave de acceso (passkey) ya se puede iniciar sesión en su cuenta de Mini Studio.",
            "Si no ha sido usted, quítela enseguida y cierre las sesiones que no conozca.",
            "Ver las claves de acceso",
        ],
        _ => [
            "A passkey was added to your account",
            "A new passkey can be used to sign in to your Mini Studio account from now on.",
            "If this was not you, please remove it at once and end the sessions that you do not know.",
            "See the passkeys",
        ],
    };
    Message {
        kind: "passkey-added",
        subject: subject.into(),
        paragraphs: vec![first.into(), second.into()],
        button: Some((button.into(), "/account/passkeys".into())),
        ..Message::default()
    }
}
