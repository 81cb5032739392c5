//! What every answer carries, who may come in, and what other sites cannot do.

use axum::body::Body;
use axum::http::Request;
use web::{Audience, WebOptions};

use crate::kit::{Kit, options};

const NOBODYS: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// An address with something in its varying parts.
fn address(path: &str) -> String {
    path.split('/')
        .map(|part| match part {
            "{slug}" => "tiny",
            "{picture}" => "poster.jpg",
            "{*path}" => "site.css",
            "{version}" => "x",
            "{name}" => "master.m3u8",
            "{token}" => "nonsense",
            part if part.starts_with('{') => NOBODYS,
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    let mut paths: Vec<String> = web::map().iter().map(|entry| address(entry.path)).collect();
    paths.extend(["/nothing/here".into(), "/films/no-such-film".into(), "/de/films".into()]);
    for path in paths {
        let answer = visitor.get(&path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("unsafe") && !policy.contains("http:") && !policy.contains('*'),
            "{path}: {policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        let is_at = |start: &str| path.starts_with(start);
        let referrer = if is_at("/watch/") { "no-referrer" } else { "same-origin" };
        let robots = if is_at("/watch/") || is_at("/shown/") { "noindex, nofollow, noarchive" } else { "" };
        assert_eq!(answer.header("referrer-policy"), referrer, "{path}");
        assert_eq!(answer.header("x-robots-tag"), robots, "{path}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        assert!(!answer.header("cache-control").is_empty(), "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "{path}: no TLS here");
    }
}

#[tokio::test]
async fn nobody_gets_in_where_they_are_not_meant_to() {
    let kit = Kit::new().await;
    let (mut nobody, mut parent) = (kit.visitor(), kit.parent("parent@example.org").await);
    for entry in web::map() {
        let path = address(entry.path);
        let mut answers = Vec::new();
        if entry.reads {
            answers.push(nobody.clone().get(&path).await);
        }
        if entry.changes {
            answers.push(nobody.clone().post(&path, &[]).await);
        }
        for answer in answers {
            match entry.audience {
                Audience::Anyone | Audience::ThisMachine => assert!(answer.status.as_u16() != 401, "{path}"),
                Audience::MailServer => drop(answer.is(401)),
                Audience::Processor | Audience::Monitor => drop(answer.is(404)),
                Audience::Customer | Audience::Owner => {
                    let door = if path.starts_with("/create/") { "/sign-up" } else { "/sign-in" };
                    answer.goes_to(door);
                    // What comes after signing in can be read.
                    if let Some((_, next)) = answer.header("location").split_once("?next=") {
                        assert_ne!(parent.clone().get(next).await.status, 405, "{path} leads to {next}");
                    }
                }
                Audience::CustomerMedia => drop(answer.is(401)),
                Audience::Leaving => drop(answer.goes_to("/sign-in")),
                Audience::Desk(_) => drop(answer.is(403)),
            }
        }
        if matches!(entry.audience, Audience::Desk(_)) && entry.reads {
            parent.get(&path).await.is(403);
        }
    }
    assert!(nobody.get("/library").await.header("location").ends_with("?next=/library"));
    let discarded = nobody.post(&format!("/library/drafts/{NOBODYS}/discard"), &[]).await;
    assert!(discarded.header("location").ends_with("?next=/library"));
    let paid = nobody.post("/create/tiny/till/pass", &[]).await;
    assert!(paid.header("location").ends_with("?next=/create/tiny/till"));
}

/// What stays open to somebody whose data are only stored, written apart from the rule.
const STAYS_OPEN: [&str; 12] = [
    "/account/access",
    "/account/address",
    "/account/address/keep",
    "/account/delete",
    "/account/export",
    "/account/export/{token}/mini-studio.tar",
    "/account/marketing",
    "/account/restriction",
    "/account/support",
    "/library/children/{child}/delete",
    "/library/photos/{photo}/delete",
    "/minitube/{film}/delete",
];

#[tokio::test]
async fn proves_s12_2_s12_3_s12_6_whose_data_are_only_stored_has_their_other_rights_and_nothing_else() {
    let kit = Kit::new().await;
    let mut parent = kit.parent("parent@example.org").await;
    parent.post("/account/restriction", &[("choice", "restrict")]).await.goes_to("/account/restriction");
    let mut open = Vec::new();
    for entry in web::map() {
        let is_theirs =
            matches!(entry.audience, Audience::Owner | Audience::Customer | Audience::CustomerMedia);
        if !is_theirs {
            continue;
        }
        let path = address(entry.path);
        let mut answers = Vec::new();
        if entry.reads {
            answers.push(parent.clone().get(&path).await);
        }
        // Leaving would be the end of it.
        if entry.changes && entry.path != "/account/delete" {
            answers.push(parent.clone().post(&path, &[]).await);
        }
        let is_open = STAYS_OPEN.contains(&entry.path);
        for answer in answers {
            if is_open {
                assert_ne!(answer.header("location"), "/account/restriction", "{path}");
                assert!(answer.status != 401 && answer.status != 403, "{path} answers {}", answer.status);
            } else if entry.audience == Audience::CustomerMedia {
                answer.is(401);
            } else {
                answer.is(303);
                assert_eq!(answer.header("location"), "/account/restriction", "{path}");
            }
        }
        if is_open {
            open.push(entry.path);
        }
    }
    open.sort_unstable();
    assert_eq!(open, STAYS_OPEN);
}

/// Who may come where at the desk, written apart from the rule: operator, privacy officer, support, film maker.
fn at_desk(path: &str) -> [bool; 4] {
    let (yes, no) = (true, false);
    match path.split('/').nth(2).unwrap_or_default() {
        "" => [yes, yes, yes, yes],
        "jobs" => [yes, no, no, yes],
        "orders" => [yes, no, yes, no],
        "enquiries" => match path.split('/').nth(4) {
            Some("attachments") => [yes, yes, no, no],
            _ => [yes, yes, yes, no],
        },
        "conversations" | "gifts" => [yes, no, yes, no],
        "campaigns" | "figures" | "releases" | "staff" => [yes, no, no, no],
        "restrictions" | "erasures" | "disputes" | "processing" | "processors" => [yes, yes, no, no],
        "looks" => match path.split('/').nth(4) {
            Some("approve") => [yes, yes, no, no],
            Some("end") => [yes, yes, yes, no],
            Some("photos" | "films") => [no, yes, yes, no],
            // The list is of all who look or approve; one look, only of who looks.
            None if path.ends_with("/looks") => [yes, yes, yes, no],
            _ => [no, yes, yes, no],
        },
        other => panic!("who may come to /desk/{other}?"),
    }
}

#[tokio::test]
async fn proves_s11_3_s11_4_every_address_of_the_desk_is_open_to_the_roles_that_need_it_alone() {
    let kit = Kit::new().await;
    let mut staff = Vec::new();
    let token = kit.studio.sessions().new_operator_token().await.unwrap();
    let mut operator = kit.visitor();
    operator.get(&format!("/operator/sign-in/{token}")).await.goes_to("/desk");
    staff.push(operator);
    for role in ["privacy-officer", "support", "film-maker"] {
        let email = format!("{role}@example.org");
        let member = kit.parent(&email).await;
        staff[0].post("/desk/staff", &[("email", &email), ("role", role)]).await.goes_to("/desk/staff");
        staff.push(member);
    }
    let mut seen = 0;
    for entry in web::map() {
        if !matches!(entry.audience, Audience::Desk(_)) {
            continue;
        }
        let (path, open) = (address(entry.path), at_desk(entry.path));
        for (member, open) in staff.iter().zip(open) {
            let mut answers = Vec::new();
            if entry.reads {
                answers.push(member.clone().get(&path).await);
            }
            if entry.changes {
                answers.push(member.clone().post(&path, &[]).await);
            }
            for answer in answers {
                assert_eq!(answer.status != 403, open, "{path} answers {}", answer.status);
                seen += 1;
            }
        }
    }
    assert!(seen > 80, "{seen}");
    // Not a day later, and not once the role is taken away.
    staff[2].get("/desk/conversations").await.is(200);
    let member = kit.studio.staff().list().await.unwrap().remove(1).account;
    staff[0].post("/desk/staff", &[("end", member.as_str())]).await.goes_to("/desk/staff");
    staff[2].get("/desk/conversations").await.is(403);
    kit.clock.advance(studio::staff::DESK_MS);
    staff[1].get("/desk").await.is(403);
    staff[1].get("/account").await.is(200);
}

#[tokio::test]
async fn what_came_with_a_mail_is_saved_and_never_shown() {
    let kit = Kit::new().await;
    let mail = "From: anna@example.org\r\nMessage-ID: <1@example.org>\r\nSubject: A file\r\nMIME-Version: 1.0\r\n\
                Content-Type: multipart/mixed; boundary=\"part\"\r\n\r\n--part\r\nContent-Type: text/html\r\n\
                Content-Disposition: attachment; filename=\"../../evil x.html\"\r\n\
                Content-Transfer-Encoding: base64\r\n\r\nPHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\r\n--part--\r\n";
    let taken = kit.studio.enquiries().receive(mail.as_bytes()).await.unwrap();
    let studio::enquiries::Inbound::Taken(case) = taken else { panic!("{taken:?}") };
    let attachment = kit.studio.enquiries().attachments(&case).await.unwrap().remove(0).id;
    let (case, file) =
        (format!("/desk/enquiries/{case}"), format!("/desk/enquiries/{case}/attachments/{attachment}"));
    let token = kit.studio.sessions().new_operator_token().await.unwrap();
    let mut operator = kit.visitor();
    operator.get(&format!("/operator/sign-in/{token}")).await.goes_to("/desk");
    operator
        .get(&case)
        .await
        .is(200)
        .holds("evil")
        .holds("value=\"release\"")
        .lacks(&format!("href=\"{file}\""));
    operator.get(&file).await.is(409).lacks("alert(1)");
    operator.post(&file, &[("todo", "open")]).await.is(404);
    operator.post(&file, &[("todo", "release")]).await.goes_to(&case);
    operator.get(&case).await.is(200).holds(&format!("href=\"{file}\"")).lacks("value=\"release\"");
    let answer = operator.get(&file).await;
    answer.is(200);
    assert_eq!(answer.bytes, b"<script>alert(1)</script>");
    for (name, value) in [
        ("content-type", "application/octet-stream"),
        ("content-disposition", "attachment; filename=\"attachment\"; filename*=UTF-8''evil%20x.html"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-store"),
    ] {
        assert_eq!(answer.header(name), value);
    }
    assert!(answer.header("content-security-policy").ends_with("; sandbox"));
    operator.post(&file, &[("todo", "delete")]).await.goes_to(&case);
    operator.get(&file).await.is(404);
}

#[tokio::test]
async fn the_link_that_confirms_a_request_names_it_and_takes_a_no() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    let fields =
        [("email", "anna@example.org"), ("kind", "photo-deletion"), ("message", "Say yes: a prize waits.")];
    visitor.post("/contact", &fields).await.goes_to("/contact?sent=first");
    let token = kit.studio.sessions().new_operator_token().await.unwrap();
    let mut operator = kit.visitor();
    operator.get(&format!("/operator/sign-in/{token}")).await.goes_to("/desk");
    let list = operator.get("/desk/enquiries").await;
    let (_, rest) = list.text().split_once("href=\"/desk/enquiries/").unwrap();
    let case = format!("/desk/enquiries/{}", rest.split('"').next().unwrap());
    let denied = "<strong>The owner of the address says that it was not them</strong></p></div>";
    let mut links = Vec::new();
    for (answer, told) in [("no", "Nothing is told or changed"), ("yes", "A person goes on")] {
        operator.post(&case, &[("todo", "ask-whose")]).await.goes_to(&case);
        let mail = kit.mail().await;
        let (_, rest) = mail.split_once("/contact/confirm/").unwrap();
        let link = format!("/contact/confirm/{}", rest.split_whitespace().next().unwrap());
        assert!(mail.contains("a photo is to be deleted"), "{mail}");
        visitor.get(&link).await.is(200).holds("a photo is to be deleted").lacks("prize");
        kit.visitor().get(&format!("/de{link}")).await.is(200).holds("ein Foto soll gelöscht werden");
        // What is neither yes nor no is no answer.
        let nothings: [&[(&str, &str)]; 3] = [&[], &[("mine", "")], &[("mine", "Yes")]];
        for nothing in nothings {
            visitor.post(&link, nothing).await.is(422).holds("Is it yours?");
            operator.get(&case).await.is(200).lacks("The address is confirmed");
        }
        visitor.post(&link, &[("mine", answer)]).await.is(200).holds(told);
        let shown = operator.get(&case).await;
        assert_eq!(shown.text().contains(denied), answer == "no", "it stands on top until it is confirmed");
        links.push(link);
    }
    visitor.get(&links[0]).await.is(422);
    visitor.get(&links[1]).await.is(200);
    operator
        .get(&case)
        .await
        .is(200)
        .holds("The owner of the address says that it was not them")
        .holds("The address is confirmed");
}

#[tokio::test]
async fn pages_of_somebody_are_never_stored() {
    let kit = Kit::new().await;
    let mut parent = kit.parent("parent@example.org").await;
    for path in ["/library", "/account", "/minitube", "/create/tiny/photo", "/films"] {
        assert_eq!(parent.get(path).await.header("cache-control"), "private, no-store", "{path}");
    }
}

#[tokio::test]
async fn another_site_can_do_nothing() {
    let kit = Kit::new().await;
    let parent = kit.parent("parent@example.org").await;
    for entry in web::map().into_iter().filter(|entry| entry.changes) {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ] {
            let request = Request::post(address(entry.path)).header(name, value).body(Body::empty()).unwrap();
            parent.clone().send(request).await.is(403).holds("another site");
        }
    }
}

#[tokio::test]
async fn in_embedded_mode_only_our_own_names_are_answered() {
    let kit = Kit::new().await;
    let ask = |host: &str| Request::get("/").header("host", host).body(Body::empty()).unwrap();
    kit.visitor().send(ask("rebound.example:8080")).await.is(421);
    kit.visitor().send(ask("localhost:8080")).await.is(200);
    let large = Kit::with(WebOptions { embedded: false, ..options() }).await;
    large.visitor().send(ask("films.example")).await.is(200);
    large.visitor().get("/outbox").await.is(404);
}

#[tokio::test]
async fn proves_s11_1_behind_tls_cookies_are_secure_and_browsers_remember() {
    let kit =
        Kit::with(WebOptions { public_url: "https://films.example".into(), embedded: false, ..options() })
            .await;
    let mut visitor = kit.visitor();
    let answer = visitor.post("/sign-up", &[("email", "a@example.org"), ("adult", "adult-1")]).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("ms-waiting="), "{cookie}");
    for part in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(answer.header("strict-transport-security").contains("max-age="));
}

#[tokio::test]
async fn only_cookies_of_the_policy_are_set() {
    let kit = Kit::new().await;
    let parent = kit.parent("parent@example.org").await;
    for name in parent.cookies.keys() {
        assert!(policy::Policy::current().cookie(name).is_some_and(|cookie| cookie.is_essential()), "{name}");
    }
    assert_eq!(parent.cookies.keys().collect::<Vec<_>>(), ["ms-session"]);
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused() {
    let kit = Kit::new().await;
    let long = "x".repeat(70_000);
    kit.visitor().post("/sign-up", &[("email", &long)]).await.is(413);
}
