//! The words of the mails that advertise, and of the one that asks whether they are wanted. Each of the former can
//! be stopped by one click in it.

use policy::Mailing;

use super::Campaign;
use crate::mail::Message;

/// Where a mail's own link leads.
fn path(token: &str) -> String {
    format!("/preferences/{token}")
}

/// A mail that advertises: it carries the way to stop it.
fn advertising(mailing: Mailing, subject: String, paragraphs: Vec<String>, token: &str) -> Message {
    Message {
        kind: mailing.word(),
        subject,
        paragraphs,
        unsubscribe: Some(path(token)),
        ..Message::default()
    }
}

/// "Did you tick the box?"
pub(super) fn confirm(language: &str, token: &str) -> Message {
    let [subject, first, button, after] = match language {
        "de" => [
            "Möchten Sie Neuigkeiten von Mini Studio?",
            "Jemand, wahrscheinlich Sie, hat in Ihrem Konto Neuigkeiten und Angebote per E-Mail bestellt. Bitte bestätigen Sie das; vorher kommt nichts.",
            "Ja, ich möchte sie",
            "Waren Sie das nicht, müssen Sie nichts tun.",
        ],
        "fr" => [
            "Souhaitez-vous des nouvelles de Mini Studio ?",
            "Quelqu’un, sans doute vous, a demandé dans votre compte à recevoir nos nouvelles et offres par e-mail. Confirmez-le ; sans cela, rien ne vous sera envoyé.",
            "Oui, je les souhaite",
            "Si ce n’était pas vous, vous n’avez rien à faire.",
        ],
        "es" => [
            "¿Quiere novedades de Mini Studio?",
            "Alguien, probablemente usted, pidió en su cuenta novedades y ofertas por correo. Confírmelo; hasta entonces no enviaremos nada.",
            "Sí, las quiero",
            "Si no fue usted, no tiene que hacer nada.",
        ],
        _ => [
            "Would you like news from Mini Studio?",
            "Somebody, probably you, asked for news and offers by mail in your account. Please confirm it; nothing is sent before.",
            "Yes, I would like them",
            "If that was not you, there is nothing you need to do.",
        ],
    };
    Message {
        kind: "marketing-confirm",
        subject: subject.into(),
        paragraphs: vec![first.into()],
        button: Some((button.into(), path(token))),
        afterwards: vec![after.into()],
        ..Message::default()
    }
}

/// A draft that was left.
pub(super) fn cart(language: &str, title: &str, slug: &str, token: &str) -> Message {
    let (subject, first, button) = match language {
        "de" => (
            format!("Ihr Film wartet: {title}"),
            format!(
                "Sie haben „{title}“ begonnen und noch nicht bestellt. Alles, was Sie gewählt haben, ist noch da."
            ),
            "Weitermachen",
        ),
        "fr" => (
            format!("Votre film attend : {title}"),
            format!(
                "Vous avez commencé « {title} » sans le commander. Tout ce que vous avez choisi est encore là."
            ),
            "Continuer",
        ),
        "es" => (
            format!("Su película espera: {title}"),
            format!("Empezó «{title}» y aún no la ha pedido. Todo lo que eligió sigue ahí."),
            "Continuar",
        ),
        _ => (
            format!("Your film is waiting: {title}"),
            format!("You began “{title}” and have not ordered it yet. Everything you chose is still there."),
            "Go on",
        ),
    };
    let message = advertising(Mailing::AbandonedCart, subject, vec![first], token);
    Message { button: Some((button.into(), format!("/create/{slug}"))), ..message }
}

/// A word after a long silence.
pub(super) fn silence(language: &str, token: &str) -> Message {
    let [subject, first, button] = match language {
        "de" => [
            "Der Vorhang ist wieder offen",
            "Sie waren eine Weile nicht bei uns. Falls ein Geburtstag kommt oder eine Gutenachtgeschichte fehlt: Unsere Filme warten. Das schreiben wir Ihnen nur einmal.",
            "Filme ansehen",
        ],
        "fr" => [
            "Le rideau est rouvert",
            "Votre dernière visite remonte à un moment déjà. Si un anniversaire approche ou qu’il manque une histoire du soir, nos films vous attendent. Nous ne vous l’écrivons qu’une fois.",
            "Voir les films",
        ],
        "es" => [
            "El telón vuelve a estar abierto",
            "Hace tiempo que no nos visita. Si se acerca un cumpleaños o falta un cuento para dormir, nuestras películas le esperan. Solo se lo escribimos una vez.",
            "Ver las películas",
        ],
        _ => [
            "The curtain is open again",
            "You have not been here for a while. If a birthday is coming or a bedtime story is missing: our films are waiting. We write this to you only once.",
            "Look at the films",
        ],
    };
    let message = advertising(Mailing::ReEngagement, subject.into(), vec![first.into()], token);
    Message { button: Some((button.into(), "/films".into())), ..message }
}

/// What the operator wrote, in the person's language where it is there.
pub(super) fn campaign(campaign: &Campaign, language: &str, token: &str) -> Message {
    let (language, words) = match campaign.words.get(language) {
        Some(words) => (language, Some(words)),
        None => ("en", campaign.words.get("en")),
    };
    let (subject, text) = words.map_or(("", ""), |words| (words.subject.as_str(), words.text.as_str()));
    let text = text.replace("\r\n", "\n");
    let paragraphs = text.split("\n\n").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty());
    let look = match language {
        "de" => "Ansehen",
        "fr" => "Regarder",
        "es" => "Ver",
        _ => "Have a look",
    };
    let button = (!campaign.link.is_empty()).then(|| (look.to_owned(), campaign.link.clone()));
    let message = advertising(campaign.mailing, subject.to_owned(), paragraphs.collect(), token);
    Message { button, ..message }
}
