//! The mails about what was paid for a film and what was given back, in the account's language. Each names the order.

use super::rows::orders;
use super::{OrderId, Paid};
use crate::accounts::language_of;
use crate::films::letters::title;
use crate::films::{self, FilmId};
use crate::mail::{self, Message};
use crate::{AccountId, Result, Studio, boxed};

/// "Your order": what was paid for, right after paying, to keep. The film is being made meanwhile.
#[boxed]
pub(crate) async fn paid(
    studio: &Studio,
    account: &AccountId,
    order: &orders::Model,
    film: &FilmId,
    paid: &Paid,
) -> Result<Message> {
    let language = studio.accounts().get(account).await?.language;
    let title = title(studio, &order.film, &language);
    let day = mail::day(&language, studio.now_ms())?;
    let [subject, first, money, pass, nothing, test, button, after] = match language.as_str() {
        "de" => [
            format!("Ihre Bestellung: {title}"),
            format!(
                "Vielen Dank. Wir machen gerade „{title}“. Sie können schon zuschauen: Was noch fehlt, kommt von selbst. Wenn der Film ganz fertig ist, schreiben wir Ihnen noch einmal."
            ),
            format!("Bezahlt am {day}: "),
            format!("Bezahlt am {day} mit einer Geschenkkarte."),
            format!("Bestellt am {day}; der Film kostet nichts."),
            "Das war eine Probe: Es wurde kein Geld abgebucht.".into(),
            "Film ansehen".into(),
            "Alles, was Sie bezahlt haben, steht in Ihrem Konto unter „Bestellungen“.".into(),
        ],
        "fr" => [
            format!("Votre commande : {title}"),
            format!(
                "Merci. Nous réalisons « {title} ». Vous pouvez déjà regarder : ce qui manque arrive tout seul. Nous vous écrirons encore quand le film sera terminé."
            ),
            format!("Payé le {day} : "),
            format!("Payé le {day} avec une carte cadeau."),
            format!("Commandé le {day} ; le film ne coûte rien."),
            "C’était un essai : aucune somme n’a été prélevée.".into(),
            "Regarder le film".into(),
            "Tout ce que vous avez payé figure dans votre compte, sous « Commandes ».".into(),
        ],
        "es" => [
            format!("Su pedido: {title}"),
            format!(
                "Gracias. Estamos haciendo «{title}». Ya puede verla: lo que falta llega solo. Le escribiremos otra vez cuando esté terminada."
            ),
            format!("Pagado el {day}: "),
            format!("Pagado el {day} con una tarjeta regalo."),
            format!("Pedido el {day}; la película no cuesta nada."),
            "Era una prueba: no se ha cobrado nada.".into(),
            "Ver la película".into(),
            "Todo lo que ha pagado figura en su cuenta, en «Pedidos».".into(),
        ],
        _ => [
            format!("Your order: {title}"),
            format!(
                "Thank you. We are making “{title}” now. You can watch already: what is not there yet comes by itself. When the film is whole, we write once more."
            ),
            format!("Paid on {day}: "),
            format!("Paid on {day} with a gift pass."),
            format!("Ordered on {day}; the film costs nothing."),
            "This was a rehearsal: no money was taken.".into(),
            "Watch the film".into(),
            "All that you paid for is listed in your account, under “Orders”.".into(),
        ],
    };
    let how = match paid {
        Paid::Money(price) => money + &price.in_words(&language),
        Paid::Pass => pass,
        Paid::Nothing => nothing,
    };
    let test = (matches!(paid, Paid::Money(_)) && !studio.till().mode().is_live()).then_some(test);
    Ok(Message {
        kind: "order-paid",
        subject,
        paragraphs: [Some(first), Some(how), test].into_iter().flatten().collect(),
        button: Some((button, format!("/minitube/{film}"))),
        afterwards: vec![after, number(&language, &order.id)],
        ..Message::default()
    })
}

