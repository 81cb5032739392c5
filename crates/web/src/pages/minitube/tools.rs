//! What stands under a player once its script runs: beginning anew, a small window, the quality, the described version, and
//! the keys. Without a script none of it shows, and the browser's own player has what it has.

use maud::{Markup, html};

use crate::visit::Visit;

/// All of it. The script shows what works in this browser and with this film.
pub(in crate::pages) fn tools(visit: &Visit) -> Markup {
    html! {
        div.stack.tight data-tools hidden {
            div.row {
                button.button.quiet.small type="button" data-from-start hidden { (visit.text("player-from-start")) }
                button.button.quiet.small type="button" data-small-window aria-pressed="false" hidden { (visit.text("player-small-window")) }
                button.button.quiet.small type="button" data-describe aria-pressed="false" hidden { (visit.text("player-described")) }
                label.quality data-quality hidden {
                    span.hint { (visit.text("player-quality")) }
                    select.input { option value="-1" { (visit.text("player-quality-auto")) } }
                }
            }
            p.described data-described-line aria-live="polite" hidden {}
            (keys(visit))
        }
    }
}

/// Single letters can be switched off: whoever steers by voice would press them all the time.
fn keys(visit: &Visit) -> Markup {
    let space = visit.text("player-key-space");
    let keys: [(&[&str], String, bool); 6] = [
        (&[space.as_str()], visit.text("player-key-play"), false),
        (&["←", "→"], visit.text("player-key-seek"), false),
        (&["F"], visit.text("player-key-fill"), false),
        (&["C"], visit.text("player-key-captions"), false),
        (&["P"], visit.text("player-small-window"), true),
        (&["M"], visit.text("player-key-mute"), false),
    ];
    html! {
        div.keys.hint {
            div.tick { input #player-keys type="checkbox" checked data-keys; label for="player-keys" { (visit.text("player-keys")) } }
            ul {
                @for (names, what, is_small_window) in &keys {
                    li data-small-window-key[*is_small_window] hidden[*is_small_window] {
                        @for name in *names { kbd { (name) } " " }
                        (what)
                    }
                }
            }
        }
    }
}
