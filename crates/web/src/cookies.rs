//! The cookies we set. Essential ones: the session, the secret by which a browser that waits for a sign-in
//! mail is known again, that somebody said they are not an adult, what was decided about optional tools, and
//! the country. And the two of the messenger, which [`crate::pages::messenger`] sets where they are allowed.
//! Names and periods stand in the policy in force; a cookie that is not in it cannot be set from here.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use policy::{Cookie, CookiePurpose, Policy};

use crate::visit::Visit;

/// A browser that waits for its mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The secret by which it is known again.
    pub(crate) secret: String,
    /// Where it wanted to go: a path of ours.
    pub(crate) next: Option<String>,
}

fn of(policy: &Policy, purpose: CookiePurpose) -> &Cookie {
    policy.cookie_for(purpose).expect("reading the policy has seen to it")
}

/// The token of the session, not yet looked up.
pub(crate) fn session(policy: &Policy, headers: &HeaderMap) -> Option<String> {
    read(policy, headers, CookiePurpose::Session)
}

/// What a waiting browser holds.
pub(crate) fn waiting(policy: &Policy, headers: &HeaderMap) -> Option<Waiting> {
    let value = read(policy, headers, CookiePurpose::SignIn)?;
    let (secret, next) = value.split_once('.').unwrap_or((&value, ""));
    Some(Waiting { secret: secret.to_owned(), next: own_path(next).map(str::to_owned) })
}

/// Hands a session to the browser.
pub(crate) fn set_session(answer: &mut Response, visit: &Visit, token: &str) {
    set(answer, visit, CookiePurpose::Session, Some(token));
}

/// Remembers that this browser waits for its mail.
pub(crate) fn set_waiting(answer: &mut Response, visit: &Visit, secret: &str, next: Option<&str>) {
    let next = next.and_then(own_path).unwrap_or_default();
    set(answer, visit, CookiePurpose::SignIn, Some(&format!("{secret}.{next}")));
}

/// Takes the session away.
pub(crate) fn clear_session(answer: &mut Response, visit: &Visit) {
    set(answer, visit, CookiePurpose::Session, None);
}

/// The waiting is over.
pub(crate) fn clear_waiting(answer: &mut Response, visit: &Visit) {
    set(answer, visit, CookiePurpose::SignIn, None);
}

/// The value that a browser sends for a cookie of ours; none where it sends two: another host of our domain set one of
/// them, perhaps to lead somebody into an account that is not theirs, and nothing says which.
pub(crate) fn read(policy: &Policy, headers: &HeaderMap, purpose: CookiePurpose) -> Option<String> {
    let name = &of(policy, purpose).name;
    let mut values = pairs(headers).filter_map(|pair| pair.strip_prefix(name.as_str())?.strip_prefix('='));
    let value = values.next().filter(|value| !value.is_empty())?;
    values.next().is_none().then(|| value.to_owned())
}

/// All cookies that a browser sends, by their names.
pub(crate) fn all(headers: &HeaderMap) -> BTreeMap<String, String> {
    let parted = pairs(headers).filter_map(|pair| pair.split_once('='));
    parted.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The names of all cookies that a browser sends.
pub(crate) fn names(headers: &HeaderMap) -> Vec<String> {
    pairs(headers).filter_map(|pair| Some(pair.split_once('=')?.0.to_owned())).collect()
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|header| header.to_str().ok());
    sent.flat_map(|header| header.split(';')).map(str::trim)
}

/// Hands a cookie of ours to the browser, or takes it away.
pub(crate) fn set(answer: &mut Response, visit: &Visit, purpose: CookiePurpose, value: Option<&str>) {
    let cookie = of(&visit.policy, purpose);
    let secure = if visit.options.secure() { "; Secure" } else { "" };
    let age = if value.is_some() { cookie.period.seconds().unwrap_or_default() } else { 0 };
    append(
        answer,
        format!(
            "{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}",
            cookie.name,
            value.unwrap_or_default()
        ),
    );
}

/// Takes away a cookie that somebody else's script set: on this host, and on each domain above it, where such
/// scripts like to put them.
pub(crate) fn expire(answer: &mut Response, headers: &HeaderMap, name: &str) {
    append(answer, format!("{name}=; Path=/; Max-Age=0"));
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if host.parse::<std::net::IpAddr>().is_ok() {
        return;
    }
    let mut domain = host;
    while domain.contains('.') {
        append(answer, format!("{name}=; Path=/; Domain={domain}; Max-Age=0"));
        domain = domain.split_once('.').map_or("", |(_, above)| above);
    }
}

