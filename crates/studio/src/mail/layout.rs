//! How a mail looks: one column of plain paper, in text and in HTML, with the controller's name and address at the end.
//! The HTML is made from MJML, so that it holds together in the mail programs that there are, dark and light, wide and
//! narrow. Nothing is loaded from anywhere, but for the one picture of ours that tells that a mail was opened, and that
//! only where whoever gets the mail agreed to it ([`Message::seen`]).

use mrml::prelude::render::RenderOptions;
use policy::{Controller, Ground};

use super::{Letter, Message};

/// Who writes, as it stands under each mail.
pub(super) struct Sender<'a> {
    /// The site's address, without a slash at the end.
    pub address: &'a str,
    /// Who answers for the data.
    pub by: &'a Controller,
    /// Where they sit, in one line; empty where the operator named nothing.
    pub postal: &'a str,
}

/// Lays a message out.
pub(super) fn lay_out(message: &Message, to: &str, language: &str, sender: &Sender<'_>) -> Letter {
    let text = text(message, language, sender);
    // What is in the way may be a piece of the mail: it is not told.
    let html = html(message, language, sender).unwrap_or_else(|| {
        tracing::error!("a mail could not be laid out; it goes as plain as its text");
        plain(&text, language)
    });
    Letter {
        to: to.to_owned(),
        subject: message.subject.clone(),
        text,
        html,
        unsubscribe: message.unsubscribe.as_ref().map(|path| format!("{}{path}", sender.address)),
    }
}

/// Why somebody gets a mail that advertises, and the words of the link that stops it.
fn stopping(language: &str, ground: Option<Ground>) -> [&'static str; 2] {
    match (language, ground) {
        ("de", Some(Ground::Customer)) => [
            "Sie bekommen das, weil Sie bei uns einen Film gekauft haben. Sie können dem jederzeit widersprechen.",
            "Nichts mehr davon",
        ],
        ("de", _) => ["Sie bekommen das, weil Sie darum gebeten haben.", "Nichts mehr davon"],
        ("fr", Some(Ground::Customer)) => [
            "Vous recevez ceci parce que vous avez acheté un film chez nous. Vous pouvez vous y opposer à tout moment.",
            "Ne plus en recevoir",
        ],
        ("fr", _) => ["Vous recevez ceci parce que vous l’avez demandé.", "Ne plus en recevoir"],
        ("es", Some(Ground::Customer)) => [
            "Recibe esto porque nos compró una película. Puede oponerse en cualquier momento.",
            "No recibir más",
        ],
        ("es", _) => ["Recibe esto porque lo pidió.", "No recibir más"],
        (_, Some(Ground::Customer)) => {
            ["You get this because you bought a film from us. You can object at any time.", "No more of this"]
        }
        _ => ["You get this because you asked for it.", "No more of this"],
    }
}

/// What stands between words and the address that they lead to. A question has its own sign.
fn colon(language: &str, words: &str) -> &'static str {
    match language {
        _ if words.ends_with('?') => "",
        "fr" => "\u{a0}:",
        _ => ":",
    }
}

fn text(message: &Message, language: &str, sender: &Sender<'_>) -> String {
    let address = sender.address;
    let mut parts = message.paragraphs.clone();
    if let Some((words, path)) = &message.button {
        parts.push(format!("{words}{}\n{address}{path}", colon(language, words)));
    }
    parts.extend(message.code.clone());
    parts.extend(message.afterwards.clone());
    if let Some((words, path)) = &message.refusal {
        parts.push(format!("{words}{} {address}{path}", colon(language, words)));
    }
    if let Some(path) = &message.unsubscribe {
        let [why, stop] = stopping(language, message.ground);
        parts.push(format!("{why}\n{stop}{} {address}{path}", colon(language, stop)));
    }
    let mut foot = sender.by.name.clone();
    for line in [sender.postal, &sender.by.email, address].into_iter().filter(|line| !line.is_empty()) {
        foot += "\n";
        foot += line;
    }
    format!("{}\n\n-- \n{foot}\n", parts.join("\n\n"))
}

/// On a dark screen the paper is dark. Programs that know nothing of it show the light one.
const DARK: &str = "@media (prefers-color-scheme: dark) {\
    body, .ground { background: #1f1a18 !important; background-color: #1f1a18 !important; }\
    .paper, .paper table { background: #2f2825 !important; background-color: #2f2825 !important; }\
    .ink div, .ink h1 { color: #f5ead8 !important; }\
    .soft div, .soft a { color: #c9bba8 !important; }\
    }";

