//! `/gift`: giving a film away. What it is and buying one, paying, the giver's own page with the card to print and the
//! gift mail; and for whoever was given one, what their code is good for. Whoever has a code has the present, so no page
//! with one leads or tells anything elsewhere.

pub(crate) mod buy;
pub(crate) mod card;
pub(crate) mod mine;
pub(crate) mod pass;
pub(crate) mod stop;
pub(crate) mod till;

use studio::AccountId;
use studio::gifts::{Gift, GiftId, Standing};

use crate::oops::Oops;
use crate::pages::films;
use crate::visit::{App, Visit};

/// A gift of the visitor's, by what stands in the address.
async fn found(app: &App, account: &AccountId, gift: &str) -> Result<Gift, Oops> {
    let gift = GiftId::parse(gift).ok_or_else(Oops::not_found)?;
    Ok(app.studio.gifts().find(account, &gift).await?)
}

/// What a pass is good for: a film's title, or any film.
pub(in crate::pages) fn title_of(app: &App, visit: &Visit, film: Option<&str>) -> String {
    film.map_or_else(|| visit.text("gift-any"), |slug| films::title_of(app, visit, slug))
}

/// How a gift or a pass stands, in words.
pub(in crate::pages) fn standing(visit: &Visit, standing: Standing) -> String {
    match standing {
        Standing::Unpaid => visit.text("gift-unpaid"),
        Standing::Good => visit.text("gift-good"),
        Standing::Used => visit.text("gift-used"),
        Standing::Expired => visit.text("gift-expired"),
        Standing::Returning => visit.text("gift-returning"),
        Standing::Returned => visit.text("gift-returned"),
        Standing::Revoked => visit.text("gift-revoked"),
    }
}

/// The last day on which a pass is good.
pub(in crate::pages) fn last_day(visit: &Visit, expires_at_ms: i64) -> String {
    visit.day(expires_at_ms - 1)
}
