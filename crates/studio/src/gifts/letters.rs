//! The mails about gift passes: to the giver, and the one gift mail, in the giver's language.

use super::Gift;
use super::rows::gifts;
use crate::films::letters::title;
use crate::mail::{self, Message};
use crate::orders::letters::number;
use crate::{Result, Studio};

/// "Your gift pass": the code, for the giver.
pub(super) fn bought(
    studio: &Studio,
    language: &str,
    gift: &gifts::Model,
    code: &str,
    expires_at_ms: i64,
) -> Result<Message> {
    let what = what(studio, language, gift.film.as_deref());
    let until = mail::day(language, expires_at_ms - 1)?;
    let [subject, first, button, after, back] = match language {
        "de" => [
            "Ihre Geschenkkarte".into(),
            format!("Vielen Dank. Mit diesem Code lässt sich {what} machen, einmal, bis zum {until}:"),
            "Karte ansehen und ausdrucken".into(),
            "Geben Sie die Karte selbst weiter, oder lassen Sie uns eine Geschenkmail schicken.".into(),
            "Solange der Code nicht verwendet ist, können Sie die Karte 14 Tage lang zurückgeben; dann bekommen Sie Ihr Geld wieder.".into(),
        ],
        "fr" => [
            "Votre carte cadeau".into(),
            format!("Merci. Ce code permet de réaliser {what}, une fois, jusqu’au {until} :"),
            "Voir et imprimer la carte".into(),
            "Remettez la carte vous-même, ou laissez-nous envoyer un e-mail cadeau.".into(),
            "Tant que le code n’a pas servi, vous pouvez rendre la carte pendant 14 jours ; la somme vous est alors rendue.".into(),
        ],
        "es" => [
            "Su tarjeta regalo".into(),
            format!("Gracias. Con este código se puede hacer {what}, una vez, hasta el {until}:"),
            "Ver e imprimir la tarjeta".into(),
            "Entregue la tarjeta en mano o deje que enviemos un correo de regalo.".into(),
            "Mientras el código no se haya usado, puede devolver la tarjeta durante 14 días y le devolvemos el dinero.".into(),
        ],
        _ => [
            "Your gift pass".into(),
            format!("Thank you. This code makes {what}, once, until {until}:"),
            "See and print the card".into(),
            "Hand the card over yourself, or have us send a gift mail.".into(),
            "As long as the code is not used, you can give the pass back for 14 days; then you get your money back.".into(),
        ],
    };
    Ok(Message {
        kind: "gift-bought",
        subject,
        paragraphs: vec![first],
        button: Some((button, format!("/gift/mine/{}", gift.id))),
        code: Some(code.to_owned()),
        afterwards: vec![after, back, number(language, &gift.id)],
        ..Message::default()
    })
}

/// "Your money has been given back."
pub(super) fn returned(language: &str, gift: &str) -> Message {
    let [subject, first] = match language {
        "de" => [
            "Geschenkkarte zurückgegeben",
            "Ihre Geschenkkarte gilt nicht mehr, und Ihr Geld haben wir zurückgegeben. Sie müssen nichts tun.",
        ],
        "fr" => [
            "Carte cadeau rendue",
            "Votre carte cadeau n’est plus valable et la somme vous a été rendue. Vous n’avez rien à faire.",
        ],
        "es" => [
            "Tarjeta regalo devuelta",
            "Su tarjeta regalo ya no es válida y le hemos devuelto el dinero. No tiene que hacer nada.",
        ],
        _ => [
            "Gift pass given back",
            "Your gift pass is not good any more, and your money has been given back. There is nothing you need to do.",
        ],
    };
    Message {
        kind: "gift-returned",
        subject: subject.into(),
        paragraphs: vec![first.into()],
        afterwards: vec![number(language, gift)],
        ..Message::default()
    }
}

