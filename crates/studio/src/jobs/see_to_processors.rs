//! Whatever there is to do with processors: what they told is worked off, what they are to be told is told, what they
//! are to delete is asked for. It is done in lanes that wait for nothing of each other: a processor that takes its time
//! holds up what is in its own lane alone. One part that fails or panics holds up no other; each looks whether something
//! of it is due.

use policy::ProcessorId;
use processors::Connected;
use sea_orm::{ColumnTrait, Condition};

use super::apart;
use crate::webhooks::rows::Column::Processor;
use crate::{Studio, boxed};

/// What is seen to together, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// What was promised to people: who is let go of, deletions, erasures. They wait for nothing that is only of use.
    Promises,
    /// Payments.
    Money,
    /// Shots that are painted outside, and copies of films that are shown from there.
    Films,
    /// The messenger.
    Talk,
    /// Mailing lists, and then usage of those who agreed: nobody who wants no more mail waits for figures.
    Numbers,
}

impl Lane {
    /// All of them.
    pub(super) const ALL: [Self; 5] = [Self::Promises, Self::Money, Self::Films, Self::Talk, Self::Numbers];

    /// Those that have something to wait for. What there is to do in the others is done with promises.
    pub(super) fn used(connected: &Connected) -> Vec<Self> {
        Self::ALL.into_iter().filter(|lane| lane.is_used(connected)).collect()
    }

    /// Whether a processor is connected that it is for. Promises are kept whoever is connected.
    fn is_used(self, connected: &Connected) -> bool {
        match self {
            Self::Promises => true,
            Self::Money => connected.till.is_some(),
            Self::Films => {
                connected.streaming.is_some() || connected.stills.is_some() || connected.painter.is_some()
            }
            Self::Talk => connected.messenger.is_some(),
            Self::Numbers => connected.lists.is_some() || !connected.analytics.is_empty(),
        }
    }

    /// The processors whose news are worked off in it.
    fn processors(self, connected: &Connected) -> Vec<ProcessorId> {
        let taken = match self {
            Self::Money => [connected.till.as_ref().map(|one| one.processor()), None],
            Self::Films => [
                connected.streaming.as_ref().map(|one| one.processor()),
                connected.painter.as_ref().map(|one| one.processor()),
            ],
            Self::Talk => [connected.messenger.as_ref().map(|one| one.processor()), None],
            Self::Promises | Self::Numbers => [None, None],
        };
        taken.into_iter().flatten().collect()
    }

    /// Of a delivery: it is worked off in this lane. Promises are also what comes from all others. `None`: no delivery is.
    fn told(self, connected: &Connected) -> Option<Condition> {
        let ids = |lane: Self| lane.processors(connected).into_iter().map(|id| id.to_string());
        if self == Self::Promises {
            return Some(Condition::all().add(Processor.is_not_in(Self::ALL.into_iter().flat_map(ids))));
        }
        let own: Vec<String> = ids(self).collect();
        (!own.is_empty()).then(|| Condition::all().add(Processor.is_in(own)))
    }
}

/// Sees to one lane; behind promises also to those that are not used, as nobody works on them.
pub(super) async fn run(studio: &Studio, lane: Lane) {
    see_to(studio, lane).await;
    if lane == Lane::Promises {
        for other in Lane::ALL {
            if !other.is_used(studio.connected()) {
                see_to(studio, other).await;
            }
        }
    }
}

#[boxed]
async fn see_to(studio: &Studio, lane: Lane) {
    if let Some(told) = lane.told(studio.connected()) {
        apart("webhooks", studio.webhooks().carry_on(told)).await;
    }
    match lane {
        Lane::Promises => {
            // Who is let go of is deleted in the same run.
            apart("people", studio.accounts().carry_on()).await;
            apart("handles", studio.handles().carry_on()).await;
            apart("erasures", studio.erasures().carry_on()).await;
        }
        Lane::Money => apart("till", studio.till().carry_on()).await,
        Lane::Films => {
            apart("streams", studio.streams().carry_on()).await;
            apart("generated", studio.generated().carry_on()).await;
        }
        Lane::Talk => apart("messenger", studio.messenger().carry_on()).await,
        Lane::Numbers => {
            apart("lists", studio.lists().carry_on()).await;
            apart("analytics", studio.analytics().carry_on()).await;
        }
    }
}

/// Sees to all of them, one after the other.
pub(super) async fn run_all(studio: &Studio) {
    for lane in Lane::ALL {
        see_to(studio, lane).await;
    }
}
