//! `[generated]` in a shot: what may be painted outside in the place of the drawn shot, which always stands in for it.
//! It must not know who paints.

use crate::fields::Fields;

/// Shortest and longest prompt, in characters.
const PROMPT: std::ops::RangeInclusive<usize> = 10..=800;

/// A shot that may be painted from the child's photo. Its length is the shot's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// What comes back.
    pub kind: GeneratedKind,
    /// What is to be seen; no name is in it, nor anything else that an order fills in.
    pub prompt: String,
}

/// What comes back when a shot is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeneratedKind {
    /// A still picture in the film's style, which our own camera moves over.
    Portrait,
    /// A moving picture, brought to the shot's length.
    ImageToVideo,
}

/// Reads the table. What else a generated shot must keep to is found out by looking at the film.
pub(crate) fn read(fields: Fields<'_, '_>) -> Option<(Generated, usize)> {
    let line = fields.line();
    let kind = match fields.text_required("kind").as_deref() {
        Some("portrait") => Some(GeneratedKind::Portrait),
        Some("image-to-video") => Some(GeneratedKind::ImageToVideo),
        Some(_) => {
            fields.error("kind", "The kind of a generated shot is \"portrait\" or \"image-to-video\".");
            None
        }
        None => None,
    };
    let prompt = fields.text_required("prompt").map(|text| text.trim().to_owned());
    if let Some(prompt) = &prompt {
        if !PROMPT.contains(&prompt.chars().count()) {
            let (least, most) = (PROMPT.start(), PROMPT.end());
            fields.error("prompt", format!("A prompt has {least} to {most} characters."));
        }
        if prompt.contains(['{', '}']) {
            fields.error("prompt", "A prompt holds no slots: write \"the child\", no name goes out with it.");
        }
    }
    fields.done();
    Some((Generated { kind: kind?, prompt: prompt? }, line))
}