fn append(answer: &mut Response, text: String) {
    if let Ok(text) = HeaderValue::from_str(&text) {
        answer.headers_mut().append(header::SET_COOKIE, text);
    }
}

/// The path, if it is a plain one of this site: nothing that could lead elsewhere.
pub(crate) fn own_path(path: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_');
    (path.starts_with('/') && !path.starts_with("//") && path.len() < 200 && path.chars().all(plain))
        .then_some(path)
}

/// An address of ours as [`own_path`]; of its query it keeps where to go afterwards, if that is a path of ours too.
pub(crate) fn own_address(address: &str) -> Option<String> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let next = query.split('&').find_map(|pair| pair.strip_prefix("next=")).and_then(own_path);
    own_path(path).map(|path| with_next(path, next))
}

/// A path with where to go afterwards.
pub(crate) fn with_next(path: &str, next: Option<&str>) -> String {
    match next {
        Some(next) => format!("{path}?next={next}"),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookie).unwrap())])
    }

    #[test]
    fn one_of_two_of_a_name_is_not_ours() {
        let read = |cookie: &str| read(Policy::current(), &headers(cookie), CookiePurpose::Session);
        assert_eq!(read("other=1; ms-session=abc"), Some("abc".to_owned()));
        assert_eq!(read("ms-session=theirs; ms-session=abc"), None);
        assert_eq!(read("ms-session="), None);
    }

    #[test]
    fn all_cookies_are_in_the_policy_and_essential_or_the_messengers() {
        let policy = Policy::current();
        for (purpose, name) in [
            (CookiePurpose::Consent, "ms-cookie-consent"),
            (CookiePurpose::Country, "geo_country"),
            (CookiePurpose::Session, "ms-session"),
            (CookiePurpose::SignIn, "ms-waiting"),
            (CookiePurpose::Age, "ms-age"),
            (CookiePurpose::SupportDevice, "ms-support-device"),
            (CookiePurpose::SupportSession, "ms-support-session"),
        ] {
            let cookie = of(policy, purpose);
            assert_eq!(cookie.name, name);
            assert!(cookie.is_essential() || purpose.is_of_messenger(), "{name}");
        }
    }

    #[test]
    fn a_session_and_a_waiting_browser_are_told_apart() {
        let both = headers("a=b; ms-session=tok_en-1; ms-waiting=secret./create/moon-garden");
        let policy = Policy::current();
        assert_eq!(session(policy, &both), Some("tok_en-1".into()));
        let next = Some("/create/moon-garden".into());
        assert_eq!(waiting(policy, &both), Some(Waiting { secret: "secret".into(), next }));
        assert_eq!(session(policy, &headers("ms-sessionx=1")), None);
        assert_eq!(session(policy, &headers("ms-session=")), None);
        assert_eq!(
            waiting(policy, &headers("ms-waiting=s.//evil")),
            Some(Waiting { secret: "s".into(), next: None })
        );
    }

    #[test]
    fn what_others_set_is_taken_away_on_every_domain_above() {
        let mut answer = Response::default();
        let headers =
            HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("films.example.org:80"))]);
        expire(&mut answer, &headers, "_ga");
        let set: Vec<_> =
            answer.headers().get_all(header::SET_COOKIE).iter().map(|set| set.to_str().unwrap()).collect();
        assert_eq!(
            set,
            [
                "_ga=; Path=/; Max-Age=0",
                "_ga=; Path=/; Domain=films.example.org; Max-Age=0",
                "_ga=; Path=/; Domain=example.org; Max-Age=0"
            ]
        );
    }

    #[test]
    fn nobody_is_sent_to_another_site() {
        for elsewhere in
            ["//evil.example", "https://evil.example", "/\\evil.example", "/a?b=//c", "create", "/a:b", ""]
        {
            assert_eq!(own_path(elsewhere), None, "{elsewhere}");
            let after = format!("/sign-up?next={elsewhere}");
            assert_eq!(own_address(&after), Some("/sign-up".into()), "{elsewhere}");
        }
        assert_eq!(own_path("/create/moon-garden"), Some("/create/moon-garden"));
        assert_eq!(own_address("//evil.example?next=/films"), None);
        assert_eq!(own_address("/films?x=1"), Some("/films".into()));
        let kept = "/sign-up?next=/create/moon-garden";
        assert_eq!(own_address(&format!("{kept}&x=1")), Some(kept.into()));
    }
}
