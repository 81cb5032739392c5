//! Telling people of a policy that is to come: one mail to each account, before it holds. Who could not be told before
//! is told afterwards.

mod rows;

use policy::{Policy, Subject};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use sea_orm::{QueryOrder, QuerySelect};

use crate::accounts::rows::{State, accounts};
use crate::mail::{self, Message};
use crate::{AccountId, Result, Studio, boxed};

/// Accounts told in one go.
const BATCH: u64 = 100;
/// Accounts that are told of a version that holds already in one run; the others are told in the next ones.
const LATE_MAX: u64 = 2_000;

/// Tells every account that was not told yet of a version to come; and of the one that holds those who had their account
/// before: a version that was published on its day or after it holds at once.
#[boxed]
pub(crate) async fn tell(studio: &Studio) -> Result<()> {
    let (policies, now) = (studio.policies(), studio.now_ms());
    if let Some(next) = policies.upcoming(now) {
        let words = |language: &str| message(studio.policy(), next, language);
        tell_of(studio, next, accounts::Entity::find(), u64::MAX, words).await?;
    }
    let holds = policies.in_force(now);
    if let Some(before) = policies.before(holds) {
        let older =
            accounts::Entity::find().filter(accounts::Column::CreatedAtMs.lt(holds.effective.start_ms()));
        let words = |language: &str| late_message(before, holds, language);
        tell_of(studio, holds, older, LATE_MAX, words).await?;
    }
    Ok(())
}

/// Tells those of these accounts that were not told of a version yet, and no more than so many. Interrupted, it goes on
/// with those who are left.
async fn tell_of(
    studio: &Studio,
    policy: &Policy,
    whom: Select<accounts::Entity>,
    most: u64,
    words: impl Fn(&str) -> Result<Message>,
) -> Result<()> {
    let version = policy.effective.to_string();
    let (mut told, mut last) = (0, String::new());
    while told < most {
        let already = Query::select()
            .column(rows::Column::AccountId)
            .from(rows::Entity)
            .and_where(Expr::cust("policy_notices.account_id = accounts.id"))
            .and_where(rows::Column::Policy.eq(version.as_str()))
            .to_owned();
        let left = whom
            .clone()
            .filter(accounts::Column::State.is_in([State::Active, State::Restricted]))
            .filter(Expr::not_exists(already))
            .filter(accounts::Column::Id.gt(last.as_str()))
            .order_by_asc(accounts::Column::Id)
            .limit(BATCH.min(most - told))
            .all(studio.db().read())
            .await?;
        if left.is_empty() {
            break;
        }
        for account in left {
            last.clone_from(&account.id);
            let message = words(&account.language)?;
            // One that fails keeps nobody else from being told.
            match tell_one(studio, &AccountId::stored(account.id), &version, &message).await {
                Ok(()) => told += 1,
                Err(error) => {
                    tracing::error!(%error, "an account was not told of a new policy yet; it is tried again in an hour");
                }
            }
        }
    }
    if told > 0 {
        tracing::info!(told, policy = version, "accounts were told of a new policy");
    }
    Ok(())
}

async fn tell_one(studio: &Studio, account: &AccountId, version: &str, message: &Message) -> Result<()> {
    let notice = rows::ActiveModel {
        account_id: Set(account.to_string()),
        policy: Set(version.to_owned()),
        told_at_ms: Set(studio.now_ms()),
    };
    let tx = studio.begin_for(account).await?;
    rows::Entity::insert(notice).exec_without_returning(&tx).await?;
    studio.mail().write(&tx, account, message).await?;
    Ok(tx.commit().await?)
}

/// Whether a consent that counts today stops counting with a version.
pub(crate) fn asks_again(today: &Policy, next: &Policy) -> bool {
    let lapses = |subject| today.counting(subject).any(|wording| !next.counts(subject, &wording.version));
    Subject::LAPSING.into_iter().any(lapses)
}

