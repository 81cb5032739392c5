//! A till with pages of its own: whether real money moves there is said wherever a price stands.

use std::sync::Arc;

use futures::future::{BoxFuture, ready};
use policy::ProcessorId;
use processors::Connected;
use processors::role::TillMode::{self, Live, NoMoney, TestMode};
use processors::role::{
    Checkout, CheckoutRequest, GivenBack, HostedTill, HostedTillError, Refund, RefundRequest,
};

use crate::create::at_the_stills;
use crate::kit::{Kit, options};

/// One that nobody reaches.
struct Away(TillMode);

type Answer<'a, T> = BoxFuture<'a, Result<T, HostedTillError>>;

fn away<'a, T: Send + 'a>() -> Answer<'a, T> {
    Box::pin(ready(Err(HostedTillError::Away { why: "it is closed".to_owned(), after_s: None })))
}

impl HostedTill for Away {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Stripe
    }

    fn begin<'a>(&'a self, _: &'a CheckoutRequest) -> Answer<'a, Checkout> {
        away()
    }

    fn find<'a>(&'a self, _: &'a str) -> Answer<'a, Option<Checkout>> {
        away()
    }

    fn close<'a>(&'a self, _: &'a str) -> Answer<'a, Checkout> {
        away()
    }

    fn refund<'a>(&'a self, _: &'a RefundRequest) -> Answer<'a, Refund> {
        away()
    }

    fn find_refund<'a>(&'a self, _: &'a str) -> Answer<'a, Option<Refund>> {
        away()
    }

    fn given_back<'a>(&'a self, _: &'a str) -> Answer<'a, Option<GivenBack>> {
        away()
    }

    fn mode(&self) -> TillMode {
        self.0
    }
}

#[tokio::test]
async fn where_only_play_money_moves_the_pages_say_so() {
    for mode in [NoMoney, TestMode, Live] {
        let kit = Kit::with_outside(options(), |outside| {
            outside.connect = Arc::new(move |_| {
                let hosted: Arc<dyn HostedTill> = Arc::new(Away(mode));
                // Without one there is the embedded till, which takes no money.
                let till = (mode != NoMoney).then_some(hosted);
                Ok(Connected { till, ..Connected::default() })
            });
        })
        .await;
        let mut anna = at_the_stills(&kit, "anna@example.org", "Mia").await;
        let gift = anna.post("/gift", &[("film", "tiny"), ("giver", "Anna")]).await;
        let gift = gift.goes_to("/gift/mine/").header("location");
        let film = "/create/tiny/till";
        // Which page says what, and with which tills.
        let said: [(&str, &str, &[TillMode]); 14] = [
            ("/films/tiny", "no money is taken", &[NoMoney, TestMode]),
            ("/account/orders", "takes no money", &[NoMoney, TestMode]),
            (film, "This is a test till", &[NoMoney]),
            (film, "asks for no card. Press the button and the film is made.", &[NoMoney]),
            (film, "Pay with play money and make the film", &[NoMoney]),
            (film, "Try a declined card", &[NoMoney]),
            (film, "in its test mode: only play money moves", &[TestMode]),
            (film, "Pay <bdi>$1.00</bdi> and make the film", &[TestMode, Live]),
            (gift, "This is a test till", &[NoMoney]),
            (gift, "asks for no card. Press the button and the pass is made.", &[NoMoney]),
            (gift, "Pay with play money", &[NoMoney]),
            (gift, "Try a declined card", &[NoMoney]),
            (gift, "in its test mode: only play money moves", &[TestMode]),
            (gift, "Pay <bdi>$1.00</bdi>", &[TestMode, Live]),
        ];
        for (path, words, modes) in said {
            let page = anna.get(path).await;
            page.is(200);
            if modes.contains(&mode) {
                page.holds(words)
            } else {
                page.lacks(words)
            };
        }
    }
}
