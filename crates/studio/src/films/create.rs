//! A paid order becomes a film: its rows, and a job for each shot that is not there yet.

use std::collections::BTreeSet;

use cinema::Effort;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use vault::DataKey;

use super::making::plan::plan_in;
use super::making::shared;
use super::persona::place;
use super::rows::{films, shared_shots, shots};
use super::{FilmId, FilmState, Persona, ShotState, Show};
use crate::generated::Planned as GeneratedShot;
use crate::jobs::{self, Job};
use crate::{AccountId, Error, Result, Studio};

/// A film that is about to be entered: all that takes time is done before the transaction begins.
pub(crate) struct NewFilm {
    film: films::ActiveModel,
    id: FilmId,
    shots: Vec<shots::ActiveModel>,
    shared: Vec<shared_shots::ActiveModel>,
    generated: Vec<GeneratedShot>,
}

impl NewFilm {
    /// Plans the film of an order for a persona. Of `ready` are the keys of shots that were made ahead
    /// ([`shared::ready`]); what all copies share and is not there is made while the family waits.
    pub fn plan(
        studio: &Studio,
        key: &DataKey,
        show: &Show,
        persona: &Persona,
        account: &AccountId,
        order: &crate::orders::rows::orders::Model,
        ready: &BTreeSet<String>,
    ) -> Result<Self> {
        let id = studio.new_id();
        let now = studio.now_ms();
        let options = serde_json::to_vec(&persona.options).map_err(Error::internal)?;
        let second = persona.second.as_ref();
        let second_name = second
            .map(|hero| studio.vault().seal_field(key, &place(&id, "second_name"), hero.name.as_bytes()));
        let film = films::ActiveModel {
            id: Set(id.clone()),
            account_id: Set(account.to_string()),
            order_id: Set(order.id.clone()),
            film: Set(show.slug().to_owned()),
            film_version: Set(show.film().info().version as i32),
            language: Set(persona.language.clone()),
            state: Set(FilmState::Making),
            child_id: Set(order.child_id.clone()),
            photo_id: Set(order.photo_id.clone()),
            name_sealed: Set(studio.vault().seal_field(key, &place(&id, "name"), persona.name.as_bytes())),
            options_sealed: Set(studio.vault().seal_field(key, &place(&id, "options"), &options)),
            second_child_id: Set(second.and(order.second_child_id.clone())),
            second_photo_id: Set(second.and(order.second_photo_id.clone())),
            second_name_sealed: Set(second_name),
            revision: Set(0),
            wanted_shot: Set(0),
            stopped_s: Set(None),
            mp4_object: Set(None),
            mp4_bytes: Set(None),
            finish_attempts: Set(0),
            created_at_ms: Set(now),
            first_shot_at_ms: Set(None),
            ready_at_ms: Set(None),
        };
        let generated = studio.generated().plan(show, &id, order);
        // One that is painted outside is not free to be made before its time is over.
        let free_at = |place: usize| {
            generated.iter().find(|shot| shot.place == place).map_or(now, |shot| shot.until_ms)
        };
        let mut plan = plan_in(show, persona, show.own(), Effort::Fast);
        for (quick, well) in plan.iter_mut().zip(plan_in(show, persona, show.own(), Effort::Best)) {
            if ready.contains(&well.key) {
                *quick = well;
            }
        }
        let shared = plan
            .iter()
            .filter(|shot| shot.shared)
            .map(|shot| shared::row(show, &persona.language, shot.place, shot.key.clone(), now))
            .collect();
        let shots = plan.into_iter().map(|shot| shots::ActiveModel {
            film_id: Set(id.clone()),
            place: Set(shot.place as i32),
            shot_key: Set(shot.key),
            shared: Set(shot.shared),
            state: Set(ShotState::Waiting),
            object: Set(None),
            bytes: Set(None),
            painted: Set(false),
            starts: Set(0),
            failures: Set(0),
            claim: Set(None),
            claimed_until_ms: Set(None),
            not_before_ms: Set(free_at(shot.place)),
        });
        let shots = shots.collect();
        Ok(Self { film, shots, shared, generated, id: FilmId::stored(id) })
    }

    /// The film's id.
    pub fn id(&self) -> &FilmId {
        &self.id
    }

    /// Enters it in the transaction that turns the order.
    pub async fn insert(self, studio: &Studio, tx: &impl ConnectionTrait) -> Result<()> {
        films::Entity::insert(self.film).exec_without_returning(tx).await?;
        let places = self.shots.len();
        shots::Entity::insert_many(self.shots).exec_without_returning(tx).await?;
        if !self.shared.is_empty() {
            shared::insert_anew(tx, self.shared).await?;
        }
        studio.generated().insert(tx, &self.id, self.generated).await?;
        for place in 0..places {
            jobs::ask(tx, studio, Job::MakeShot { film: self.id.clone(), place }).await?;
        }
        Ok(())
    }
}
