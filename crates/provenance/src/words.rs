//! The same in words, for people whose player reads no marks.

/// What a player shows as a film's comment, in the film's language.
pub fn words(language: &str) -> &'static str {
    match language {
        "de" => {
            "Synthetische Medien: Ein Programm hat diesen Film gezeichnet und zusammengesetzt. Nichts daran wurde gefilmt."
        }
        "fr" => "Média de synthèse : un programme a dessiné et assemblé ce film. Rien n’y a été filmé.",
        "es" => {
            "Contenido sintético: un programa ha dibujado y montado esta película. Nada en ella se ha filmado."
        }
        _ => "Synthetic media: a program drew this film and put it together. Nothing in it was filmed.",
    }
}
