//! The mail about money that the desk gave back, in the account's language.

use crate::films::letters::{Back, title};
use crate::mail::Message;
use crate::{AccountId, Result, Studio, boxed};

/// "Your money is on its way back." Why, its owner reads in the account.
#[boxed]
pub(crate) async fn given_back(
    studio: &Studio,
    account: &AccountId,
    slug: &str,
    back: Back,
) -> Result<Message> {
    let language = studio.accounts().get(account).await?.language;
    let title = title(studio, slug, &language);
    let [subject, money, pass, why, button] = match language.as_str() {
        "de" => [
            format!("Erstattet: {title}"),
            format!(
                "Wir haben Ihnen das Geld für „{title}“ ganz zurückgegeben. Bis es auf dem Konto ist, können einige Tage vergehen."
            ),
            format!("Ihre Geschenkkarte für „{title}“ gilt wieder, mit demselben Code."),
            "Warum, steht in Ihrem Konto. Ein fertiger Film bleibt in Ihrer Bibliothek, bis Sie ihn löschen."
                .into(),
            "Im Konto nachsehen".into(),
        ],
        "fr" => [
            format!("Remboursé : {title}"),
            format!(
                "Nous vous avons entièrement remboursé « {title} ». Il peut s’écouler quelques jours avant que la somme soit sur votre compte."
            ),
            format!("Votre carte cadeau pour « {title} » est de nouveau valable, avec le même code."),
            "La raison figure dans votre compte. Un film terminé reste dans votre bibliothèque jusqu’à ce que vous le supprimiez."
                .into(),
            "Voir dans mon compte".into(),
        ],
        "es" => [
            format!("Reembolsado: {title}"),
            format!(
                "Le hemos devuelto todo el dinero de «{title}». Puede tardar unos días en llegar a su cuenta."
            ),
            format!("Su tarjeta regalo para «{title}» vuelve a ser válida, con el mismo código."),
            "El motivo figura en su cuenta. Una película terminada sigue en su biblioteca hasta que la borre."
                .into(),
            "Verlo en mi cuenta".into(),
        ],
        _ => [
            format!("Refunded: {title}"),
            format!(
                "We have given back all the money for “{title}”. It can take a few days until it is in your account."
            ),
            format!("Your gift pass for “{title}” is good again, with the same code."),
            "Why, you can read in your account. A film that is whole stays in your library until you delete it."
                .into(),
            "Look in my account".into(),
        ],
    };
    let first = match back {
        Back::Pass => pass,
        Back::Money | Back::Nothing => money,
    };
    Ok(Message {
        kind: "order-refunded",
        subject,
        paragraphs: vec![first],
        button: Some((button, "/account/access".into())),
        afterwards: vec![why],
        ..Message::default()
    })
}
