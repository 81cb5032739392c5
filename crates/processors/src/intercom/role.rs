//! The roles that Intercom takes: the messenger, deleting what it got, and telling that somebody wrote.
//!
//! The handle of a person is our random id of them; their contacts are found by it. That of a conversation has its id
//! behind [`CONVERSATION`]; a visitor who had no other goes with it.

use futures::FutureExt;
use futures::future::BoxFuture;
use policy::consent::Agreed;
use policy::{Page, Personal, Policy, ProcessorId};
use serde_json::json;

use super::{Author, Boot, Id, Identity, Intercom, IntercomError, State, WebhookError};
use crate::role::{
    CONVERSATION, CallError, Check, Erased, Erases, Hook, HookError, KnownPerson, Messenger, MessengerBoot,
    MessengerError, News, Opened, SupportWords, Talk, TalkAuthor, TalkPart, Touched, Trouble,
};

impl From<IntercomError> for MessengerError {
    fn from(error: IntercomError) -> Self {
        match error {
            IntercomError::Refused { status: 404 | 410, .. } => Self::Gone,
            IntercomError::Uncertain => Self::Unclear,
            other => Self::Trouble(other.into()),
        }
    }
}

impl CallError for IntercomError {
    fn away(&self) -> Option<(String, Option<u64>)> {
        let Self::Away { why, retry_after_s } = self else { return None };
        Some((why.clone(), *retry_after_s))
    }
}

impl From<WebhookError> for HookError {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::Malformed => Self::Malformed(error.to_string()),
            WebhookError::Seen(_) => Self::Away(error.to_string()),
            WebhookError::Forged | WebhookError::TooOld | WebhookError::FromTheFuture => {
                Self::NotBelieved(error.to_string())
            }
        }
    }
}

impl Intercom {
    fn started_with(&self, boot: &Boot, good_s: Option<i64>) -> MessengerBoot {
        let mut settings = boot.settings();
        // Our own button opens it.
        settings["hide_default_launcher"] = json!(true);
        MessengerBoot {
            processor: ProcessorId::Intercom,
            script: format!("https://widget.intercom.io/widget/{}", self.settings.app_id),
            settings_in: "intercomSettings",
            call: "Intercom",
            settings: Personal::new(settings),
            good_s,
        }
    }
}

impl Messenger for Intercom {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Intercom
    }

    fn visitor_boot(&self, policy: &Policy, page: Page, agreed: Option<Agreed>) -> Option<MessengerBoot> {
        let boot = Intercom::visitor_boot(self, policy, page, agreed).ok()?;
        Some(self.started_with(&boot, None))
    }

    fn family_boot(
        &self,
        policy: &Policy,
        page: Page,
        person: &KnownPerson,
        now_s: i64,
    ) -> Option<MessengerBoot> {
        let identity =
            Identity { user_id: &person.id, email: person.email.as_ref(), name: person.name.as_ref() };
        let boot = Intercom::family_boot(self, policy, page, &identity, now_s).ok()?;
        Some(self.started_with(&boot, Some(self.settings.token_s)))
    }

    fn conversation<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Talk, MessengerError>> {
        async move {
            let found = Intercom::conversation(self, id).await?;
            let parts = found.parts.into_iter().map(|part| TalkPart {
                id: part.id,
                author: match part.author {
                    Author::Contact => TalkAuthor::Person,
                    Author::Admin(_) | Author::Bot => TalkAuthor::Staff,
                },
                words: part.body,
                at_s: part.at_s,
            });
            Ok(Talk {
                person: found.known_as,
                page: found.page,
                is_closed: found.state == State::Closed,
                parts: parts.collect(),
            })
        }
        .boxed()
    }

    fn updated_since(&self, since_s: i64) -> BoxFuture<'_, Result<Vec<Touched>, MessengerError>> {
        async move {
            let found = Intercom::updated_since(self, since_s).await?;
            Ok(found.into_iter().map(|one| Touched { id: one.id, at_s: one.updated_at_s }).collect())
        }
        .boxed()
    }

    fn reply<'a>(
        &'a self,
        id: &'a str,
        words: &'a SupportWords,
    ) -> BoxFuture<'a, Result<(), MessengerError>> {
        async move { Ok(Intercom::reply(self, id, words).await?) }.boxed()
    }

    fn erase_conversation<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), MessengerError>> {
        async move { Ok(Intercom::erase_conversation(self, id).await?) }.boxed()
    }
}

/// How far the clock of a browser's last call and ours may lie apart.
const MARGIN_S: i64 = 60;
/// When to look again after something came back.
const LOOK_AGAIN_S: u64 = 60;

/// A deletion that goes on: a page that was open when it was asked for can make its contact anew, as long as the token
/// that it was started with is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Going {
    asked_s: i64,
    contacts: usize,
    conversations: usize,
}

impl Going {
    fn task(self) -> String {
        format!("{} {} {}", self.asked_s, self.contacts, self.conversations)
    }

