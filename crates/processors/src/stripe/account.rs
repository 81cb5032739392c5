//! Our account at Stripe, as the configuration has it, and the roles that it takes: the till, whoever deletes a
//! customer, and what Stripe tells by itself.

use std::sync::Arc;

use egress::Egress;
use futures::future::BoxFuture;
use policy::ProcessorId;
use serde::Deserialize;

use super::webhook::EVENTS;
use super::wire::Endpoint;
use super::{HostedTill, HostedTillError, News as Told, StripeSettings, StripeTill, WebhookError, Webhooks};
use crate::Secret;
use crate::connected::{self, Connected};
use crate::role::{Check, Erased, Erases, Hook, HookError, News, Opened, Trouble};
use crate::setting::Setting;

/// An id that no checkout has: asking for it tells whether we are let in.
const NO_CHECKOUT: &str = "cs_test_0";
/// Where the site's webhook for Stripe is.
const HOOK: &str = "/webhooks/stripe";

/// The fields. Keys and secrets are shown nowhere: there is no `Debug`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// The secret key (`sk_…`), or a restricted one (`rk_…`).
    secret_key: Secret,
    /// The secrets of the webhook's address (`whsec_…`): two while one is changed.
    webhook_secrets: Setting<Vec<String>>,
    /// Whether real money is meant; the key must be of the same mode. Assumed: no.
    live: Option<Setting<bool>>,
    /// What stands on the page and the receipt as the thing bought: the same for everybody.
    product_name: Option<String>,
    /// What the address of a page begins with, where the account has a host of its own for it.
    pages: Option<String>,
}

/// The secrets of the webhook's address; Stripe's begin alike.
fn webhook_secrets(setting: Setting<Vec<String>>) -> Result<Vec<Secret>, String> {
    let wrong = "webhook_secrets must be the secrets of the webhook's address, whsec_…";
    let secrets = setting.several(wrong)?;
    if !secrets.iter().all(|secret| secret.starts_with("whsec_")) {
        return Err(wrong.to_owned());
    }
    Ok(secrets.into_iter().map(Secret::new).collect())
}

/// Whether a key is one of real money; `None` when it is no secret key.
fn is_of_real_money(key: &str) -> Option<bool> {
    let mode = key.strip_prefix("sk_").or_else(|| key.strip_prefix("rk_"))?;
    if mode.starts_with("live_") {
        return Some(true);
    }
    mode.starts_with("test_").then_some(false)
}

/// Whether a page may begin so: with TLS, or on this machine for trials.
fn leads_to_pages(address: &str) -> bool {
    let is_here = ["http://127.0.0.1:", "http://localhost:"].iter().any(|here| address.starts_with(here));
    (address.starts_with("https://") || is_here)
        && address.ends_with('/')
        && !address.contains(['@', '?', '#'])
}

impl connected::Account for Account {
    fn connect(self, egress: &Egress, to: &mut Connected) -> Result<(), String> {
        let key = self.secret_key.reveal().trim();
        let is_live =
            is_of_real_money(key).ok_or("secret_key must be the account's secret key, sk_… or rk_…")?;
        let is_meant = self.live.map_or(Ok(false), |live| live.read("live must be true or false"))?;
        if is_live != is_meant {
            return Err(match is_live {
                true => "secret_key is one of real money: set live = true, or take the key of the test mode"
                    .to_owned(),
                false => "live is true, but secret_key is of the test mode".to_owned(),
            });
        }
        let mut settings =
            StripeSettings::new(Secret::new(key), is_live, webhook_secrets(self.webhook_secrets)?);
        if let Some(name) = self.product_name {
            if name.trim().is_empty() {
                return Err("product_name must not be empty: it stands on the receipt".to_owned());
            }
            settings.product_name = name.trim().to_owned();
        }
        if let Some(pages) = self.pages {
            if !leads_to_pages(&pages) {
                return Err("pages must be how the pages' addresses begin, https://…/".to_owned());
            }
            settings.pages = pages;
        }
        let webhooks = settings.webhooks();
        let till = Arc::new(StripeTill::new(egress.clone(), settings));
        to.hooks.insert(ProcessorId::Stripe, Arc::new(webhooks));
        to.erases.insert(ProcessorId::Stripe, till.clone());
        to.checks.insert(ProcessorId::Stripe, till.clone());
        to.till = Some(till);
        Ok(())
    }
}

impl Check for StripeTill {
    fn check(&self, _: i64, site: &str) -> BoxFuture<'_, Result<(), String>> {
        let hook = format!("{site}{HOOK}");
        Box::pin(async move {
            match self.find(NO_CHECKOUT).await {
                Ok(_) => {}
                Err(HostedTillError::NoEntry { status }) => {
                    return Err(format!("Stripe does not let us in ({status}): look at secret_key"));
                }
                Err(error) => return Err(error.to_string()),
            }
            match self.endpoints().await {
                Ok(endpoints) => hears_all(&endpoints, &hook),
                // A restricted key that is good for the rest need not be good for this.
                Err(HostedTillError::NoEntry { status: 403 }) => Ok(()),
                Err(error) => Err(error.to_string()),
            }
        })
    }
}

