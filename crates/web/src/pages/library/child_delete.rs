//! `/library/children/{child}/delete`: asks once, then deletes the profile.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::html;
use studio::ChildId;

use super::{confirm, shelf};
use crate::oops::Oops;
use crate::visit::{App, Owner, Visit, with_cache_emptied};

/// GET: the question.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
    Path(child): Path<String>,
) -> Result<Response, Oops> {
    let child = ChildId::parse(&child).ok_or_else(Oops::not_found)?;
    let child = if visit.restricted().is_some() {
        app.studio.children().stored_one(&account, &child).await?
    } else {
        app.studio.children().get(&account, &child).await?
    };
    let what = html! { bdi { (child.name) } };
    Ok(confirm(&visit, "child-delete", &what, &format!("/library/children/{}/delete", child.id)))
}

/// POST: deletes.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
    Path(child): Path<String>,
) -> Result<Response, Oops> {
    let child = ChildId::parse(&child).ok_or_else(Oops::not_found)?;
    app.studio.children().delete(&account, &child).await?;
    Ok(with_cache_emptied(visit.go(&format!("{}?done=child", shelf(&visit)))))
}
