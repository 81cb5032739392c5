//! A till with pages of its own: whether real money moves there is said wherever a price stands.

use std::sync::Arc;

use futures::future::{BoxFuture, ready};
use policy::ProcessorId;
use processors::Connected;
use processors::role::{
    Checkout, CheckoutRequest, GivenBack, HostedTill, HostedTillError, Refund, RefundRequest, TillMode,
};

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
    for mode in [TillMode::TestMode, TillMode::Live] {
        let kit = Kit::with_outside(options(), |outside| {
            outside.connect =
                Arc::new(move |_| Ok(Connected { till: Some(Arc::new(Away(mode))), ..Connected::default() }));
        })
        .await;
        let mut anna = kit.parent("anna@example.org").await;
        for (path, words) in [("/films/tiny", "no money is taken"), ("/account/orders", "takes no money")] {
            let page = anna.get(path).await;
            page.is(200);
            if mode.is_live() {
                page.lacks(words)
            } else {
                page.holds(words)
            };
        }
    }
}
