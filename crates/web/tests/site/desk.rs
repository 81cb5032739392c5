//! The operator's desk.

use crate::kit::Kit;

#[tokio::test]
async fn the_printed_link_opens_the_desk_and_no_customers_page() {
    let kit = Kit::new().await;
    let token = kit.studio.sessions().new_operator_token().await.unwrap();
    let mut operator = kit.visitor();
    operator.get("/operator/sign-in/nonsense").await.is(422);
    operator.get(&format!("/operator/sign-in/{token}")).await.goes_to("/desk");
    operator.get("/desk").await.is(200).holds("Nothing was given up");
    operator.post("/desk/try-again", &[]).await.goes_to("/desk");
    for path in ["/library", "/minitube", "/account", "/create/tiny"] {
        operator.get(path).await.is(403);
    }
}
