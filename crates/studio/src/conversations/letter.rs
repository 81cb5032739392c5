//! The mail that tells somebody who has left of an answer, in the account's language. The answer itself is not in it: it
//! is read where one is signed in.

use crate::mail::Message;

pub(crate) fn letter(language: &str) -> Message {
    let [subject, first, button] = match language {
        "de" => [
            "Wir haben Ihnen geantwortet",
            "Sie haben uns im Messenger geschrieben. Unsere Antwort steht dort, sobald Sie angemeldet sind.",
            "Die Antwort lesen",
        ],
        "fr" => [
            "Nous vous avons répondu",
            "Vous nous avez écrit dans la messagerie. Vous y trouverez notre réponse en vous connectant.",
            "Lire la réponse",
        ],
        "es" => [
            "Le hemos respondido",
            "Usted nos escribió en la mensajería. Nuestra respuesta está allí en cuanto inicie sesión.",
            "Leer la respuesta",
        ],
        _ => [
            "We have answered you",
            "You wrote to us in the messenger. Our answer is there as soon as you are signed in.",
            "Read the answer",
        ],
    };
    Message {
        kind: "support-answer",
        subject: subject.into(),
        paragraphs: vec![first.into()],
        button: Some((button.into(), "/minitube".into())),
        ..Message::default()
    }
}