fn html(message: &Message, language: &str, sender: &Sender<'_>) -> Option<String> {
    let parsed = mrml::parse(mjml(message, language, sender)).ok()?;
    // No font is fetched, whatever its name.
    let options = RenderOptions { fonts: Default::default(), ..RenderOptions::default() };
    parsed.element.render(&options).ok()
}

fn mjml(message: &Message, language: &str, sender: &Sender<'_>) -> String {
    let address = sender.address;
    let preview = match message.paragraphs.first() {
        Some(first) => format!("<mj-preview>{}</mj-preview>", escaped(first)),
        None => String::new(),
    };
    let mut body = String::new();
    for words in &message.paragraphs {
        paragraph(&mut body, words);
    }
    if let Some((words, path)) = &message.button {
        let (link, words) = (escaped(&format!("{address}{path}")), escaped(words));
        body += &format!(
            "<mj-button href=\"{link}\" align=\"left\" padding=\"8px 32px 24px\" inner-padding=\"12px 24px\" \
             background-color=\"#b3401f\" color=\"#ffffff\" border-radius=\"6px\" font-size=\"16px\" \
             font-weight=\"bold\">{words}</mj-button>"
        );
    }
    if let Some(code) = &message.code {
        body += &format!(
            "<mj-text css-class=\"ink\" font-family=\"Courier, monospace\" font-size=\"32px\" letter-spacing=\"6px\" \
             padding=\"8px 32px 24px\">{}</mj-text>",
            escaped(code)
        );
    }
    for words in &message.afterwards {
        paragraph(&mut body, words);
    }
    let seen = message.seen.as_ref().map_or(String::new(), |path| {
        let picture = escaped(&format!("{address}{path}"));
        format!("<mj-raw><img src=\"{picture}\" width=\"1\" height=\"1\" alt=\"\" /></mj-raw>")
    });
    format!(
        "<mjml lang=\"{language}\"><mj-head><mj-title>{title}</mj-title>{preview}\
         <mj-attributes><mj-all font-family=\"Georgia, serif\" />\
         <mj-text font-size=\"16px\" line-height=\"1.5\" color=\"#2b2320\" padding=\"0 32px 16px\" />\
         </mj-attributes><mj-style>{DARK}</mj-style>\
         <mj-raw><meta name=\"color-scheme\" content=\"light dark\" />\
         <meta name=\"supported-color-schemes\" content=\"light dark\" /></mj-raw></mj-head>\
         <mj-body width=\"520px\" background-color=\"#efe6d6\" css-class=\"ground\">\
         <mj-section padding=\"16px 0\"></mj-section>\
         <mj-section css-class=\"paper\" background-color=\"#fffaf0\" border-radius=\"8px\" padding=\"32px 0 16px\">\
         <mj-column><mj-text css-class=\"ink\">\
         <h1 style=\"margin:0;font-size:22px;line-height:1.25\">{subject}</h1></mj-text>{body}</mj-column>\
         </mj-section><mj-section padding=\"0 0 32px\"><mj-column>{foot}</mj-column></mj-section>{seen}\
         </mj-body></mjml>",
        language = escaped(language),
        title = in_ascii(&message.subject),
        subject = escaped(&message.subject),
        foot = foot(message, language, sender),
    )
}

fn paragraph(body: &mut String, words: &str) {
    *body += &format!("<mj-text css-class=\"ink\">{}</mj-text>", escaped(words));
}

/// Who writes; in a mail that can be refused where; in one that advertises also why, and how to stop it.
fn foot(message: &Message, language: &str, sender: &Sender<'_>) -> String {
    let soft = |words: String| {
        format!(
            "<mj-text css-class=\"soft\" font-size=\"13px\" color=\"#5c504a\" padding=\"16px 32px 0\">{words}</mj-text>"
        )
    };
    let link = |to: &str, words: &str| {
        format!("<a href=\"{}\" style=\"color:#5c504a\">{}</a>", escaped(to), escaped(words))
    };
    let mut by = escaped(&sender.by.name);
    if !sender.postal.is_empty() {
        by += &format!(" · {}", escaped(sender.postal));
    }
    by += &format!(" · {}", link(&format!("mailto:{}", sender.by.email), &sender.by.email));
    let stop = message.unsubscribe.as_ref().map_or(String::new(), |path| {
        let [why, stop] = stopping(language, message.ground);
        soft(format!("{} {}", escaped(why), link(&format!("{}{path}", sender.address), stop)))
    });
    let refusal = message
        .refusal
        .as_ref()
        .map_or(String::new(), |(words, path)| soft(link(&format!("{}{path}", sender.address), words)));
    soft(by) + &refusal + &stop
}

