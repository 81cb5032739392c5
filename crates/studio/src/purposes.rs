//! What data is used for. Whoever opens an account's data names a purpose of the policy; whether it may be pursued
//! now is decided here, once for all: the policy in force must name it, its legal basis must hold for this account,
//! and an account that is about to end is left alone.

use policy::{Basis, Choosable, Ground, Mailing, Purpose, PurposeId};
use sea_orm::ConnectionTrait;
use vault::DataKey;

use crate::accounts::rows::{State, accounts};
use crate::{AccountId, Error, Result, Studio, boxed, keys, releases};

impl Studio {
    /// Opens an account's data key for a purpose.
    ///
    /// # Errors
    /// `account-not-found`; `purpose-not-allowed` when the policy in force does not name the purpose or its legal
    /// basis does not hold for this account.
    #[boxed]
    pub async fn data_key(&self, account: &AccountId, purpose: PurposeId) -> Result<DataKey> {
        Ok(self.open_account(self.db().read(), account, purpose).await?.1)
    }

    /// The same with the account's row, within a transaction.
    pub(crate) async fn open_account(
        &self,
        db: &impl ConnectionTrait,
        account: &AccountId,
        purpose: PurposeId,
    ) -> Result<(accounts::Model, DataKey)> {
        let named = self.pursue(purpose)?.clone();
        let (row, key) = keys::of_account(db, self.vault(), account).await?;
        if row.state == State::Erasing {
            return Err(Error::not_found("account-not-found"));
        }
        if !state_allows(row.state, purpose) {
            return Err(not_allowed(purpose));
        }
        let holds = match (named.basis, named.choice) {
            (Basis::Contract | Basis::LegalObligation, _) => true,
            (Basis::Consent, Some(Choosable::Marketing)) => {
                self.marketing_ground(db, account).await? == Some(Ground::Consent)
            }
            (Basis::Consent, Some(Choosable::Promotion)) => releases::any_holds(self, db, account).await?,
            // Nothing that is agreed to in a browser is kept with an account.
            (Basis::Consent, _) => false,
            (Basis::LegitimateInterests, _) if purpose == PurposeId::CustomerMarketing => {
                self.marketing_ground(db, account).await?.is_some()
            }
            (Basis::LegitimateInterests, _) => true,
        };
        if holds { Ok((row, key)) } else { Err(not_allowed(purpose)) }
    }

    /// That the policy in force names a purpose: without that nothing is done for it.
    ///
    /// # Errors
    /// `purpose-not-allowed`.
    pub(crate) fn pursue(&self, purpose: PurposeId) -> Result<&Purpose> {
        self.policy().purpose(purpose).ok_or_else(|| not_allowed(purpose))
    }

    async fn marketing_ground(
        &self,
        db: &impl ConnectionTrait,
        account: &AccountId,
    ) -> Result<Option<Ground>> {
        // The kinds of mail have the same grounds; any of them stands for all.
        self.marketing().ground(db, account, Mailing::ProductUpdate).await
    }
}

/// The purpose that a ground of marketing stands for.
pub(crate) fn of_ground(ground: Ground) -> PurposeId {
    match ground {
        Ground::Consent => PurposeId::Marketing,
        Ground::Customer => PurposeId::CustomerMarketing,
    }
}

fn state_allows(state: State, purpose: PurposeId) -> bool {
    use PurposeId::{Account, Law, ServiceMessages};
    match state {
        State::Active => true,
        // Not confirmed yet: only what confirming takes.
        State::Pending => matches!(purpose, Account | ServiceMessages),
        // Only stored: what its owner needs to sign in and to lift that, and the law.
        State::Restricted => matches!(purpose, Account | ServiceMessages | Law),
        // About to end: only what taking that back takes, and the law.
        State::Leaving => matches!(purpose, Account | ServiceMessages | Law),
        State::Erasing => false,
    }
}

fn not_allowed(purpose: PurposeId) -> Error {
    let sentence = "This is not done with your data at present. Nothing was changed.";
    Error::conflict("purpose-not-allowed", sentence).with_detail(format!("for {purpose}"))
}

