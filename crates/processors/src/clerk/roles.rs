//! The roles that Clerk takes: people sign in on its page, it tells of their changes, and deletes them.
//!
//! A browser that comes back from the page brings no token yet. It is sent on to Clerk's frontend once, which knows it
//! by its own cookies and sends it back with a handshake: a signed list of cookies, among them the session's token.
//! The cookies are not set here; our own session is the only one.

use egress::{Method, percent_encoded};
use futures::FutureExt;
use futures::future::BoxFuture;
use policy::ProcessorId;

use super::{Clerk, ClerkError, ClerkWebhookError, Event, Session, Token, TokenError, said_no};
use crate::role::{
    Brought, CallError, Came, Check, Door, Erased, Erases, Hook, HookError, News, Opened, Person, SignIn,
    SignInError, Theirs, Trouble,
};

/// What the handle of a session begins with.
const SESSION: &str = "session/";
/// Cookie and parameter of a handshake.
const HANDSHAKE: &str = "__clerk_handshake";
/// What a development instance knows a browser by; it stands in the address instead of in a cookie.
const DEV_BROWSER: &str = "__clerk_db_jwt";
/// The headers of a webhook.
const HEADERS: [&str; 6] =
    ["svix-id", "svix-timestamp", "svix-signature", "webhook-id", "webhook-timestamp", "webhook-signature"];

/// Where the instance's pages are, and what they leave in a browser.
pub(super) struct Pages {
    /// The origin of its frontend, which is also what issues tokens.
    pub(super) frontend: String,
    /// The origin of the page to sign in on.
    pub(super) portal: String,
    /// The cookie with the session token.
    pub(super) session_cookie: String,
}

/// Clerk in its roles.
pub(super) struct AtClerk {
    clerk: Clerk,
    pages: Pages,
}

impl AtClerk {
    pub(super) fn new(clerk: Clerk, pages: Pages) -> Self {
        Self { clerk, pages }
    }

    /// Where a browser is asked for its session.
    fn handshake(&self, brought: &Brought, back: &str) -> String {
        let mut address = format!(
            "{}/v1/client/handshake?redirect_url={}&suffixed_cookies=false&__clerk_hs_reason=session-token-missing",
            self.pages.frontend,
            percent_encoded(back, "")
        );
        if let Some(browser) = brought.parameters.get(DEV_BROWSER) {
            address += &format!("&{DEV_BROWSER}={}", percent_encoded(browser, ""));
        }
        address
    }

    /// The session token that was brought. A handshake's cookie may be an old one unless it was just asked for.
    async fn token(&self, brought: &Brought, asked: bool, now_s: i64) -> Result<Option<String>, TokenError> {
        let cookie = || brought.cookies.get(HANDSHAKE).filter(|_| asked);
        let cookie_name = self.pages.session_cookie.as_str();
        match brought.parameters.get(HANDSHAKE).or_else(cookie) {
            Some(handshake) => self.clerk.handshake(handshake, cookie_name, now_s).await,
            None => Ok(brought.cookies.get(cookie_name).cloned()),
        }
    }

    async fn who(&self, brought: &Brought, back: &str, asked: bool, now_s: i64) -> Result<Came, SignInError> {
        let ask = || Came::Ask { to: self.handshake(brought, back) };
        let Some(token) = self.token(brought, asked, now_s).await.map_err(disbelieved)? else {
            return match asked {
                true => Err(SignInError::NotBelieved("nobody is signed in there".to_owned())),
                false => Ok(ask()),
            };
        };
        match self.clerk.session(&token, now_s).await {
            Ok(Session { user_id, session_id, .. }) => {
                Ok(Came::As(Theirs { person: user_id, session: session_id }))
            }
            Err(TokenError::Expired) if !asked => Ok(ask()),
            Err(error) => Err(disbelieved(error)),
        }
    }
}

impl SignIn for AtClerk {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Clerk
    }

    fn page(&self, door: Door, back: &str) -> String {
        let page = match door {
            Door::SignIn => "sign-in",
            Door::SignUp => "sign-up",
        };
        format!("{}/{page}?redirect_url={}", self.pages.portal, percent_encoded(back, ""))
    }

    fn came_back<'a>(
        &'a self,
        brought: &'a Brought,
        back: &'a str,
        asked: bool,
        now_s: i64,
    ) -> BoxFuture<'a, Result<Came, SignInError>> {
        self.who(brought, back, asked, now_s).boxed()
    }

    fn session_handle(&self, session: &str) -> Option<String> {
        Some(format!("{SESSION}{session}"))
    }

    fn person<'a>(&'a self, person: &'a str) -> BoxFuture<'a, Result<Option<Person>, SignInError>> {
        async move {
            let user = self.clerk.user(person).await.map_err(failed)?;
            Ok(user.map(|user| Person {
                id: user.id,
                verified_email: user.email.filter(|_| user.email_is_verified),
                may_sign_in: user.may_sign_in,
            }))
        }
        .boxed()
    }
}

