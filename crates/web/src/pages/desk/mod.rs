//! `/desk`: for who works here. What each may do there says `studio::staff`.

pub(crate) mod attachments;
pub(crate) mod campaign;
pub(crate) mod campaigns;
pub(crate) mod conversations;
pub(crate) mod disputes;
pub(crate) mod enquiries;
pub(crate) mod erasures;
pub(crate) mod figures;
pub(crate) mod gifts;
pub(crate) mod index;
pub(crate) mod jobs;
pub(crate) mod looks;
pub(crate) mod orders;
pub(crate) mod processing;
pub(crate) mod processors;
pub(crate) mod releases;
pub(crate) mod restrictions;
pub(crate) mod sign_in;
pub(crate) mod staff;

use axum::http::StatusCode;
use studio::AccountId;

use crate::oops::{Oops, status_of, words_of};
use crate::visit::{App, Visit};

/// The account with an address that was typed at the desk; or what to say beside the field, and the status.
/// `nobody` are the words for an address without an account.
async fn account_at(
    app: &App,
    visit: &Visit,
    email: &str,
    nobody: &str,
) -> Result<Result<AccountId, (String, StatusCode)>, Oops> {
    match app.studio.accounts().with_address(email).await {
        Ok(account) => Ok(Ok(account)),
        Err(error) if error.code() == "email-invalid" => {
            Ok(Err((words_of(visit.language, &error), status_of(&error))))
        }
        Err(error) if error.code() == "account-not-found" => {
            Ok(Err((visit.text(nobody), StatusCode::UNPROCESSABLE_ENTITY)))
        }
        Err(error) => Err(error.into()),
    }
}
