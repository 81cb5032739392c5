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