/// What is given back for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Back {
    /// The money.
    Money,
    /// The gift pass, which is good again.
    Pass,
    /// Not even the gift pass: the money for it is gone.
    PassGone,
    /// Nothing: it cost nothing.
    Nothing,
}

/// "We could not make your film; the money is on its way back."
#[boxed]
pub(crate) async fn refunded(
    studio: &Studio,
    account: &AccountId,
    slug: &str,
    order: &OrderId,
    back: Back,
) -> Result<Message> {
    let language = language_of(studio.db().read(), account).await?;
    let title = title(studio, slug, &language);
    let [subject, failed, no_photo, money, pass, gone, button] = match language.as_str() {
        "de" => [
            format!("Der Film konnte nicht gemacht werden: {title}"),
            format!("Wir konnten „{title}“ nicht fertig machen. Das lag an uns, und es tut uns leid."),
            format!(
                "Wir konnten „{title}“ nicht fertig machen. Ein Foto dieses Films ist gelöscht, und ohne das Foto geht es nicht."
            ),
            "Ihr Geld haben wir bereits zurückgegeben; Sie müssen nichts tun.".into(),
            "Ihre Geschenkkarte gilt wieder, mit demselben Code; Sie müssen nichts tun.".into(),
            "Ihre Geschenkkarte lässt sich nicht noch einmal verwenden; bitte fragen Sie, wer sie Ihnen geschenkt hat.".into(),
            "Noch einmal versuchen".into(),
        ],
        "fr" => [
            format!("Le film n’a pas pu être réalisé : {title}"),
            format!("Nous n’avons pas pu terminer « {title} ». C’est notre faute et nous en sommes désolés."),
            format!(
                "Nous n’avons pas pu terminer « {title} ». Une photo de ce film est supprimée, et sans elle il ne peut pas être réalisé."
            ),
            "La somme vous a déjà été rendue ; vous n’avez rien à faire.".into(),
            "Votre carte cadeau est de nouveau valable, avec le même code ; vous n’avez rien à faire.".into(),
            "Votre carte cadeau ne peut pas resservir ; demandez à la personne qui vous l’a offerte.".into(),
            "Essayer encore".into(),
        ],
        "es" => [
            format!("No se pudo hacer la película: {title}"),
            format!("No pudimos terminar «{title}». La culpa es nuestra y lo sentimos."),
            format!(
                "No pudimos terminar «{title}». Una foto de esta película está borrada, y sin ella no se puede hacer."
            ),
            "Ya le hemos devuelto el dinero; no tiene que hacer nada.".into(),
            "Su tarjeta regalo vuelve a ser válida, con el mismo código; no tiene que hacer nada.".into(),
            "Su tarjeta regalo no se puede volver a usar; pregunte a quien se la regaló.".into(),
            "Intentarlo de nuevo".into(),
        ],
        _ => [
            format!("We could not make the film: {title}"),
            format!("We could not finish “{title}”. That was our fault, and we are sorry."),
            format!(
                "We could not finish “{title}”. A photo of this film is deleted, and without it the film cannot be made."
            ),
            "Your money has been given back already; there is nothing you need to do.".into(),
            "Your gift pass is good again, with the same code; there is nothing you need to do.".into(),
            "Your gift pass cannot be used again; please ask whoever gave it to you.".into(),
            "Try it again".into(),
        ],
    };
    let given = match back {
        Back::Money => Some(money),
        Back::Pass => Some(pass),
        Back::PassGone => Some(gone),
        Back::Nothing => None,
    };
    let first = if films::lacks_photo(studio, order.as_str()).await? { no_photo } else { failed };
    let paragraphs = [Some(first), given].into_iter().flatten().collect();
    Ok(Message {
        kind: "film-refunded",
        subject,
        paragraphs,
        button: Some((button, format!("/films/{slug}"))),
        afterwards: vec![number(&language, order.as_str())],
        ..Message::default()
    })
}

