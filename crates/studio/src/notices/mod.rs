//! Telling people of a policy that is to come: one mail to each account, before it holds.

mod rows;

use policy::{Policy, Subject};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use sea_orm::{QueryOrder, QuerySelect};

use crate::accounts::rows::{State, accounts};
use crate::mail::Message;
use crate::{AccountId, Result, Studio, boxed};

/// Accounts told in one go.
const BATCH: u64 = 100;

/// Tells every account that was not told yet. Interrupted, it goes on with those who are left.
#[boxed]
pub(crate) async fn tell(studio: &Studio) -> Result<()> {
    let now = studio.now_ms();
    let Some(next) = studio.policies().upcoming(now) else { return Ok(()) };
    let version = next.effective.to_string();
    let (mut told, mut last) = (0, String::new());
    loop {
        let already = Query::select()
            .column(rows::Column::AccountId)
            .from(rows::Entity)
            .and_where(rows::Column::Policy.eq(version.as_str()))
            .to_owned();
        let left = accounts::Entity::find()
            .filter(accounts::Column::State.is_in([State::Active, State::Restricted]))
            .filter(accounts::Column::Id.not_in_subquery(already))
            .filter(accounts::Column::Id.gt(last.as_str()))
            .order_by_asc(accounts::Column::Id)
            .limit(BATCH)
            .all(studio.db().read())
            .await?;
        if left.is_empty() {
            if told > 0 {
                tracing::info!(told, policy = version, "accounts were told of a new policy");
            }
            return Ok(());
        }
        for account in left {
            last.clone_from(&account.id);
            let message = message(studio.policy(), next, &account.language);
            let notice = rows::ActiveModel {
                account_id: Set(account.id.clone()),
                policy: Set(version.clone()),
                told_at_ms: Set(now),
            };
            let tx = studio.db().begin().await?;
            rows::Entity::insert(notice).exec_without_returning(&tx).await?;
            let written = studio.mail().write(&tx, &AccountId::stored(account.id), &message).await;
            // One that fails keeps nobody else from being told.
            if let Err(error) = written {
                tracing::error!(%error, "an account was not told of a new policy yet; it is tried again in an hour");
                continue;
            }
            tx.commit().await?;
            told += 1;
        }
    }
}

/// Whether a consent given under today's wording stops counting with a version.
pub(crate) fn asks_again(today: &Policy, next: &Policy) -> bool {
    !next.consent.counts.contains(&today.wording(Subject::Cookies).version)
}

