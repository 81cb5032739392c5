//! The roles that Klaviyo takes: it keeps a mailing list, and deletes whom it knows by their address.
//!
//! A deletion there has no number and no state: it is done when the address is not known any more. Until then it is
//! looked for, and asked for anew where that takes long.

use futures::FutureExt;
use futures::future::BoxFuture;
use policy::consent::Agreed;
use policy::{Personal, ProcessorId, purpose};

use super::{Amount, Event, Klaviyo, KlaviyoError, Person, Reason, Suppressed};
use crate::role::{
    Address, Bought, CallError, Check, Erased, Erases, KeptOut, KeptOutBy, Lists, ListsError, Trouble,
    Withdrawals,
};

/// Klaviyo's own name of a purchase, which its reports know.
const PLACED_ORDER: &str = "Placed Order";
/// When to look first whether a deletion is done, and then again.
const LOOK_AFTER_S: u64 = 60;
/// A deletion that was not done by then is asked for anew: a call that was still on its way may have made the profile
/// again.
const ASK_ANEW_AFTER_S: i64 = 600;
/// Currencies whose smallest unit is the main one (ISO 4217).
const UNDIVIDED: [&str; 16] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
    "XOF",
];

impl Lists for Klaviyo {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Klaviyo
    }

    fn profile<'a>(
        &'a self,
        email: &'a Address,
        agreed: Agreed,
        withdrawals: &'a dyn Withdrawals,
    ) -> BoxFuture<'a, Result<(), ListsError>> {
        async move {
            let person = Person { email: email.clone(), first_name: None, last_name: None };
            Self::profile(self, &person, agreed, withdrawals).await?;
            Ok(())
        }
        .boxed()
    }

    fn subscribe<'a>(
        &'a self,
        email: &'a Address,
        agreed: Agreed,
        withdrawals: &'a dyn Withdrawals,
    ) -> BoxFuture<'a, Result<(), ListsError>> {
        async move { Ok(Self::subscribe(self, email, agreed, withdrawals).await?) }.boxed()
    }

    fn bought<'a>(
        &'a self,
        email: &'a Address,
        bought: &'a Bought,
        agreed: Agreed,
        withdrawals: &'a dyn Withdrawals,
    ) -> BoxFuture<'a, Result<(), ListsError>> {
        async move {
            let event = event(email, bought);
            Ok(self.event(&event, agreed, withdrawals).await?)
        }
        .boxed()
    }

    fn unsubscribe<'a>(&'a self, email: &'a Address) -> BoxFuture<'a, Result<(), ListsError>> {
        async move { Ok(Self::unsubscribe(self, email).await?) }.boxed()
    }

    fn suppress<'a>(&'a self, email: &'a Address) -> BoxFuture<'a, Result<(), ListsError>> {
        async move {
            Self::suppress(self, email).await?;
            Ok(())
        }
        .boxed()
    }

    fn suppressed_since(&self, since_s: i64) -> BoxFuture<'_, Result<Vec<KeptOut>, ListsError>> {
        async move {
            let found = Self::suppressed_since(self, since_s).await?;
            Ok(found.into_iter().map(kept_out).collect())
        }
        .boxed()
    }
}

impl Erases for Klaviyo {
    fn erase<'a>(&'a self, handle: &'a str, now_s: i64) -> BoxFuture<'a, Result<Erased, Trouble>> {
        async move {
            Self::erase(self, &Address::new(handle.to_owned())).await?;
            Ok(Erased::UnderWay { task: now_s.to_string(), again_s: LOOK_AFTER_S })
        }
        .boxed()
    }

    fn standing<'a>(
        &'a self,
        handle: &'a str,
        task: &'a str,
        now_s: i64,
    ) -> BoxFuture<'a, Result<Erased, Trouble>> {
        async move {
            if !self.is_known(&Address::new(handle.to_owned())).await? {
                let receipt = "deleted for good; the address is not known there any more".to_owned();
                return Ok(Erased::Done { receipt });
            }
            let asked_s = task.parse().unwrap_or(0);
            if now_s - asked_s >= ASK_ANEW_AFTER_S {
                return Erases::erase(self, handle, now_s).await;
            }
            Ok(Erased::UnderWay { task: task.to_owned(), again_s: LOOK_AFTER_S })
        }
        .boxed()
    }
}

impl Check for Klaviyo {
    fn check(&self, now_s: i64, _: &str) -> BoxFuture<'_, Result<(), String>> {
        async move {
            match Self::suppressed_since(self, now_s).await {
                Ok(_) => Ok(()),
                Err(error) => Err(format!("{error}: check the key, and that it may read profiles")),
            }
        }
        .boxed()
    }
}

impl From<KlaviyoError> for ListsError {
    fn from(error: KlaviyoError) -> Self {
        match error {
            KlaviyoError::Withdrawn => Self::Withdrawn,
            other => Self::Trouble(other.into()),
        }
    }
}

impl CallError for KlaviyoError {
    fn away(&self) -> Option<(String, Option<u64>)> {
        match self {
            Self::Away { why, retry_after_s } => Some((why.clone(), *retry_after_s)),
            // It is our own book that cannot be read just now.
            Self::Unsure(error) => Some((error.to_string(), None)),
            _ => None,
        }
    }
}

fn event(email: &Address, bought: &Bought) -> Event {
    let currency = bought.currency.for_purpose::<purpose::Marketing>().clone();
    let value = |minor| main_unit(minor, &currency);
    Event {
        unique_id: bought.order.for_purpose::<purpose::Marketing>().clone(),
        email: email.clone(),
        metric: Personal::new(PLACED_ORDER.to_owned()),
        at_s: bought.at_s,
        film: bought.film.clone(),
        order: Some(bought.order.clone()),
        items: Vec::new(),
        amount: Some(Amount {
            value: bought.amount_minor.clone().map::<purpose::Marketing, _>(value),
            currency: bought.currency.clone(),
        }),
    }
}

fn main_unit(amount_minor: i64, currency: &str) -> f64 {
    let amount = amount_minor as f64;
    if UNDIVIDED.contains(&currency) { amount } else { amount / 100.0 }
}

fn kept_out(one: Suppressed) -> KeptOut {
    let by = match one.reason {
        Reason::Unsubscribed => KeptOutBy::Themselves,
        Reason::SpamComplaint => KeptOutBy::Complaint,
        Reason::HardBounce | Reason::InvalidEmail => KeptOutBy::Bounce,
        Reason::Suppressed => KeptOutBy::Hand,
    };
    KeptOut { email: one.email, by, at_s: one.at_s }
}
