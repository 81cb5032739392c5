//! What Intercom's answers look like, and how a search is written for it.
//!
//! Only what is used is read: names and addresses in an answer are left where they are.

use egress::Answer;
use policy::Personal;
use serde::Deserialize;

use super::{Author, Conversation, Found, IntercomError, PagePath, Part, State};
use crate::word::word;

#[derive(Deserialize)]
struct List {
    conversations: Vec<Listed>,
    pages: Option<Pages>,
}

#[derive(Deserialize)]
struct Pages {
    next: Option<Next>,
}

#[derive(Deserialize)]
struct Next {
    starting_after: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    state: String,
    updated_at: i64,
    contacts: Option<Contacts>,
}

#[derive(Deserialize)]
struct Contacts {
    contacts: Vec<Reference>,
}

#[derive(Deserialize)]
struct Reference {
    id: String,
    /// Ours.
    external_id: Option<String>,
}

#[derive(Deserialize)]
struct ContactList {
    data: Vec<Reference>,
}

#[derive(Deserialize)]
struct Whole {
    id: String,
    state: String,
    created_at: i64,
    source: Option<Source>,
    contacts: Option<Contacts>,
    conversation_parts: Parts,
}

#[derive(Deserialize)]
struct Source {
    id: Option<String>,
    body: Option<String>,
    author: Writer,
    url: Option<String>,
}

#[derive(Deserialize)]
struct Parts {
    conversation_parts: Vec<Written>,
}

#[derive(Deserialize)]
struct Written {
    id: OneId,
    part_type: String,
    body: Option<String>,
    created_at: i64,
    author: Writer,
}

#[derive(Deserialize)]
struct Writer {
    #[serde(rename = "type")]
    sort: String,
    id: Option<OneId>,
}

/// An id: text by the contract, a number in one of its examples.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneId {
    Text(String),
    Number(u64),
}

#[derive(Deserialize)]
struct Deleted {
    deleted: bool,
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<OneError>,
}

#[derive(Deserialize)]
struct OneError {
    #[serde(default)]
    code: String,
}

/// The teammate that an access token belongs to.
#[derive(Deserialize)]
struct Me {
    app: Option<App>,
}

#[derive(Deserialize)]
struct App {
    id_code: Option<String>,
}

/// A page of a search.
pub(super) struct Page {
    pub(super) found: Vec<Found>,
    /// Where the next page begins.
    pub(super) next: Option<String>,
}

impl OneId {
    fn text(self) -> String {
        match self {
            Self::Text(id) => id,
            Self::Number(id) => id.to_string(),
        }
    }
}
/// Conversations that a search found.
pub(super) fn found(answer: &Answer) -> Result<Page, IntercomError> {
    let list: List = answer.json().map_err(|_| IntercomError::Malformed("no list of conversations"))?;
    let found = list.conversations.into_iter().map(|one| {
        Ok::<_, IntercomError>(Found {
            id: one.id,
            state: state(&one.state)?,
            updated_at_s: one.updated_at,
            contacts: ids(one.contacts),
        })
    });
    let found = found.collect::<Result<_, IntercomError>>()?;
    let next = list.pages.and_then(|pages| pages.next).and_then(|next| next.starting_after);
    Ok(Page { found, next })
}

/// The ids of contacts that a search found.
pub(super) fn contacts(answer: &Answer) -> Result<Vec<String>, IntercomError> {
    let list: ContactList = answer.json().map_err(|_| IntercomError::Malformed("no list of contacts"))?;
    Ok(list.data.into_iter().map(|contact| contact.id).collect())
}

/// The workspace that the access token is for.
pub(super) fn workspace(answer: &Answer) -> Result<Option<String>, IntercomError> {
    let me: Me = answer.json().map_err(|_| IntercomError::Malformed("no teammate"))?;
    Ok(me.app.and_then(|app| app.id_code))
}

/// A conversation with its messages.
pub(super) fn conversation(answer: &Answer) -> Result<Conversation, IntercomError> {
    let whole: Whole = answer.json().map_err(|_| IntercomError::Malformed("no conversation"))?;
    let mut parts = Vec::new();
    let page = whole.source.as_ref().and_then(|source| path_of(source.url.as_deref()?));
    let contacts = whole.contacts.map(|contacts| contacts.contacts).unwrap_or_default();
    let known_as = contacts.iter().find_map(|contact| contact.external_id.clone());
    let known_as = known_as.filter(|id| !id.is_empty()).map(Personal::new);
    let is_visitor = |contact: &&Reference| contact.external_id.as_deref().is_none_or(str::is_empty);
    let visitors = contacts.iter().filter(is_visitor).map(|contact| contact.id.clone()).collect();
    if let Some(Source { id, body: Some(body), author: writer, .. }) = whole.source {
        let (id, at_s) = (id.unwrap_or_default(), whole.created_at);
        parts.push(Part { id, author: author(writer), body: Personal::new(body), at_s });
    }
    for written in whole.conversation_parts.conversation_parts {
        let Written { id, part_type, body, created_at, author: writer } = written;
        // What the team notes for itself was not said to anybody.
        if let (Some(body), false) = (body, part_type == "note") {
            let body = Personal::new(body);
            parts.push(Part { id: id.text(), author: author(writer), body, at_s: created_at });
        }
    }
    let contacts = contacts.into_iter().map(|contact| contact.id).collect();
    let state = state(&whole.state)?;
    Ok(Conversation { id: whole.id, state, contacts, visitors, known_as, page, parts })
}

/// The path in a page's address: what follows it may say more than we want to know.
fn path_of(url: &str) -> Option<PagePath> {
    let after = url.split_once("://").map_or(url, |(_, after)| after);
    let path = &after[after.find('/')?..];
    Some(Personal::new(path.split(['?', '#']).next().unwrap_or(path).to_owned()))
}

/// That something was deleted.
pub(super) fn deleted(answer: &Answer) -> Result<(), IntercomError> {
    match answer.json::<Deleted>() {
        Ok(Deleted { deleted: true }) => Ok(()),
        _ => Err(IntercomError::Malformed("it does not say that it was deleted")),
    }
}

/// Intercom's word for an error.
pub(super) fn error_code(answer: &Answer) -> String {
    let errors = answer.json::<Errors>().map(|errors| errors.errors).unwrap_or_default();
    word(errors.first().map(|error| error.code.as_str()))
}

fn state(word: &str) -> Result<State, IntercomError> {
    match word {
        "open" => Ok(State::Open),
        "closed" => Ok(State::Closed),
        "snoozed" => Ok(State::Snoozed),
        _ => Err(IntercomError::Malformed("a conversation in an unknown state")),
    }
}

fn author(writer: Writer) -> Author {
    match writer.sort.as_str() {
        "admin" | "team" => Author::Admin(writer.id.map(OneId::text).unwrap_or_default()),
        "bot" => Author::Bot,
        _ => Author::Contact,
    }
}

fn ids(contacts: Option<Contacts>) -> Vec<String> {
    let contacts = contacts.map(|contacts| contacts.contacts).unwrap_or_default();
    contacts.into_iter().map(|contact| contact.id).collect()
}
