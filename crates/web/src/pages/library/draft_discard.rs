//! POST `/library/drafts/{order}/discard`: throws a half-finished order away.

use axum::extract::{Path, State};
use axum::response::Response;
use studio::orders::OrderId;

use crate::oops::Oops;
use crate::visit::{App, Customer, Visit};

/// Thrown away twice is thrown away.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(order): Path<String>,
) -> Result<Response, Oops> {
    let order = OrderId::parse(&order).ok_or_else(Oops::not_found)?;
    app.studio.orders().discard(&account, &order).await?;
    Ok(visit.go("/library?done=draft"))
}