pub(crate) fn message(today: &Policy, next: &Policy, language: &str) -> Message {
    let day = next.effective;
    let summary = next.summary.in_language(language);
    let [subject, first, second, again, button, after] = match language {
        "de" => [
            format!("Unsere Datenschutzerklärung ändert sich am {day}"),
            format!("Ab {day} gilt eine neue Fassung unserer Datenschutzerklärung. Kurz gesagt: {summary}"),
            "Sie können sie schon jetzt lesen und nebeneinander sehen, was hinzukommt und was wegfällt.".into(),
            "Sie betrifft etwas, in das Sie eingewilligt haben. Ab diesem Tag zählt Ihre frühere Einwilligung nicht mehr. Wo das Gesetz vorher eine Einwilligung verlangt, fragen wir Sie neu, und tun Sie nichts, bleibt alles Freiwillige aus.".into(),
            "Sehen, was sich ändert".to_owned(),
            "Sind Sie nicht einverstanden, können Sie Ihre Einwilligung jederzeit widerrufen oder uns schreiben. Sonst müssen Sie nichts tun.".into(),
        ],
        "fr" => [
            format!("Notre politique de confidentialité change le {day}"),
            format!("À partir du {day}, une nouvelle version de notre politique de confidentialité s’applique. En bref : {summary}"),
            "Vous pouvez la lire dès maintenant et voir côte à côte ce qui s’ajoute et ce qui disparaît.".into(),
            "Elle touche à une chose à laquelle vous avez consenti. À partir de ce jour, votre ancien accord ne compte plus. Là où la loi exige un accord préalable, nous vous le redemandons et, si vous ne faites rien, tout ce qui est facultatif reste désactivé.".into(),
            "Voir ce qui change".to_owned(),
            "Si vous n’êtes pas d’accord, vous pouvez retirer votre consentement à tout moment ou nous écrire. Vous n’avez rien d’autre à faire.".into(),
        ],
        "es" => [
            format!("Nuestra política de privacidad cambia el {day}"),
            format!("Desde el {day} se aplica una nueva versión de nuestra política de privacidad. En resumen: {summary}"),
            "Puede leerla ya y ver una al lado de otra lo que se añade y lo que desaparece.".into(),
            "Afecta a algo que usted consintió. Desde ese día su consentimiento anterior ya no cuenta. Donde la ley exige un consentimiento previo, se lo volvemos a pedir y, si no hace nada, todo lo opcional queda desactivado.".into(),
            "Ver qué cambia".to_owned(),
            "Si no está de acuerdo, puede retirar su consentimiento cuando quiera o escribirnos. No tiene que hacer nada más.".into(),
        ],
        _ => [
            format!("Our privacy policy changes on {day}"),
            format!("From {day} a new version of our privacy policy applies. In short: {summary}"),
            "You can read it now and see side by side what is added and what goes.".into(),
            "It touches something you consented to. From that day your earlier consent no longer counts. Where the law wants consent first, we ask you again, and if you do nothing, everything optional stays off.".into(),
            "See what changes".to_owned(),
            "If you do not agree, you can withdraw your consent at any time, or write to us. You need do nothing else.".into(),
        ],
    };
    let paragraphs = [Some(first), Some(second), asks_again(today, next).then_some(again)];
    Message {
        kind: "policy-changes",
        subject,
        paragraphs: paragraphs.into_iter().flatten().collect(),
        button: Some((button, format!("/privacy/{day}/changes"))),
        afterwards: vec![after],
        ..Message::default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::db::testing::on_both_configured;

    /// The policy in the program once more, in force from another day, with another wording of the banner.
    fn next() -> (String, policy::Files) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policy/2026-05-22");
        let mut files = BTreeMap::new();
        for entry in walk(std::path::Path::new(folder)) {
            let name = entry.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            files.insert(name, std::fs::read_to_string(&entry).unwrap());
        }
        let edit = |files: &mut policy::Files, file: &str, from: &str, to: &str| {
            let text = files.get_mut(file).unwrap();
            assert!(text.contains(from), "{file} has no {from}");
            *text = text.replace(from, to);
        };
        edit(&mut files, "policy.toml", "effective = \"2026-05-22\"", "effective = \"2026-07-01\"");
        edit(&mut files, "policy.toml", "counts = [\"cookies-1\"]", "counts = [\"cookies-2\"]");
        edit(&mut files, "policy.toml", "The first version.", "A messenger is new.");
        edit(&mut files, "wordings.toml", "version = \"cookies-1\"", "version = \"cookies-2\"");
        ("2026-07-01".into(), files)
    }

    fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
        }
        found
    }

    #[test]
    fn proves_s16_2_everybody_is_told_once_before_a_new_policy_holds() {
        let with_next = |config: &mut crate::Config| {
            config.policies = policy::Policies::embedded().with([next()]).unwrap();
        };
        on_both_configured(with_next, async |kit| {
            for name in ["anna", "ben", "cleo"] {
                kit.account(&format!("{name}@example.org")).await;
            }
            let letters = async || {
                let mails = kit.studio.mail().list(100).await.unwrap();
                mails.into_iter().filter(|mail| mail.kind == "policy-changes").collect::<Vec<_>>()
            };
            let before = letters().await.len();
            kit.studio.tidy().await.unwrap();
            kit.studio.tidy().await.unwrap();
            let told = letters().await;
            assert_eq!(told.len() - before, 3, "each account once");
            let text = &told[0].letter.text;
            assert!(text.contains("2026-07-01") && text.contains("A messenger is new."), "{text}");
            assert!(text.contains("your earlier consent no longer counts"), "{text}");
            assert!(text.contains("/privacy/2026-07-01/changes"));
            assert_eq!(kit.studio.policy().effective.to_string(), "2026-05-22");
            kit.clock.advance(60 * crate::clock::DAY_MS);
            assert_eq!(kit.studio.policy().effective.to_string(), "2026-07-01");
        });
    }
}
