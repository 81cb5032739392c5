//! Why a mail was not taken, as far as it may be kept: the numbers of the answer, and sentences of ours.
//!
//! What a mail server says in words often repeats the address ("550 5.1.1 <name@example.org> unknown"). There is no way
//! to put such words in here: a sentence stands in the program's text.

use std::fmt;

/// Why a mail was not taken. Nothing personal can be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Obstacle {
    sentence: &'static str,
    answer: Option<(u16, Option<Status>)>,
}

/// An enhanced status (RFC 3463).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status {
    class: u8,
    subject: u8,
    detail: u16,
}

impl Obstacle {
    /// What was not answered in numbers.
    pub const fn new(sentence: &'static str) -> Self {
        Self { sentence, answer: None }
    }

    /// An answer: what it was to, its reply code, and the words, of which at most the status is kept.
    pub(crate) fn answered(to: &'static str, code: u16, words: &str) -> Self {
        Self { sentence: to, answer: Some((code, Status::at_the_beginning(words, code))) }
    }

    /// Whether the answer says that nobody is at the address.
    pub(crate) fn is_about_the_address(&self) -> bool {
        let status = self.answer.and_then(|(_, status)| status);
        status.is_some_and(|status| crate::is_about_the_address(&status.to_string()))
    }
}

impl From<&'static str> for Obstacle {
    fn from(sentence: &'static str) -> Self {
        Self::new(sentence)
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = self.sentence;
        match self.answer {
            None => f.write_str(sentence),
            Some((code, Some(status))) => {
                write!(f, "{sentence} was answered with {code} {status}: {}", status.meaning())
            }
            Some((code @ 400..500, None)) => write!(f, "{sentence} was answered with {code}: not now"),
            Some((code, None)) => write!(f, "{sentence} was answered with {code}: no"),
        }
    }
}

impl Status {
    /// The status that the words of an answer begin with. One that does not go with the reply code is none: it may be
    /// anything that has dots in it.
    fn at_the_beginning(words: &str, code: u16) -> Option<Self> {
        let mut parts = words.split_whitespace().next()?.split('.');
        let mut number = |digits_max: usize| -> Option<u16> {
            let part = parts.next()?;
            let is_number =
                (1..=digits_max).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            is_number.then(|| part.parse().ok())?
        };
        let (class, subject, detail) = (number(1)?, number(1)?, number(3)?);
        let is_one = parts.next().is_none() && class == code / 100 && matches!(class, 4 | 5) && subject <= 7;
        let (class, subject) = (u8::try_from(class).ok()?, u8::try_from(subject).ok()?);
        is_one.then_some(Self { class, subject, detail })
    }

    /// What its subject means, in our words.
    fn meaning(self) -> &'static str {
        match (self.subject, self.class) {
            (1, _) => "the address is not good",
            (2, _) => "the mailbox does not take it",
            (3, _) => "the system there does not take it",
            (4, _) => "the way there is disturbed",
            (5, _) => "the servers do not understand each other",
            (6, _) => "it is not taken in this form",
            (7, _) => "the rules there do not allow it",
            (_, 4) => "not now",
            _ => "no",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_answer_only_the_numbers_are_told_and_what_they_mean() {
        let told = |code, words: &str| Obstacle::answered("the recipient", code, words).to_string();
        assert_eq!(
            told(550, "5.1.1 <anna@example.org>: unknown"),
            "the recipient was answered with 550 5.1.1: the address is not good"
        );
        assert_eq!(
            told(452, "4.2.2 full"),
            "the recipient was answered with 452 4.2.2: the mailbox does not take it"
        );
        for (code, words, short) in [
            (550, "<anna@example.org>: unknown", "no"),
            (450, "anna@example.org: greylisted", "not now"),
            (550, "4.1.1 of another class", "no"),
            (550, "5.1.1.1 anna", "no"),
            (550, "5.1.1anna", "no"),
            (550, "5.9.1", "no"),
            (550, "", "no"),
        ] {
            assert_eq!(
                told(code, words),
                format!("the recipient was answered with {code}: {short}"),
                "{words}"
            );
        }
        assert!(Obstacle::answered("", 550, "5.1.1 a").is_about_the_address());
        assert!(!Obstacle::answered("", 550, "5.7.1 a").is_about_the_address());
        assert!(!Obstacle::new("5.1.1").is_about_the_address());
    }
}
