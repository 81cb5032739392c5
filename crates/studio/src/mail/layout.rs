//! How a mail looks: one column of plain paper, in text and in HTML, with the controller's name
//! and address at the end. No picture, no tracking, nothing loaded from anywhere.

use policy::Controller;

use super::{Letter, Message};

/// Lays a message out. `address` is the site's, without a slash at the end.
pub(super) fn lay_out(message: &Message, to: &str, language: &str, address: &str, by: &Controller) -> Letter {
    Letter {
        to: to.to_owned(),
        subject: message.subject.clone(),
        text: text(message, language, address, by),
        html: html(message, language, address, by),
        unsubscribe: message.unsubscribe.as_ref().map(|path| format!("{address}{path}")),
    }
}

/// Why somebody gets a mail that advertises, and the words of the link that stops it.
fn stopping(language: &str) -> [&'static str; 2] {
    match language {
        "de" => [
            "Sie bekommen das, weil Sie es bestellt oder einen Film bei uns gekauft haben.",
            "Nichts mehr davon",
        ],
        "fr" => [
            "Vous recevez ceci parce que vous l’avez demandé ou avez acheté un film chez nous.",
            "Ne plus en recevoir",
        ],
        "es" => ["Recibe esto porque lo pidió o compró una película nuestra.", "No recibir más"],
        _ => ["You get this because you asked for it or bought a film from us.", "No more of this"],
    }
}

fn text(message: &Message, language: &str, address: &str, by: &Controller) -> String {
    let mut parts = message.paragraphs.clone();
    if let Some((words, path)) = &message.button {
        parts.push(format!("{words}:\n{address}{path}"));
    }
    parts.extend(message.code.clone());
    parts.extend(message.afterwards.clone());
    if let Some(path) = &message.unsubscribe {
        let [why, stop] = stopping(language);
        parts.push(format!("{why}\n{stop}: {address}{path}"));
    }
    format!("{}\n\n-- \n{}\n{}\n{address}\n", parts.join("\n\n"), by.name, by.email)
}

fn html(message: &Message, language: &str, address: &str, by: &Controller) -> String {
    let paragraph = |words: &String| format!("<p style=\"margin:0 0 16px\">{}</p>", escaped(words));
    let mut body: String = message.paragraphs.iter().map(paragraph).collect();
    if let Some((words, path)) = &message.button {
        body += &format!(
            "<p style=\"margin:24px 0\"><a href=\"{}\" style=\"display:inline-block;padding:12px 24px;\
             background:#b3401f;color:#ffffff;border-radius:6px;text-decoration:none;font-weight:bold\">{}</a></p>",
            escaped(&format!("{address}{path}")),
            escaped(words),
        );
    }
    if let Some(code) = &message.code {
        body += &format!(
            "<p style=\"margin:24px 0;font-size:32px;letter-spacing:6px;font-family:monospace\">{}</p>",
            escaped(code)
        );
    }
    body.extend(message.afterwards.iter().map(paragraph));
    let stop = message.unsubscribe.as_ref().map_or(String::new(), |path| {
        let [why, stop] = stopping(language).map(escaped);
        let link = escaped(&format!("{address}{path}"));
        format!(
            "<p style=\"margin:16px;font-size:13px;color:#5c504a\">{why} \
             <a href=\"{link}\" style=\"color:#5c504a\">{stop}</a></p>"
        )
    });
    let [language, subject, name, email] = [language, &message.subject, &by.name, &by.email].map(escaped);
    format!(
        "<!DOCTYPE html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{subject}</title></head>\
         <body style=\"margin:0;background:#efe6d6;color:#2b2320\">\
         <div style=\"max-width:520px;margin:0 auto;padding:32px 16px;font:16px/1.5 Georgia,serif\">\
         <div style=\"background:#fffaf0;border-radius:8px;padding:32px\">\
         <h1 style=\"margin:0 0 16px;font-size:22px;line-height:1.25\">{subject}</h1>{body}</div>\
         <p style=\"margin:16px;font-size:13px;color:#5c504a\">{name} · \
         <a href=\"mailto:{email}\" style=\"color:#5c504a\">{email}</a></p>{stop}\
         </div></body></html>",
    )
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Message {
        Message {
            kind: "test",
            subject: "A film for <Mila> & \"co\"".into(),
            paragraphs: vec!["It is <b>ready</b>.".into()],
            button: Some(("Watch it".into(), "/minitube/x?a=1&b=2".into())),
            code: Some("123 456".into()),
            afterwards: vec!["Good night.".into()],
            unsubscribe: None,
        }
    }

    #[test]
    fn text_and_html_say_the_same() {
        let by = &policy::Policy::current().controller;
        let letter = lay_out(&sample(), "anna@example.org", "en", "https://example.org", by);
        assert_eq!(
            letter.text,
            "It is <b>ready</b>.\n\nWatch it:\nhttps://example.org/minitube/x?a=1&b=2\n\n123 456\n\nGood night.\n\n-- \n\
             Mini Studio, Inc.\nhello@ministudio.com\nhttps://example.org\n"
        );
        for part in [
            "It is &lt;b&gt;ready&lt;/b&gt;.",
            "href=\"https://example.org/minitube/x?a=1&amp;b=2\"",
            "123 456",
            "Good night.",
            "Mini Studio, Inc.",
            "mailto:hello@ministudio.com",
            "<title>A film for &lt;Mila&gt; &amp; &quot;co&quot;</title>",
        ] {
            assert!(letter.html.contains(part), "{part} in {}", letter.html);
        }
    }

    #[test]
    fn nothing_is_loaded_from_anywhere() {
        let letter =
            lay_out(&sample(), "a@b.c", "en", "https://example.org", &policy::Policy::current().controller);
        for loading in ["src=", "url(", "<link", "<script", "@import"] {
            assert!(!letter.html.contains(loading), "{loading}");
        }
    }
}
