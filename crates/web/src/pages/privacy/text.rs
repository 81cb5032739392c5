//! The policy's prose: Markdown with placeholders, cut into what is written and what is derived.

use maud::{Markup, PreEscaped};
use policy::Policy;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

/// A part of the text.
pub(super) enum Part<'a> {
    /// Markdown.
    Written(String),
    /// What stands in a line of its own between `{{` and `}}`.
    Derived(&'a str),
}

/// The text of a version in a language, cut at its derived parts; `effective` is its day in words.
pub(super) fn parts<'a>(policy: &'a Policy, language: &str, effective: &str) -> Vec<Part<'a>> {
    let text = policy.text(language).unwrap_or_default();
    let filled = |written: &str| {
        written
            .replace("{{controller-name}}", &policy.controller.name)
            .replace("{{controller-email}}", &policy.controller.email)
            .replace("{{effective}}", effective)
    };
    let (mut parts, mut written) = (Vec::new(), String::new());
    for line in text.lines() {
        match line.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) {
            Some(name) if !name.contains("}}") && !INLINE.contains(&name) => {
                parts.push(Part::Written(filled(&std::mem::take(&mut written))));
                parts.push(Part::Derived(name));
            }
            _ => {
                written += line;
                written.push('\n');
            }
        }
    }
    parts.push(Part::Written(filled(&written)));
    parts
}

const INLINE: [&str; 3] = ["controller-name", "controller-email", "effective"];

/// Markdown as HTML. What is HTML in it is shown as text.
pub(super) fn written(markdown: &str) -> Markup {
    let events = Parser::new_ext(markdown, Options::ENABLE_HEADING_ATTRIBUTES).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        other => other,
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    PreEscaped(out)
}

/// The headings of the second level with their anchors, for the contents.
pub(super) fn headings(parts: &[Part<'_>]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for part in parts {
        let Part::Written(markdown) = part else { continue };
        let mut open: Option<(String, String)> = None;
        for event in Parser::new_ext(markdown, Options::ENABLE_HEADING_ATTRIBUTES) {
            match event {
                Event::Start(Tag::Heading { id: Some(id), .. }) => {
                    open = Some((id.to_string(), String::new()))
                }
                Event::Text(text) => {
                    if let Some((_, words)) = &mut open {
                        words.push_str(&text);
                    }
                }
                Event::End(TagEnd::Heading(_)) => found.extend(open.take()),
                _ => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_the_sixteen_sections_and_nothing_unfilled() {
        let policy = Policy::current();
        for language in policy::LANGUAGES {
            let parts = parts(policy, language, "a day");
            assert_eq!(headings(&parts).len(), 16, "{language}");
            for part in &parts {
                if let Part::Written(markdown) = part {
                    assert!(!markdown.contains("{{"), "{language}: {markdown}");
                }
            }
        }
    }

    #[test]
    fn html_in_the_text_is_text() {
        assert_eq!(written("a <b>c</b>").into_string(), "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n");
    }
}