/// The gift mail. `token` leads to where such mail is refused.
pub(super) fn gift(studio: &Studio, language: &str, gift: &Gift, code: &str, token: &str) -> Result<Message> {
    // Isolated, so that a name in letters of the other direction turns nothing around it.
    let giver = format!("\u{2068}{}\u{2069}", gift.giver);
    let what = what(studio, language, gift.film.as_deref());
    let until = mail::day(language, gift.expires_at_ms - 1)?;
    let [subject, first, button, how, used, stop] = match language {
        "de" => [
            format!("Ein Geschenk von {giver}"),
            format!(
                "Ein Geschenk von {giver} für Sie, {what}: Papiertheater, in dem ein Kind die Hauptrolle spielt, das Sie lieb haben."
            ),
            "Geschenk ansehen".into(),
            format!("Mit dem Code bezahlen Sie den Film, einmal, bis zum {until}."),
            format!(
                "{giver} hat uns Ihre Adresse für diese eine Mail gegeben. Wir haben sie für nichts anderes verwendet, behalten sie nicht und haben kein Konto angelegt. Werbung bekommen Sie von uns nicht."
            ),
            "Keine Geschenkmail mehr an diese Adresse".into(),
        ],
        "fr" => [
            format!("{giver} vous fait un cadeau"),
            format!(
                "{giver} vous offre {what} : un film de théâtre de papier où un enfant que vous aimez tient le premier rôle."
            ),
            "Voir le cadeau".into(),
            format!("Le code paie le film, une fois, jusqu’au {until}."),
            format!(
                "{giver} nous a donné votre adresse pour ce seul e-mail. Nous ne l’avons utilisée pour rien d’autre, nous ne la gardons pas et nous n’avons créé aucun compte. Vous ne recevrez pas de publicité de notre part."
            ),
            "Plus d’e-mail cadeau à cette adresse".into(),
        ],
        "es" => [
            format!("Un regalo de {giver}"),
            format!(
                "{giver} le regala {what}: una película de teatro de papel cuyo protagonista es un niño o una niña a quien usted quiere."
            ),
            "Ver el regalo".into(),
            format!("El código paga la película, una vez, hasta el {until}."),
            format!(
                "{giver} nos dio su dirección para este único correo. No la hemos usado para nada más, no la conservamos y no hemos creado ninguna cuenta. No recibirá publicidad nuestra."
            ),
            "No más correos de regalo a esta dirección".into(),
        ],
        _ => [
            format!("A present from {giver}"),
            format!("{giver} gives you {what}: a paper-theatre film with a child you love as its hero."),
            "See the present".into(),
            format!("The code pays for the film, once, until {until}."),
            format!(
                "{giver} gave us your address for this one mail. We used it for nothing else, do not keep it, and made no account. You will get no advertising from us."
            ),
            "No more gift mail to this address".into(),
        ],
    };
    let paragraphs = std::iter::once(first).chain(gift.message.lines().map(str::to_owned)).collect();
    Ok(Message {
        kind: super::MAIL_KIND,
        subject,
        paragraphs,
        button: Some((button, format!("/gift/{code}"))),
        code: Some(code.to_owned()),
        afterwards: vec![how, number(language, gift.id.as_str()), used],
        refusal: Some((stop, format!("/gift/stop/{token}"))),
        ..Message::default()
    })
}

/// What a pass is good for, in words that stand in a sentence.
fn what(studio: &Studio, language: &str, film: Option<&str>) -> String {
    let title = film.map(|film| title(studio, film, language));
    match (language, title) {
        ("de", Some(title)) => format!("der Film „{title}“"),
        ("de", None) => "ein Film nach Wahl".into(),
        ("fr", Some(title)) => format!("le film « {title} »"),
        ("fr", None) => "un film au choix".into(),
        ("es", Some(title)) => format!("la película «{title}»"),
        ("es", None) => "una película a elegir".into(),
        (_, Some(title)) => format!("the film “{title}”"),
        (_, None) => "a film of choice".into(),
    }
}
