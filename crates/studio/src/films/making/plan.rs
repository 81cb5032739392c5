//! Which shots a film is made of for somebody: the key of each, and whether all copies share it. Looks at nothing but
//! the film.

use cinema::Effort;

use crate::films::{Persona, Show, Variant};

/// A shot of a film that is to be made for a persona.
pub(in crate::films) struct Planned {
    pub place: usize,
    pub key: String,
    pub shared: bool,
}

/// The keys of all shots of a film for a persona in one of its sizes. Those that all copies share are made with an
/// effort.
pub(in crate::films) fn plan_in(
    show: &Show,
    persona: &Persona,
    variant: &Variant,
    effort: Effort,
) -> Vec<Planned> {
    let nobody = Persona::nobody(&persona.language);
    let shots = show.film().shots().iter().enumerate();
    shots
        .map(|(place, shot)| {
            let shared = !shot.is_personal_for(&persona.cast());
            let (who, effort) = if shared { (&nobody, effort) } else { (persona, Effort::Fast) };
            let key = show.segment_key_in(place, who, variant, effort);
            Planned { place, key, shared }
        })
        .collect()
}
