//! The account page.

use crate::kit::Kit;

#[tokio::test]
async fn it_shows_the_profile_in_the_language_of_the_address() {
    let kit = Kit::new().await;
    let mut parent = kit.parent("a@example.org").await;
    parent.get("/account").await.is(200).holds("22 May 2026").holds("<html lang=\"en\"");
    let german = parent.get("/de/account").await;
    german
        .is(200)
        .holds("22. Mai 2026")
        .holds("<html lang=\"de\"")
        .holds("href=\"/de/library\"")
        .holds("action=\"/de/account/password\"");
}

#[tokio::test]
async fn with_what_is_shut_the_browsers_cache_goes() {
    let kit = Kit::new().await;
    let mut parent = kit.parent("a@example.org").await;
    let changes: [(&str, &[(&str, &str)]); 3] = [
        ("/account/restriction", &[("choice", "restrict")]),
        ("/account/restriction", &[("choice", "lift")]),
        ("/account/delete", &[]),
    ];
    for (path, fields) in changes {
        let shut = parent.post(path, fields).await;
        assert_eq!(shut.header("clear-site-data"), "\"cache\"", "{path} {fields:?}");
    }
    let mut parent = kit.parent("b@example.org").await;
    let out = parent.post("/sign-out", &[]).await;
    assert_eq!(out.goes_to("/").header("clear-site-data"), "\"cache\"");
    assert_eq!(parent.get("/").await.is(200).header("clear-site-data"), "");
}

#[tokio::test]
async fn a_box_is_ticked_only_for_who_agreed() {
    let kit = Kit::new().await;
    let mut parent = kit.parent("a@example.org").await;
    let account = kit.studio.accounts().with_address("a@example.org").await.unwrap();
    let marketing = kit.studio.marketing();
    marketing.told_customer(&account, policy::Country::parse("US")).await.unwrap();
    let ticked = "value=\"marketing-1\" checked";
    parent.get("/account").await.is(200).holds("Stop these mails").lacks(ticked);
    parent.post("/account/marketing", &[("marketing", "marketing-1")]).await.goes_to("/account");
    parent.get("/account").await.is(200).holds(ticked).lacks("Stop these mails");
    parent.post("/account/marketing", &[]).await.goes_to("/account");
    parent.get("/account").await.is(200).lacks(ticked).lacks("Stop these mails");
    assert_eq!(marketing.wish(&account).await.unwrap(), None);
}