/// "The desk gave your money back", or ended the order where nothing comes back. Why, its owner reads in the account.
#[boxed]
pub(crate) async fn given_back(
    studio: &Studio,
    account: &AccountId,
    slug: &str,
    order: &OrderId,
    back: Back,
) -> Result<Message> {
    let language = language_of(studio.db().read(), account).await?;
    let title = title(studio, slug, &language);
    let [refunded, ended, money, pass, gone, why, button] = match language.as_str() {
        "de" => [
            format!("Erstattet: {title}"),
            format!("Bestellung beendet: {title}"),
            format!(
                "Wir haben Ihnen das Geld für „{title}“ ganz zurückgegeben. Bis es auf dem Konto ist, können einige Tage vergehen."
            ),
            format!("Ihre Geschenkkarte für „{title}“ gilt wieder, mit demselben Code."),
            format!(
                "Wir haben die Bestellung von „{title}“ beendet. Ihre Geschenkkarte lässt sich nicht noch einmal verwenden; bitte fragen Sie, wer sie Ihnen geschenkt hat."
            ),
            "Warum, steht in Ihrem Konto. Ein fertiger Film bleibt in Ihrer Bibliothek, bis Sie ihn löschen."
                .into(),
            "Im Konto nachsehen".into(),
        ],
        "fr" => [
            format!("Remboursé : {title}"),
            format!("Commande close : {title}"),
            format!(
                "Nous vous avons entièrement remboursé « {title} ». Il peut s’écouler quelques jours avant que la somme soit sur votre compte."
            ),
            format!("Votre carte cadeau pour « {title} » est de nouveau valable, avec le même code."),
            format!(
                "Nous avons clos la commande de « {title} ». Votre carte cadeau ne peut pas resservir ; veuillez demander à la personne qui vous l’a offerte."
            ),
            "La raison figure dans votre compte. Un film terminé reste dans votre bibliothèque jusqu’à ce que vous le supprimiez."
                .into(),
            "Voir dans mon compte".into(),
        ],
        "es" => [
            format!("Reembolsado: {title}"),
            format!("Pedido cerrado: {title}"),
            format!(
                "Le hemos devuelto todo el dinero de «{title}». Puede tardar unos días en llegar a su cuenta."
            ),
            format!("Su tarjeta regalo para «{title}» vuelve a ser válida, con el mismo código."),
            format!(
                "Hemos cerrado el pedido de «{title}». Su tarjeta regalo no se puede volver a usar; pregunte a quien se la regaló."
            ),
            "El motivo figura en su cuenta. Una película terminada sigue en su biblioteca hasta que la borre."
                .into(),
            "Verlo en mi cuenta".into(),
        ],
        _ => [
            format!("Refunded: {title}"),
            format!("Order ended: {title}"),
            format!(
                "We have given back all the money for “{title}”. It can take a few days until it is in your account."
            ),
            format!("Your gift pass for “{title}” is good again, with the same code."),
            format!(
                "We have ended the order of “{title}”. Your gift pass cannot be used again; please ask whoever gave it to you."
            ),
            "Why, you can read in your account. A film that is whole stays in your library until you delete it."
                .into(),
            "Look in my account".into(),
        ],
    };
    let (subject, given) = match back {
        Back::Money => (refunded, Some(money)),
        Back::Pass => (refunded, Some(pass)),
        Back::PassGone => (ended, Some(gone)),
        Back::Nothing => (ended, None),
    };
    Ok(Message {
        kind: "order-refunded",
        subject,
        paragraphs: given.into_iter().collect(),
        button: Some((button, "/account/access".into())),
        afterwards: vec![why, number(&language, order.as_str())],
        ..Message::default()
    })
}

/// The line by which the desk finds what a mail is about: the number as the desk shows it and looks for it.
pub(crate) fn number(language: &str, order: &str) -> String {
    match language {
        "de" => format!("Bestellnummer, falls Sie eine Frage haben: {order}"),
        "fr" => format!("Numéro de commande, si vous avez une question : {order}"),
        "es" => format!("Número de pedido, por si tiene alguna pregunta: {order}"),
        _ => format!("Order number, should you have a question: {order}"),
    }
}