pub(crate) fn message(today: &Policy, next: &Policy, language: &str) -> Result<Message> {
    let day = mail::day(language, next.effective.start_ms())?;
    let summary = next.summary.in_language(language);
    let [subject, first, second, again, button, after] = match language {
        "de" => [
            format!("Unsere Datenschutzerklärung ändert sich am {day}"),
            format!("Ab dem {day} gilt eine neue Fassung unserer Datenschutzerklärung. Kurz gesagt: {summary}"),
            "Sie können sie schon jetzt lesen und nebeneinander sehen, was hinzukommt und was wegfällt.".into(),
            "Sie betrifft etwas, in das Sie eingewilligt haben. Ab diesem Tag zählt Ihre frühere Einwilligung nicht mehr. Wo das Gesetz vorher eine Einwilligung verlangt, fragen wir Sie neu, und tun Sie nichts, bleibt alles Freiwillige aus.".into(),
            "Sehen, was sich ändert".to_owned(),
            "Sind Sie nicht einverstanden, können Sie Ihre Einwilligung jederzeit widerrufen oder uns schreiben. Sonst müssen Sie nichts tun.".into(),
        ],
        "fr" => [
            format!("Notre politique de confidentialité change le {day}"),
            format!("À partir du {day}, une nouvelle version de notre politique de confidentialité s’applique. En bref : {summary}"),
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
    Ok(letter("policy-changes", (today, next), [subject, first, second, again, button, after]))
}

/// Of a version that holds already to somebody who had their account before and was not told.
fn late_message(before: &Policy, holds: &Policy, language: &str) -> Result<Message> {
    let day = mail::day(language, holds.effective.start_ms())?;
    let summary = holds.summary.in_language(language);
    let [subject, first, second, again, button, after] = match language {
        "de" => [
            format!("Unsere Datenschutzerklärung hat sich am {day} geändert"),
            format!("Seit dem {day} gilt eine neue Fassung unserer Datenschutzerklärung. Es tut uns leid, dass Sie erst jetzt davon erfahren. Kurz gesagt: {summary}"),
            "Sie können sie lesen und nebeneinander sehen, was hinzugekommen und was weggefallen ist.".into(),
            "Sie betrifft etwas, in das Sie eingewilligt haben. Seit diesem Tag zählt Ihre frühere Einwilligung nicht mehr. Wo das Gesetz vorher eine Einwilligung verlangt, fragen wir Sie neu, und tun Sie nichts, bleibt alles Freiwillige aus.".into(),
            "Sehen, was sich geändert hat".to_owned(),
            "Sind Sie nicht einverstanden, können Sie Ihre Einwilligung jederzeit widerrufen oder uns schreiben. Sonst müssen Sie nichts tun.".into(),
        ],
        "fr" => [
            format!("Notre politique de confidentialité a changé le {day}"),
            format!("Depuis le {day}, une nouvelle version de notre politique de confidentialité s’applique. Nous regrettons que vous ne l’appreniez que maintenant. En bref : {summary}"),
            "Vous pouvez la lire et voir côte à côte ce qui s’est ajouté et ce qui a disparu.".into(),
            "Elle touche à une chose à laquelle vous avez consenti. Depuis ce jour, votre ancien accord ne compte plus. Là où la loi exige un accord préalable, nous vous le redemandons et, si vous ne faites rien, tout ce qui est facultatif reste désactivé.".into(),
            "Voir ce qui a changé".to_owned(),
            "Si vous n’êtes pas d’accord, vous pouvez retirer votre consentement à tout moment ou nous écrire. Vous n’avez rien d’autre à faire.".into(),
        ],
        "es" => [
            format!("Nuestra política de privacidad cambió el {day}"),
            format!("Desde el {day} se aplica una nueva versión de nuestra política de privacidad. Lamentamos que lo sepa solo ahora. En resumen: {summary}"),
            "Puede leerla y ver una al lado de otra lo que se ha añadido y lo que ha desaparecido.".into(),
            "Afecta a algo que usted consintió. Desde ese día su consentimiento anterior ya no cuenta. Donde la ley exige un consentimiento previo, se lo volvemos a pedir y, si no hace nada, todo lo opcional queda desactivado.".into(),
            "Ver qué cambió".to_owned(),
            "Si no está de acuerdo, puede retirar su consentimiento cuando quiera o escribirnos. No tiene que hacer nada más.".into(),
        ],
        _ => [
            format!("Our privacy policy changed on {day}"),
            format!("Since {day} a new version of our privacy policy applies. We are sorry that you hear of it only now. In short: {summary}"),
            "You can read it and see side by side what was added and what went.".into(),
            "It touches something you consented to. Since that day your earlier consent no longer counts. Where the law wants consent first, we ask you again, and if you do nothing, everything optional stays off.".into(),
            "See what changed".to_owned(),
            "If you do not agree, you can withdraw your consent at any time, or write to us. You need do nothing else.".into(),
        ],
    };
    Ok(letter("policy-changed", (before, holds), [subject, first, second, again, button, after]))
}

/// What is written of a change from one version to another. Of consents it speaks where they stop counting.
fn letter(kind: &'static str, (from, to): (&Policy, &Policy), words: [String; 6]) -> Message {
    let [subject, first, second, again, button, after] = words;
    let paragraphs = [Some(first), Some(second), asks_again(from, to).then_some(again)];
    Message {
        kind,
        subject,
        paragraphs: paragraphs.into_iter().flatten().collect(),
        button: Some((button, format!("/privacy/{}/changes", to.effective))),
        afterwards: vec![after],
        ..Message::default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use policy::{Country, Ground, Mailing};

    use crate::db::testing::on_both_configured;
    use crate::marketing::{Method, Wish};

    /// The policy in the program once more, in force from another day, with another wording of the banner.
    fn next() -> (String, policy::Files) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policy/2026-05-22");
        let mut files = BTreeMap::new();
        for entry in walk(std::path::Path::new(folder)) {
            let name = entry.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            files.insert(name, std::fs::read_to_string(&entry).unwrap());
        }
        edit(&mut files, "policy.toml", "effective = \"2026-05-22\"", "effective = \"2026-07-01\"");
        edit(&mut files, "policy.toml", "counts = [\"cookies-1\"]", "counts = [\"cookies-2\"]");
        edit(&mut files, "policy.toml", "The first version.", "A messenger is new.");
        edit(&mut files, "wordings.toml", "version = \"cookies-1\"", "version = \"cookies-2\"");
        ("2026-07-01".into(), files)
    }

    fn edit(files: &mut policy::Files, file: &str, from: &str, to: &str) {
        let text = files.get_mut(file).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        *text = text.replace(from, to);
    }

    /// The same with another wording of what marketing mail is; the one of today counts no more.
    fn next_with_news() -> (String, policy::Files) {
        let (day, mut files) = next();
        let before = "[[wordings]]\nsubject = \"customer\"";
        let words = policy::LANGUAGES.map(|code| format!("{code} = \"News and a magazine.\"\n")).concat();
        let new = "[[wordings]]\nsubject = \"marketing\"\nversion = \"marketing-2\"\n[wordings.text]\n";
        edit(&mut files, "wordings.toml", before, &format!("{new}{words}\n{before}"));
        edit(&mut files, "policy.toml", "[\"cookies-2\"]", "[\"cookies-2\", \"marketing-2\"]");
        (day, files)
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
            assert!(text.contains("From 1 July 2026") && text.contains("A messenger is new."), "{text}");
            assert!(text.contains("your earlier consent no longer counts"), "{text}");
            assert!(text.contains("/privacy/2026-07-01/changes"));
            assert_eq!(kit.studio.policy().effective.to_string(), "2026-05-22");
            kit.clock.advance(60 * crate::clock::DAY_MS);
            assert_eq!(kit.studio.policy().effective.to_string(), "2026-07-01");
            kit.studio.tidy().await.unwrap();
            let mails = kit.studio.mail().list(100).await.unwrap();
            assert!(mails.iter().all(|mail| mail.kind != "policy-changed"), "who was told is told once");
        });
    }

    #[test]
    fn proves_s16_2_who_agreed_to_mail_under_words_that_count_no_more_gets_none_until_they_agree_anew() {
        let with_next = |config: &mut crate::Config| {
            config.policies = policy::Policies::embedded().with([next_with_news()]).unwrap();
        };
        on_both_configured(with_next, async |kit| {
            let (studio, marketing) = (&kit.studio, kit.studio.marketing());
            let anna = kit.account("anna@example.org").await;
            let agree = async |wording: &str| {
                marketing.subscribe(&anna, Method::Settings, wording, Country::parse("FR")).await
            };
            let stands = async || {
                let db = studio.db().read();
                let ground = marketing.ground(db, &anna, Mailing::ProductUpdate).await.unwrap();
                (ground, marketing.wish(&anna).await.unwrap())
            };
            agree("marketing-1").await.unwrap();
            assert_eq!(stands().await, (Some(Ground::Consent), Some(Wish::Agreed)));
            assert!(super::asks_again(studio.policy(), studio.policies().version("2026-07-01").unwrap()));
            kit.clock.advance(60 * crate::clock::DAY_MS);
            assert_eq!(studio.policy().effective.to_string(), "2026-07-01");
            assert_eq!(stands().await, (None, Some(Wish::Lapsed)));
            assert_eq!(marketing.send_due().await.unwrap(), 0, "nobody is called back who does not agree");
            assert!(marketing.asks_at_till(&anna).await.unwrap());
            assert_eq!(agree("marketing-1").await.unwrap_err().code(), "wording-changed");
            agree("marketing-2").await.unwrap();
            assert_eq!(stands().await, (Some(Ground::Consent), Some(Wish::Agreed)));
            assert_eq!(marketing.send_due().await.unwrap(), 1);
        });
    }

    #[test]
    fn proves_s16_2_who_could_not_be_told_before_is_told_once_afterwards() {
        let with_next = |config: &mut crate::Config| {
            config.policies = policy::Policies::embedded().with([next()]).unwrap();
        };
        on_both_configured(with_next, async |kit| {
            for name in ["anna", "ben"] {
                kit.account(&format!("{name}@example.org")).await;
            }
            // As if it was published when its day was over.
            kit.clock.advance(60 * crate::clock::DAY_MS);
            let holds = kit.studio.policy();
            assert_eq!(holds.effective.to_string(), "2026-07-01");
            kit.account("cleo@example.org").await;
            for _ in 0..2 {
                super::tell(&kit.studio).await.unwrap();
            }
            let mails = kit.studio.mail().list(100).await.unwrap();
            let told: Vec<_> = mails.iter().filter(|mail| mail.kind == "policy-changed").collect();
            let mut whom: Vec<_> = told.iter().map(|mail| mail.letter.to.as_str()).collect();
            whom.sort_unstable();
            assert_eq!(whom, ["anna@example.org", "ben@example.org"], "not who came afterwards");
            let text = &told[0].letter.text;
            assert!(text.contains("Since 1 July 2026") && text.contains("A messenger is new."), "{text}");
            assert!(text.contains("Since that day your earlier consent no longer counts"), "{text}");
            assert!(mails.iter().all(|mail| mail.kind != "policy-changes"));
            let before = kit.studio.policies().before(holds).unwrap();
            let subject = |language: &&str| super::late_message(before, holds, language).unwrap().subject;
            let subjects: std::collections::BTreeSet<_> = policy::LANGUAGES.iter().map(subject).collect();
            assert_eq!(subjects.len(), policy::LANGUAGES.len());
            let days = ["1 July 2026", "1. Juli 2026", "1er juillet 2026", "1 de julio de 2026"];
            let told = |day: &&str| subjects.iter().any(|subject| subject.contains(*day));
            assert!(days.iter().all(told), "{subjects:?}");
        });
    }
}