impl Erases for AtClerk {
    /// The handle is the user's id, or that of a session behind [`SESSION`], which ends. Banning ends their sessions, so
    /// that no new token is made; where an instance cannot ban, they end with the user.
    fn erase<'a>(&'a self, handle: &'a str, now_s: i64) -> BoxFuture<'a, Result<Erased, Trouble>> {
        async move {
            if let Some(session) = handle.strip_prefix(SESSION) {
                self.clerk.end_session(session).await?;
                return Ok(Erased::Done { receipt: "the session is over".to_owned() });
            }
            match self.clerk.ban(handle).await {
                Ok(()) | Err(ClerkError::Refused { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            let gone = self.clerk.delete_user(handle, &[], now_s).await?;
            let receipt = if gone.was_gone { "there is no such user" } else { "deleted: true" };
            Ok(Erased::Done { receipt: receipt.to_owned() })
        }
        .boxed()
    }
}

impl Check for AtClerk {
    fn check(&self, _now_s: i64, _: &str) -> BoxFuture<'_, Result<(), String>> {
        async move { self.clerk.ask_for_keys().await.map(drop).map_err(|error| error.to_string()) }.boxed()
    }
}

impl Hook for AtClerk {
    fn open<'a>(
        &'a self,
        header: &'a (dyn Fn(&str) -> Option<String> + Send + Sync),
        body: &'a [u8],
        now_s: i64,
    ) -> BoxFuture<'a, Result<Opened, HookError>> {
        let sent: Vec<(&str, String)> =
            HEADERS.iter().filter_map(|name| Some((*name, header(name)?))).collect();
        let find = |name: &str| sent.iter().find(|(sent, _)| *sent == name).map(|(_, text)| text.as_str());
        let opened = match self.clerk.webhook(find, body, now_s) {
            Ok(delivery) => Ok(Opened { id: delivery.message.id, news: news(delivery.event) }),
            Err(ClerkWebhookError::Signature(error)) => Err(HookError::NotBelieved(error.to_string())),
            Err(ClerkWebhookError::Malformed) => {
                Err(HookError::Malformed("it is no event of the contract".to_owned()))
            }
        };
        std::future::ready(opened).boxed()
    }
}

impl Clerk {
    /// The session token in a handshake; `None` when it says that nobody is signed in.
    async fn handshake(
        &self,
        handshake: &str,
        session_cookie: &str,
        now_s: i64,
    ) -> Result<Option<String>, TokenError> {
        let handshake = Token::read(handshake)?;
        let keys = self.keys(handshake.kid(), now_s).await?;
        let cookies = handshake.handshake(&keys)?;
        Ok(cookies.iter().find_map(|cookie| value_of(cookie, session_cookie)).map(str::to_owned))
    }

    /// Bans a user, which ends all their sessions. One who is not there has none.
    async fn ban(&self, user_id: &str) -> Result<(), ClerkError> {
        let address = "https://api.clerk.com/v1/users/{user}/ban";
        let call = || self.call(Method::POST, address).plain("path.user", user_id).deletes();
        let answer = self.ask(call).await?;
        if answer.is_success() || answer.status() == 404 { Ok(()) } else { Err(said_no(&answer)) }
    }
}

/// The value that a `Set-Cookie` line gives to a cookie; nothing where it takes it away.
fn value_of<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let value = line.split(';').next()?.trim().strip_prefix(name)?.strip_prefix('=')?;
    (!value.is_empty()).then_some(value)
}

fn news(event: Event) -> Vec<News> {
    match event {
        Event::UserCreated(user) | Event::UserUpdated(user) => vec![News::PersonChanged { person: user.id }],
        Event::UserDeleted { user_id } => vec![News::PersonChanged { person: user_id }],
        Event::SessionEnded { session_id, user_id } => {
            vec![News::PersonLeft { person: user_id, session: session_id }]
        }
        Event::Other => Vec::new(),
    }
}

fn disbelieved(error: TokenError) -> SignInError {
    match error {
        TokenError::Keys(error) => failed(error),
        error => SignInError::NotBelieved(error.to_string()),
    }
}

fn failed(error: ClerkError) -> SignInError {
    SignInError::Trouble(error.into())
}

impl CallError for ClerkError {
    fn away(&self) -> Option<(String, Option<u64>)> {
        let Self::Away { why, retry_after_s } = self else { return None };
        Some((why.clone(), *retry_after_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookies_value_is_read_of_its_line() {
        assert_eq!(value_of("__session=a.b.c; Path=/; Secure", "__session"), Some("a.b.c"));
        for nothing in ["__session=; Max-Age=0", "__session_x=a", "__client_uat=1", ""] {
            assert_eq!(value_of(nothing, "__session"), None, "{nothing}");
        }
    }
}
