//! Passes: whoever opened the page of a shared film may have its parts for some hours, by addresses that hold a token
//! which we sealed ourselves. No cookie is needed, and the link's own secret does not stand in them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use vault::Place;

use super::{Shares, missing, rows};
use crate::clock::HOUR_MS;
use crate::{Error, Result, boxed};

/// A pass works for so long: an evening with the film, and again after a pause.
pub(super) const PASS_MS: i64 = 4 * HOUR_MS;
const PLACE: Place<'_> = Place { table: "shares", row: "pass", column: "token" };

#[derive(Serialize, Deserialize)]
struct Pass {
    share: String,
    ends_at_ms: i64,
}

impl Shares<'_> {
    /// A pass to what a share shows.
    pub(super) fn pass(&self, row: &rows::Model) -> Result<String> {
        let pass = Pass { share: row.id.clone(), ends_at_ms: self.studio.now_ms() + PASS_MS };
        let pass = serde_json::to_vec(&pass).map_err(Error::internal)?;
        let sealed = self.studio.vault().seal_field(self.studio.house_key(), &PLACE, &pass);
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The share that a pass was given for, while it holds.
    #[boxed]
    pub(super) async fn by_pass(&self, pass: &str) -> Result<rows::Model> {
        let studio = self.studio;
        let sealed = URL_SAFE_NO_PAD.decode(pass).map_err(|_| missing())?;
        let plain = studio.vault().open_field(studio.house_key(), &PLACE, &sealed).map_err(|_| missing())?;
        let pass: Pass = serde_json::from_slice(&plain).map_err(|_| missing())?;
        if studio.now_ms() >= pass.ends_at_ms {
            return Err(missing());
        }
        let row = rows::Entity::find_by_id(pass.share).one(studio.db().read()).await?;
        let row = row.filter(|row| self.holds(row)).ok_or_else(missing)?;
        self.key(&row).await?;
        Ok(row)
    }
}