/// Whether one of the addresses is our webhook's, and all that is read there is sent to each that is. Those of other
/// sites at the same account are not looked at.
fn hears_all(endpoints: &[Endpoint], hook: &str) -> Result<(), String> {
    let ours: Vec<&Endpoint> = endpoints.iter().filter(|endpoint| endpoint.leads_to(hook)).collect();
    if ours.is_empty() {
        return Err(format!("Stripe has no webhook that is enabled and leads to {hook}: set it up there"));
    }
    let missing: Vec<&str> =
        EVENTS.into_iter().filter(|kind| !ours.iter().all(|endpoint| endpoint.is_told(kind))).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("the webhook at Stripe does not send all events: add {} there", missing.join(", ")))
}

impl Erases for StripeTill {
    fn erase<'a>(&'a self, handle: &'a str, _: i64) -> BoxFuture<'a, Result<Erased, Trouble>> {
        Box::pin(async move {
            let receipt = self.delete_customer(handle).await?;
            Ok(Erased::Done { receipt })
        })
    }
}

impl Hook for Webhooks {
    fn open<'a>(
        &'a self,
        header: &'a (dyn Fn(&str) -> Option<String> + Send + Sync),
        body: &'a [u8],
        now_s: i64,
    ) -> BoxFuture<'a, Result<Opened, HookError>> {
        let event = Self::open(self, header("stripe-signature").as_deref(), body, now_s);
        let opened = event
            .map(|event| Opened { id: event.id, news: news(event.news).into_iter().collect() })
            .map_err(|error| match error {
                WebhookError::Malformed => HookError::Malformed(error.to_string()),
                other => HookError::NotBelieved(other.to_string()),
            });
        Box::pin(std::future::ready(opened))
    }
}

/// What there is to look at again.
fn news(told: Told) -> Option<News> {
    match told {
        Told::Checkout(checkout) => Some(News::Checkout { checkout: checkout.id }),
        // A part that was given back by hand is between the operator and the parent.
        Told::Refunded { payment: Some(payment), amount_minor, refunded_minor, .. }
            if refunded_minor >= amount_minor =>
        {
            Some(News::Refund { payment })
        }
        Told::RefundChanged { payment: Some(payment), .. } => Some(News::Refund { payment }),
        Told::Disputed { dispute, payment, amount_minor, currency, reason, is_inquiry, .. } => {
            Some(News::Dispute { dispute, payment, amount_minor, currency, reason, is_inquiry })
        }
        Told::Refunded { .. } | Told::RefundChanged { .. } | Told::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_whether_it_is_of_real_money() {
        for (key, real) in [
            ("sk_live_51a", Some(true)),
            ("rk_live_51a", Some(true)),
            ("sk_test_51a", Some(false)),
            ("pk_live_51a", None),
            ("whsec_51a", None),
            ("", None),
        ] {
            assert_eq!(is_of_real_money(key), real, "{key}");
        }
    }

    #[test]
    fn webhook_secrets_are_told_from_keys() {
        let read = |text: &str| webhook_secrets(Setting::Said(text.to_owned()));
        let two = read("whsec_a, whsec_b,").unwrap();
        assert_eq!(two.iter().map(Secret::reveal).collect::<Vec<_>>(), ["whsec_a", "whsec_b"]);
        for wrong in ["", "sk_live_a", "whsec_a,sk_live_a"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn pages_have_tls_or_are_on_this_machine() {
        for good in
            ["https://checkout.stripe.com/", "https://pay.films.example/", "http://127.0.0.1:8430/c/pay/"]
        {
            assert!(leads_to_pages(good), "{good}");
        }
        for wrong in ["http://films.example/", "https://films.example", "https://a@films.example/", "/c/pay/"]
        {
            assert!(!leads_to_pages(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_was_given_back_in_part_is_no_news() {
        let told = |refunded_minor| Told::Refunded {
            payment: Some("pi_1".into()),
            charge: "ch_1".into(),
            amount_minor: 1900,
            refunded_minor,
            currency: "EUR".into(),
        };
        assert_eq!(news(told(1900)), Some(News::Refund { payment: "pi_1".into() }));
        assert_eq!(news(told(900)), None);
        let changed = Told::RefundChanged { refund: "re_1".into(), payment: Some("pi_1".into()) };
        assert_eq!(news(changed), Some(News::Refund { payment: "pi_1".into() }));
    }
}
