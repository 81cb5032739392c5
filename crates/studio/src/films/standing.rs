//! How the shots of a film stand: those of the family's own and those that copies share, as one list. Looks at rows
//! alone and changes nothing.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::ShotState;
use super::rows::{shared_shots, shots};
use crate::Result;

/// A shot as it stands, shared or not.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Standing {
    pub place: usize,
    pub key: String,
    pub shared: bool,
    /// Whether it is a shared one without a row: that was forgotten as used by nobody while the order that uses it was
    /// entered.
    pub is_missing: bool,
    pub state: ShotState,
    pub object: Option<String>,
    pub bytes: Option<i64>,
    pub starts: i32,
    pub claimed_until_ms: Option<i64>,
    pub not_before_ms: i64,
}

impl Standing {
    pub fn claimable(&self, now_ms: i64) -> bool {
        match self.state {
            ShotState::Waiting => self.not_before_ms <= now_ms,
            ShotState::Making => self.claimed_until_ms.is_none_or(|until| until < now_ms),
            ShotState::Ready | ShotState::Failed => false,
        }
    }
}

/// All shots of a film in its order; a shared one stands as its shared row does.
pub(super) async fn standing(db: &impl ConnectionTrait, film: &str) -> Result<Vec<Standing>> {
    let own = shots::Entity::find()
        .filter(shots::Column::FilmId.eq(film))
        .order_by_asc(shots::Column::Place)
        .all(db)
        .await?;
    let keys: Vec<&str> = own.iter().filter(|shot| shot.shared).map(|shot| shot.shot_key.as_str()).collect();
    let shared = match keys.is_empty() {
        true => Vec::new(),
        false => {
            shared_shots::Entity::find().filter(shared_shots::Column::ShotKey.is_in(keys)).all(db).await?
        }
    };
    let standing = own.into_iter().map(|shot| {
        let common = shared.iter().find(|row| shot.shared && row.shot_key == shot.shot_key);
        match common {
            Some(row) => Standing {
                place: shot.place as usize,
                key: shot.shot_key,
                shared: true,
                is_missing: false,
                state: row.state,
                object: None,
                bytes: row.bytes,
                starts: row.starts,
                claimed_until_ms: row.claimed_until_ms,
                not_before_ms: row.not_before_ms,
            },
            None => Standing {
                place: shot.place as usize,
                key: shot.shot_key,
                shared: shot.shared,
                is_missing: shot.shared,
                state: shot.state,
                object: shot.object,
                bytes: shot.bytes,
                starts: shot.starts,
                claimed_until_ms: shot.claimed_until_ms,
                not_before_ms: shot.not_before_ms,
            },
        }
    });
    Ok(standing.collect())
}