/// The text as it is, for the case that the layout fails.
fn plain(text: &str, language: &str) -> String {
    let (language, text) = (escaped(language), escaped(text));
    format!(
        "<!doctype html><html lang=\"{language}\"><meta charset=\"utf-8\"><title></title>\
         <pre style=\"white-space:pre-wrap\">{text}</pre></html>"
    )
}

/// For HTML. What no document may hold is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
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

/// The same with everything beyond ASCII as a number: where the title is written into an attribute, the library would
/// write some of it as Rust does.
fn in_ascii(text: &str) -> String {
    escaped(text).chars().fold(String::new(), |mut out, c| {
        match c.is_ascii() && !c.is_ascii_control() && c != '\\' {
            true => out.push(c),
            false => out += &format!("&#{};", u32::from(c)),
        }
        out
    })
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
            ..Message::default()
        }
    }

    fn laid_out(message: &Message, postal: &str) -> Letter {
        let by = &policy::Policy::current().controller;
        lay_out(message, "anna@example.org", "en", &Sender { address: "https://example.org", by, postal })
    }

    #[test]
    fn text_and_html_say_the_same() {
        let letter = laid_out(&sample(), "");
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
            "<html lang=\"en\"",
            "prefers-color-scheme: dark",
            "<!--[if mso",
        ] {
            assert!(letter.html.contains(part), "{part} in {}", letter.html);
        }
        let advertising = Message {
            unsubscribe: Some("/preferences/T".into()),
            ground: Some(Ground::Customer),
            ..sample()
        };
        let letter = laid_out(&advertising, "1 Example Road, Exampletown");
        for part in [
            "You can object at any time.",
            "https://example.org/preferences/T",
            "1 Example Road, Exampletown",
        ] {
            assert!(letter.html.contains(part) && letter.text.contains(part), "{part} in {}", letter.html);
        }
    }

    #[test]
    fn where_a_mail_is_refused_is_a_link_with_words_and_an_address_in_the_text() {
        let refusal = Some(("No more <of> this".into(), "/gift/stop/T".into()));
        let letter = laid_out(&Message { refusal, ..sample() }, "");
        assert!(
            letter.text.contains("\n\nNo more <of> this: https://example.org/gift/stop/T\n\n-- "),
            "{}",
            letter.text
        );
        assert!(letter.html.contains(">No more &lt;of&gt; this</a>"), "{}", letter.html);
        assert_eq!(letter.html.matches("/gift/stop/T").count(), 1);
    }

    #[test]
    fn nothing_is_loaded_from_anywhere_but_the_picture_that_was_agreed_to() {
        for loading in ["src=", "url(", "<link", "<script", "@import"] {
            assert!(!laid_out(&sample(), "").html.contains(loading), "{loading}");
        }
        let letter = laid_out(&Message { seen: Some("/mail/T/seen.gif".into()), ..sample() }, "");
        assert_eq!(letter.html.matches("src=").count(), 1);
        assert!(letter.html.contains("src=\"https://example.org/mail/T/seen.gif\""));
        assert!(!letter.text.contains("seen.gif"));
    }

    #[test]
    fn whatever_stands_in_a_mail_it_is_laid_out() {
        for words in ["", "]]> --> <!-- </mj-text> {{x}} \\ \u{a0}\u{202f}!", "🎬 e\u{301} \u{7}\n", "\0"] {
            let message = Message { subject: words.into(), paragraphs: vec![words.into()], ..sample() };
            let html = laid_out(&message, words).html;
            assert!(
                html.contains("Good night.") && html.contains("prefers-color-scheme"),
                "{words:?}: {html}"
            );
            assert!(!html.contains("u{"), "{html}");
        }
    }
}
