//! The mail about a film that is whole, in the account's language, and a film's title for every mail. It names the
//! order.

use super::rows::films;
use crate::mail::Message;
use crate::orders::letters::number;
use crate::{AccountId, Result, Studio, boxed};

/// "Your film is ready." One that was whole before and was made again, as after a corrected name, is ready again.
#[boxed]
pub(super) async fn ready(studio: &Studio, account: &AccountId, film: &films::Model) -> Result<Message> {
    let language = studio.accounts().get(account).await?.language;
    let title = title(studio, &film.film, &language);
    let again = film.ready_at_ms.is_some();
    let [subject, first, button, after] = match language.as_str() {
        "de" => [
            format!("Der Film ist {}fertig: {title}", if again { "wieder " } else { "" }),
            format!("„{title}“ ist ganz fertig. Sie können den Film ansehen und als Datei behalten."),
            "Film ansehen".into(),
            "Foto und Film liegen verschlüsselt bei uns. In Ihrer Bibliothek können Sie beides jederzeit löschen.".into(),
        ],
        "fr" => [
            format!("Le film est {}prêt : {title}", if again { "de nouveau " } else { "" }),
            format!("« {title} » est terminé. Vous pouvez le regarder et garder le fichier."),
            "Regarder le film".into(),
            "La photo et le film sont chiffrés chez nous. Vous pouvez les supprimer à tout moment dans votre bibliothèque.".into(),
        ],
        "es" => [
            format!("La película está lista{}: {title}", if again { " de nuevo" } else { "" }),
            format!("«{title}» está terminada. Puede verla y guardar el archivo."),
            "Ver la película".into(),
            "La foto y la película están cifradas. Puede borrarlas cuando quiera en su biblioteca.".into(),
        ],
        _ => [
            format!("The film is ready{}: {title}", if again { " again" } else { "" }),
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
        afterwards: vec![after, number(&language, &film.order_id)],
        ..Message::default()
    })
}

/// A film's title in a language, or its slug where it is not on offer any more.
pub(crate) fn title(studio: &Studio, slug: &str, language: &str) -> String {
    let show = studio.catalogue().show(slug);
    show.map_or_else(|| slug.to_owned(), |show| show.film().words(show.language(language)).title.clone())
}
