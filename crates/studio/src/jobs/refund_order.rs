//! Gives the money of a failed order back and says so by mail.

use crate::orders::OrderId;
use crate::{Result, Studio, boxed};

/// Does nothing when it was given back already.
#[boxed]
pub(super) async fn run(studio: &Studio, order: &OrderId) -> Result<()> {
    studio.orders().refund(order).await
}
