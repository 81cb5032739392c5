//! The mail that tells an owner of a look, in their language.

use crate::mail::Message;

pub(crate) fn letter(language: &str, reason: &str) -> Message {
    let [subject, first, why, after, button] = match language {
        "de" => [
            "Jemand von uns darf eine Stunde lang Ihre Fotos und Filme ansehen",
            "Fotos und Filme sieht außer Ihnen niemand, es sei denn, es gibt einen Grund. Jetzt gibt es einen:",
            "Was dabei geöffnet wird, steht einzeln in Ihrem Konto. Dort können Sie es auch sofort beenden.",
            "Haben Sie Fragen dazu, antworten wir Ihnen gern über das Kontaktformular.",
            "Wer hat meine Daten gesehen?",
        ],
        "fr" => [
            "Quelqu’un de chez nous peut voir vos photos et films pendant une heure",
            "Personne d’autre que vous ne voit vos photos et vos films, sauf s’il y a une raison. Il y en a une maintenant :",
            "Chaque élément ouvert figure dans votre compte. Vous pouvez aussi y mettre fin aussitôt.",
            "Pour toute question, écrivez-nous par le formulaire de contact.",
            "Qui a vu mes données ?",
        ],
        "es" => [
            "Alguien de nuestro equipo puede ver sus fotos y películas durante una hora",
            "Nadie más que usted ve sus fotos y películas, salvo que haya un motivo. Ahora lo hay:",
            "Cada cosa que se abra figura en su cuenta. Allí también puede ponerle fin al momento.",
            "Si tiene preguntas, escríbanos por el formulario de contacto.",
            "¿Quién ha visto mis datos?",
        ],
        _ => [
            "Somebody of our staff may look at your photos and films for an hour",
            "Nobody but you sees your photos and films, unless there is a reason. There is one now:",
            "Whatever is opened stands in your account, one by one. You can end it there at once, too.",
            "If you have a question about this, write to us by the contact form.",
            "Who saw my data?",
        ],
    };
    Message {
        kind: "look-approved",
        subject: subject.into(),
        paragraphs: vec![first.into(), reason.to_owned(), why.into()],
        button: Some((button.into(), "/account/access".into())),
        afterwards: vec![after.into()],
        ..Message::default()
    }
}
