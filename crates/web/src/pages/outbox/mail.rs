//! GET `/outbox/{mail}`: one mail as text; links to this site can be followed.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use studio::MailId;

use crate::frame::Frame;
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// The mail.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(mail): Path<String>,
) -> Result<Response, Oops> {
    let mail = app.studio.mail().get(&MailId::parse(&mail).ok_or_else(Oops::not_found)?).await?;
    let body = html! {
        div.wrap.narrow.stack {
            article.sheet {
                p.hint { (visit.text("outbox-to")) " " bdi { (mail.letter.to) } }
                div.mail-text dir="auto" { (linked(&mail.letter.text, &app.studio.config().address)) }
            }
            p { a href=(visit.to("/outbox")) { (visit.text("outbox-back")) } }
        }
    };
    let title = &mail.letter.subject;
    Ok(Frame::new(&visit, title)
        .shown_title(html! { span dir="auto" { (title) } })
        .class("small-title")
        .page(body))
}

/// The text with our own addresses as links.
fn linked(text: &str, address: &str) -> Markup {
    html! {
        @for (i, part) in text.split(address).enumerate() {
            @if i == 0 { (part) } @else {
                @let end = part.find(char::is_whitespace).unwrap_or(part.len());
                @let (path, rest) = part.split_at(end);
                @if path.starts_with('/') { a href=(path) { (address) (path) } (rest) } @else { (address) (part) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_our_own_addresses_become_links_and_all_is_escaped() {
        let text = "Open http://a:1/sign-in/link/T0ken now\n<b> http://b/ http://a:1evil";
        let html = super::linked(text, "http://a:1").into_string();
        assert_eq!(
            html,
            "Open <a href=\"/sign-in/link/T0ken\">http://a:1/sign-in/link/T0ken</a> now\n&lt;b&gt; http://b/ http://a:1evil"
        );
    }
}
