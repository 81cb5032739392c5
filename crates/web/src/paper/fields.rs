//! Fields of forms: label, hint, what was typed before, and what is wrong beside it.

use maud::{Markup, html};

use crate::visit::Visit;

/// What is wrong with a form: the field (its `id`, or none) and the sentence.
pub(crate) type Wrong = Vec<(&'static str, String)>;

/// The summary at the head of a form that could not be taken; it receives the focus.
pub(crate) fn summary(visit: &Visit, wrong: &Wrong) -> Markup {
    html! {
        @if !wrong.is_empty() {
            div.notice.bad role="alert" tabindex="-1" id="wrong" autofocus {
                h2 { (visit.text("form-wrong")) }
                ul {
                    @for (field, words) in wrong {
                        li { @if field.is_empty() { (words) } @else { a href={ "#" (field) } { (words) } } }
                    }
                }
            }
        }
    }
}

fn of<'a>(wrong: &'a Wrong, id: &str) -> Option<&'a str> {
    wrong.iter().find(|(field, _)| *field == id).map(|(_, words)| words.as_str())
}

/// A line to type into.
pub(crate) struct Line<'a> {
    /// Its `id` and `name`.
    pub(crate) id: &'static str,
    /// The `type` attribute.
    pub(crate) kind: &'static str,
    /// The label.
    pub(crate) label: String,
    /// A sentence under the label.
    pub(crate) hint: Option<String>,
    /// What stands in it.
    pub(crate) value: &'a str,
    /// For the browser's own filling in.
    pub(crate) autocomplete: &'static str,
    /// Whether it must be filled in.
    pub(crate) required: bool,
    /// The most characters.
    pub(crate) longest: Option<u32>,
    /// Further classes of the input.
    pub(crate) class: &'static str,
}

impl<'a> Line<'a> {
    /// A line of text that must be filled in.
    pub(crate) fn new(id: &'static str, label: String, value: &'a str) -> Self {
        let (kind, autocomplete, class) = ("text", "off", "");
        Self { id, kind, label, hint: None, value, autocomplete, required: true, longest: None, class }
    }

    /// The field.
    pub(crate) fn show(&self, wrong: &Wrong) -> Markup {
        let id = self.id;
        let problem = of(wrong, id);
        let described = match (self.hint.is_some(), problem.is_some()) {
            (true, true) => Some(format!("{id}-wrong {id}-hint")),
            (false, true) => Some(format!("{id}-wrong")),
            (true, false) => Some(format!("{id}-hint")),
            (false, false) => None,
        };
        html! {
            div.field.wrong[problem.is_some()] {
                label for=(id) { (self.label) }
                @if let Some(hint) = &self.hint { p.hint id={ (id) "-hint" } { (hint) } }
                @if let Some(problem) = problem { p.wrong-words id={ (id) "-wrong" } { (problem) } }
                input class={ "input " (self.class) } id=(id) name=(id) type=(self.kind) value=(self.value) dir=[(self.kind == "text").then_some("auto")]
                    autocomplete=(self.autocomplete) required[self.required] maxlength=[self.longest]
                    inputmode=[(self.class == "code").then_some("numeric")]
                    aria-invalid=[problem.map(|_| "true")] aria-describedby=[described];
            }
        }
    }
}

/// A box to tick. Its value is the version of the wording that stands beside it.
pub(crate) fn tick(
    id: &'static str,
    words: &str,
    value: &str,
    ticked: bool,
    required: bool,
    wrong: &Wrong,
) -> Markup {
    let problem = of(wrong, id);
    html! {
        div.tick {
            input type="checkbox" id=(id) name=(id) value=(value) checked[ticked] required[required]
                aria-invalid=[problem.map(|_| "true")] aria-describedby=[problem.map(|_| format!("{id}-wrong"))];
            label for=(id) { (words) }
            @if let Some(problem) = problem { p.wrong-words id={ (id) "-wrong" } { (problem) } }
        }
    }
}

/// A choice of few.
pub(crate) fn choice(
    id: &str,
    label: &str,
    hint: Option<&str>,
    options: &[(String, String)],
    chosen: &str,
) -> Markup {
    html! {
        div.field {
            label for=(id) { (label) }
            @if let Some(hint) = hint { p.hint id={ (id) "-hint" } { (hint) } }
            select.input id=(id) name=(id) aria-describedby=[hint.map(|_| format!("{id}-hint"))] {
                @for (value, words) in options {
                    option value=(value) selected[value == chosen] { (words) }
                }
            }
        }
    }
}

/// A question with a few answers of which none is suggested: `id`, value and words of each. What somebody chose before
/// stays chosen.
pub(crate) fn one_of(
    name: &'static str,
    question: &str,
    answers: &[(&str, &str, String)],
    chosen: Option<&str>,
    wrong: &Wrong,
) -> Markup {
    let problem = of(wrong, name);
    html! {
        fieldset.answers role="radiogroup" aria-required="true" aria-invalid=[problem.map(|_| "true")] aria-describedby=[problem.map(|_| format!("{name}-wrong"))] {
            legend { (question) }
            @if let Some(problem) = problem { p.wrong-words id={ (name) "-wrong" } { (problem) } }
            @for (id, value, words) in answers {
                div.tick {
                    input type="radio" id=(id) name=(name) value=(value) checked[chosen == Some(*value)] required;
                    label for=(id) { (words) }
                }
            }
        }
    }
}
