//! The mails about films, in the account's language.

use super::rows::films;
use crate::mail::Message;
use crate::{AccountId, Result, Studio, boxed};

/// "Your film is ready."
#[boxed]
pub(super) async fn ready(studio: &Studio, account: &AccountId, film: &films::Model) -> Result<Message> {
    let language = studio.accounts().get(account).await?.language;
    let title = title(studio, &film.film, &language);
    let [subject, first, button, after] = match language.as_str() {
        "de" => [
            format!("Der Film ist fertig: {title}"),
            format!("„{title}“ ist ganz fertig. Sie können den Film ansehen und als Datei behalten."),
            "Film ansehen".into(),
            "Foto und Film liegen verschlüsselt bei uns. In Ihrer Bibliothek können Sie beides jederzeit löschen.".into(),
        ],
        "fr" => [
            format!("Le film est prêt : {title}"),
            format!("« {title} » est terminé. Vous pouvez le regarder et garder le fichier."),
            "Regarder le film".into(),
            "La photo et le film sont chiffrés chez nous. Vous pouvez les supprimer à tout moment dans votre bibliothèque.".into(),
        ],
        "es" => [
            format!("La película está lista: {title}"),
            format!("«{title}» está terminada. Puede verla y guardar el archivo."),
            "Ver la película".into(),
            "La foto y la película están cifradas. Puede borrarlas cuando quiera en su biblioteca.".into(),
        ],
        _ => [
            format!("The film is ready: {title}"),
            format!("“{title}” is whole now. You can watch it, and keep it as a file."),
            "Watch the film".into(),
            "Photo and film are kept encrypted. You can delete both in your library at any time.".into(),
        ],
    };
    Ok(Message {
        kind: "film-ready",
        subject,
        paragraphs: vec![first],
        button: Some((button, format!("/minitube/{}", film.id))),
        afterwards: vec![after],
        ..Message::default()
    })
}

/// What is given back for a film that could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Back {
    /// The money.
    Money,
    /// The gift pass, which is good again.
    Pass,
    /// Nothing: it cost nothing.
    Nothing,
}

/// "We could not make your film; the money is on its way back."
#[boxed]
pub(crate) async fn refunded(
    studio: &Studio,
    account: &AccountId,
    slug: &str,
    back: Back,
) -> Result<Message> {
    let language = studio.accounts().get(account).await?.language;
    let title = title(studio, slug, &language);
    let [subject, first, money, pass, button] = match language.as_str() {
        "de" => [
            format!("Der Film konnte nicht gemacht werden: {title}"),
            format!("Wir konnten „{title}“ nicht fertig machen. Das lag an uns, und es tut uns leid."),
            "Ihr Geld haben wir bereits zurückgegeben; Sie müssen nichts tun.".into(),
            "Ihre Geschenkkarte gilt wieder, mit demselben Code; Sie müssen nichts tun.".into(),
            "Noch einmal versuchen".into(),
        ],
        "fr" => [
            format!("Le film n’a pas pu être réalisé : {title}"),
            format!("Nous n’avons pas pu terminer « {title} ». C’est notre faute et nous en sommes désolés."),
            "Vous êtes déjà remboursé ; vous n’avez rien à faire.".into(),
            "Votre carte cadeau est de nouveau valable, avec le même code ; vous n’avez rien à faire.".into(),
            "Essayer encore".into(),
        ],
        "es" => [
            format!("No se pudo hacer la película: {title}"),
            format!("No pudimos terminar «{title}». La culpa es nuestra y lo sentimos."),
            "Ya le hemos devuelto el dinero; no tiene que hacer nada.".into(),
            "Su tarjeta regalo vuelve a ser válida, con el mismo código; no tiene que hacer nada.".into(),
            "Intentarlo de nuevo".into(),
        ],
        _ => [
            format!("We could not make the film: {title}"),
            format!("We could not finish “{title}”. That was our fault, and we are sorry."),
            "Your money has been given back already; there is nothing you need to do.".into(),
            "Your gift pass is good again, with the same code; there is nothing you need to do.".into(),
            "Try it again".into(),
        ],
    };
    let given = match back {
        Back::Money => Some(money),
        Back::Pass => Some(pass),
        Back::Nothing => None,
    };
    let paragraphs = [Some(first), given].into_iter().flatten().collect();
    Ok(Message {
        kind: "film-refunded",
        subject,
        paragraphs,
        button: Some((button, format!("/films/{slug}"))),
        ..Message::default()
    })
}

/// A film's title in a language, or its slug where it is not on offer any more.
pub(crate) fn title(studio: &Studio, slug: &str, language: &str) -> String {
    let show = studio.catalogue().show(slug);
    show.map_or_else(|| slug.to_owned(), |show| show.film().words(show.language(language)).title.clone())
}