    /// What is no task of ours begins anew.
    fn of(task: &str, now_s: i64) -> Self {
        let mut parts = task.split(' ');
        let mut next = || parts.next().and_then(|part| part.parse::<i64>().ok());
        let asked_s = next().unwrap_or(now_s);
        let mut count = || next().and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
        Self { asked_s, contacts: count(), conversations: count() }
    }

    fn receipt(self) -> String {
        match self.contacts {
            0 => "there was no contact".to_owned(),
            contacts => format!("{contacts} contacts deleted, with {} conversations", self.conversations),
        }
    }
}

impl Intercom {
    /// Deletes what is there, and says whether anything can come back.
    async fn let_go(&self, handle: &str, mut going: Going, now_s: i64) -> Result<Erased, Trouble> {
        let person: Id = Personal::new(handle.to_owned());
        let found = self.contacts(&person).await?;
        for contact in &found {
            let erased = Intercom::erase(self, contact).await?;
            going.contacts += 1;
            going.conversations += erased.conversations.len();
        }
        let good_s = self.settings.token_s.clamp(1, 3600);
        let over_s = going.asked_s.saturating_add(good_s + MARGIN_S);
        let again_s = match u64::try_from(over_s.saturating_sub(now_s)) {
            Ok(left_s) if left_s > 0 => left_s,
            _ if found.is_empty() => return Ok(Erased::Done { receipt: going.receipt() }),
            _ => LOOK_AGAIN_S,
        };
        Ok(Erased::UnderWay { task: going.task(), again_s })
    }
}

/// When to go on once it is written down who goes with a conversation.
const GO_ON_S: u64 = 1;

impl Intercom {
    /// Begins to delete a conversation: visitors whom it is with may have no other, and once it is gone nobody can tell
    /// who they were. So that is the task.
    async fn let_go_of_conversation(&self, conversation: &str) -> Result<Erased, Trouble> {
        let visitors = self.visitors_of(conversation).await?;
        if visitors.is_empty() {
            return self.end_conversation(conversation, "").await;
        }
        Ok(Erased::UnderWay { task: visitors.join(" "), again_s: GO_ON_S })
    }

    /// Deletes a conversation, and those of these visitors who have no other.
    async fn end_conversation(&self, conversation: &str, visitors: &str) -> Result<Erased, Trouble> {
        Intercom::erase_conversation(self, conversation).await?;
        let mut contacts = 0;
        for contact in visitors.split(' ').filter(|contact| !contact.is_empty()) {
            let erased = self.erase_visitor(contact, conversation).await;
            contacts += usize::from(erased.map_err(with_its_task)?);
        }
        let receipt = match contacts {
            0 => "the conversation is deleted, with its metrics".to_owned(),
            contacts => format!("the conversation is deleted, with its metrics and {contacts} contacts"),
        };
        Ok(Erased::Done { receipt })
    }
}

/// Why it is to be tried again with the same task: only that still names who is left.
fn with_its_task(error: IntercomError) -> Trouble {
    match Trouble::from(error) {
        Trouble::Refused(why) => Trouble::Away { why, after_s: None },
        away => away,
    }
}

impl Erases for Intercom {
    fn erase<'a>(&'a self, handle: &'a str, now_s: i64) -> BoxFuture<'a, Result<Erased, Trouble>> {
        if let Some(conversation) = handle.strip_prefix(CONVERSATION) {
            return self.let_go_of_conversation(conversation).boxed();
        }
        let going = Going { asked_s: now_s, contacts: 0, conversations: 0 };
        self.let_go(handle, going, now_s).boxed()
    }

    fn standing<'a>(
        &'a self,
        handle: &'a str,
        task: &'a str,
        now_s: i64,
    ) -> BoxFuture<'a, Result<Erased, Trouble>> {
        if let Some(conversation) = handle.strip_prefix(CONVERSATION) {
            return self.end_conversation(conversation, task).boxed();
        }
        self.let_go(handle, Going::of(task, now_s), now_s).boxed()
    }
}

impl Check for Intercom {
    fn check(&self, _: i64, _: &str) -> BoxFuture<'_, Result<(), String>> {
        async move {
            match self.workspace().await {
                Ok(Some(app)) if app != self.settings.app_id => {
                    Err("access_token is for another workspace than app_id: look at both".to_owned())
                }
                Ok(_) => Ok(()),
                Err(IntercomError::Refused { status: status @ (401 | 403), .. }) => {
                    Err(format!("Intercom does not let us in ({status}): look at access_token"))
                }
                Err(error) => Err(error.to_string()),
            }
        }
        .boxed()
    }
}

impl Hook for Intercom {
    fn open<'a>(
        &'a self,
        header: &'a (dyn Fn(&str) -> Option<String> + Send + Sync),
        body: &'a [u8],
        now_s: i64,
    ) -> BoxFuture<'a, Result<Opened, HookError>> {
        async move {
            let notification = self.opened(header("x-hub-signature").as_deref(), body, now_s)?;
            let news = notification.conversation.map(|conversation| News::Conversation { conversation });
            Ok(Opened { id: notification.id, news: news.into_iter().collect() })
        }
        .boxed()
    }
}