/// The program as it is written, for tests that look at that.
#[cfg(test)]
pub(crate) mod testing {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    /// What each file of this crate has for the program, by its path below `src`. Files that only tests have are left
    /// out, and so is what the others have for tests alone.
    pub(crate) fn sources() -> BTreeMap<String, String> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut folders = vec![source.clone()];
        let (mut files, mut of_tests) = (BTreeMap::new(), Vec::<PathBuf>::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "rs") {
                    let (own, modules) = without_tests(&std::fs::read_to_string(&path).unwrap());
                    let is_head = path.ends_with("mod.rs") || path.ends_with("lib.rs");
                    let below = if is_head { folder.clone() } else { path.with_extension("") };
                    of_tests.extend(modules.iter().map(|module| below.join(module)));
                    files.insert(path, own);
                }
            }
        }
        let is_own = |path: &Path| !of_tests.iter().any(|module| path.with_extension("").starts_with(module));
        files
            .into_iter()
            .filter(|(path, _)| is_own(path))
            .map(|(path, own)| (path.strip_prefix(&source).unwrap().display().to_string(), own))
            .collect()
    }

    /// A file without its items that only tests have, and which modules it declares for them in other files. Items at the
    /// margin, which end at the margin.
    pub(super) fn without_tests(text: &str) -> (String, Vec<String>) {
        let mut parts = text.split("\n#[cfg(test)]\n");
        let (mut own, mut modules) = (parts.next().unwrap_or_default().to_owned(), Vec::new());
        for part in parts {
            own.push('\n');
            let (line, after) = part.split_once('\n').unwrap_or((part, ""));
            match line.strip_suffix(';').and_then(|line| line.split_once("mod ")) {
                Some((_, module)) => {
                    modules.push(module.to_owned());
                    own.push_str(after);
                }
                None => own.push_str(part.split_once("\n}\n").map_or("", |(_, after)| after)),
            }
        }
        (own, modules)
    }
}

#[cfg(test)]
mod tests {
    use policy::Country;

    use super::*;
    use crate::db::testing::{Kit, on_both};
    use crate::marketing::Method;

    async fn allowed(kit: &Kit, account: &AccountId) -> Vec<PurposeId> {
        let mut allowed = Vec::new();
        for purpose in PurposeId::ALL {
            match kit.studio.data_key(account, *purpose).await {
                Ok(_) => allowed.push(*purpose),
                Err(error) => assert_eq!(error.code(), "purpose-not-allowed"),
            }
        }
        allowed
    }

    #[test]
    fn proves_s3_1_data_is_opened_for_a_purpose_whose_legal_basis_holds_and_for_no_other() {
        on_both(async |kit| {
            let (studio, account) = (&kit.studio, kit.account("anna@example.org").await);
            let by_basis = |bases: &[Basis]| -> Vec<PurposeId> {
                let holds = |id: &PurposeId| bases.contains(&studio.policy().purpose(*id).unwrap().basis);
                PurposeId::ALL.iter().copied().filter(holds).collect()
            };
            // Without any consent: never for a purpose that rests on it, nor for marketing to customers by
            // somebody who bought nothing.
            let plain = allowed(kit, &account).await;
            let mut expected =
                by_basis(&[Basis::Contract, Basis::LegalObligation, Basis::LegitimateInterests]);
            expected.retain(|purpose| *purpose != PurposeId::CustomerMarketing);
            assert_eq!(plain, expected);
            // Agreeing opens exactly what was agreed to.
            let wording = "marketing-1";
            studio
                .marketing()
                .subscribe(&account, Method::Settings, wording, Country::parse("FR"))
                .await
                .unwrap();
            let agreed = allowed(kit, &account).await;
            let more: Vec<_> = agreed.iter().filter(|purpose| !plain.contains(purpose)).collect();
            assert_eq!(more, [&PurposeId::Marketing, &PurposeId::CustomerMarketing]);
            studio.marketing().stop(&account, Method::Settings).await.unwrap();
            assert_eq!(allowed(kit, &account).await, plain, "and taking it back closes it");
            // An account that is about to end is left alone.
            studio.accounts().leave(&account).await.unwrap();
            assert_eq!(
                allowed(kit, &account).await,
                [PurposeId::Account, PurposeId::ServiceMessages, PurposeId::Law]
            );
        });
    }

    #[test]
    fn proves_s3_1_s4_1_every_purpose_of_the_policy_is_named_by_the_code_that_pursues_it() {
        let text: String = testing::sources().into_values().collect();
        for purpose in PurposeId::ALL {
            assert!(text.contains(&format!("PurposeId::{purpose:?}")), "{purpose}");
        }
    }

    #[test]
    fn what_only_tests_have_is_no_source() {
        let text = "//! A.\n\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\npub(crate) mod testing;\nmod b;\n\n\
            #[cfg(test)]\n#[boxed]\nfn c() {\n    d();\n}\n\nfn e() {}\n\n#[cfg(test)]\nmod tests {\n    f();\n}\n";
        let (own, modules) = testing::without_tests(text);
        let own: Vec<&str> = own.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(own, ["//! A.", "mod b;", "fn e() {}"]);
        assert_eq!(modules, ["tests", "testing"]);
        let sources = testing::sources();
        for name in ["films/making/renditions/mod.rs", "films/mod.rs", "purposes.rs"] {
            assert!(sources.contains_key(name), "{name}");
        }
        for name in ["films/testing.rs", "films/second_tests.rs", "marketing/year.rs", "siblings/post.rs"] {
            assert!(!sources.contains_key(name), "{name}");
        }
    }
}
