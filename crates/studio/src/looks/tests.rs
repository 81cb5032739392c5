use super::*;
use crate::db::testing::{Kit, Painted, on_both, on_both_configured};
use crate::photos::GuardianAffirmation;

const REASON: &str = "The parent wrote that the face is cut off.";

async fn worker(kit: &Kit, email: &str, role: Role) -> Worker {
    let account = kit.account(email).await;
    kit.studio.staff().grant(&account, role).await.unwrap();
    Worker { account: Some(account), role }
}

fn operator() -> Worker {
    Worker { account: None, role: Role::Operator }
}

async fn with_photo(kit: &Kit) -> (AccountId, PhotoId) {
    let owner = kit.account("owner@example.org").await;
    let affirmed = Some(GuardianAffirmation { wording: "guardian-1".into() });
    let photo = kit.studio.photos().upload(&owner, &Painted::photo(1), affirmed).await;
    (owner, photo.unwrap().id)
}

#[test]
fn proves_s11_3_g_2_a_look_has_a_reason_a_second_person_an_end_and_is_told_to_the_owner() {
    on_both(async |kit| {
        let (looks, (owner, photo)) = (kit.studio.looks(), with_photo(kit).await);
        let support = worker(kit, "support@example.org", Role::Support).await;
        let officer = worker(kit, "officer@example.org", Role::PrivacyOfficer).await;
        let maker = worker(kit, "maker@example.org", Role::FilmMaker).await;
        // Who has no business with it, and who gives no reason, gets nowhere.
        for who in [&maker, &operator()] {
            assert_eq!(looks.ask(who, &owner, REASON).await.unwrap_err().code(), "look-not-found");
        }
        assert_eq!(looks.ask(&support, &owner, "because").await.unwrap_err().code(), "reason-short");
        let look = looks.ask(&support, &owner, REASON).await.unwrap();
        let opened = async |who: &Worker| looks.photo(who, &look, &photo).await.map(drop);
        assert_eq!(opened(&support).await.unwrap_err().code(), "look-over", "nobody has approved it");
        assert_eq!(looks.approve(&support, &look).await.unwrap_err().code(), "look-not-found");
        // Who asked cannot approve, even who approves others'.
        let own = looks.ask(&officer, &owner, REASON).await.unwrap();
        assert_eq!(looks.approve(&officer, &own).await.unwrap_err().code(), "look-own");
        looks.end(&officer, &own).await.unwrap();
        assert_eq!(looks.approve(&operator(), &own).await.map(drop).ok(), Some(()));
        assert_eq!(looks.things(&officer, &own).await.err().unwrap().code(), "look-over", "it was ended");

        // Nor can the owner, who may work here too.
        let owners = worker(kit, "another@example.org", Role::PrivacyOfficer).await;
        let theirs = looks.ask(&support, owners.account.as_ref().unwrap(), REASON).await.unwrap();
        assert_eq!(looks.approve(&owners, &theirs).await.unwrap_err().code(), "look-own");
        let listed = looks.at_desk(&owners).await.unwrap();
        assert!(listed.iter().find(|listed| listed.look.id == theirs).is_some_and(|one| !one.may_approve));
        looks.end(&support, &theirs).await.unwrap();

        looks.approve(&officer, &look).await.unwrap();
        looks.approve(&operator(), &look).await.unwrap();
        let told = kit.studio.mail().list(9).await.unwrap();
        let told: Vec<_> = told.iter().filter(|mail| mail.kind == "look-approved").collect();
        assert_eq!(told.len(), 1, "the owner is told once");
        assert!(told[0].letter.text.contains(REASON) && told[0].letter.to.contains("owner@example.org"));
        assert_eq!(opened(&officer).await.unwrap_err().code(), "look-not-found", "it is not theirs");
        assert_eq!(looks.things(&support, &look).await.unwrap().photos.len(), 1);
        assert_eq!(looks.of_owner(&owner).await.unwrap()[1].opened, [], "a list of names is no access");
        opened(&support).await.unwrap();
        opened(&support).await.unwrap();
        let seen = looks.of_owner(&owner).await.unwrap();
        assert_eq!(seen.len(), 2, "also the one that was never opened");
        assert_eq!(seen[1].opened, [(Thing::Photo, kit.studio.now_ms())]);
        assert_eq!((seen[1].reason.as_str(), seen[1].role), (REASON, Role::Support));

        kit.clock.advance(LOOK_MS - 1);
        opened(&support).await.unwrap();
        looks.goes_on(&support, &look).await.unwrap();
        kit.clock.advance(1);
        assert_eq!(opened(&support).await.unwrap_err().code(), "look-over");
        assert_eq!(looks.goes_on(&support, &look).await.unwrap_err().code(), "look-over");
        // The owner ends one at once; somebody else's photo is never in it.
        let look = looks.ask(&support, &owner, REASON).await.unwrap();
        looks.approve(&officer, &look).await.unwrap();
        let other = kit.account("other@example.org").await;
        looks.end_by_owner(&other, &look).await.unwrap();
        assert_eq!(looks.things(&support, &look).await.unwrap().photos.len(), 1);
        looks.end_by_owner(&owner, &look).await.unwrap();
        assert_eq!(looks.photo(&support, &look, &photo).await.unwrap_err().code(), "look-over");
        assert_eq!(looks.at_desk(&support).await.unwrap().len(), 3);
        assert_eq!(looks.at_desk(&operator()).await.unwrap().len(), 4);
    });
}

#[test]
fn one_person_is_enough_where_the_configuration_says_so() {
    on_both_configured(
        |config| config.looks_need_two = false,
        async |kit| {
            let (owner, photo) = with_photo(kit).await;
            let support = worker(kit, "support@example.org", Role::Support).await;
            let look = kit.studio.looks().ask(&support, &owner, REASON).await.unwrap();
            kit.studio.looks().photo(&support, &look, &photo).await.unwrap();
            // Data that are only stored are not looked at either.
            kit.studio.accounts().restrict(&owner).await.unwrap();
            let refused = kit.studio.looks().photo(&support, &look, &photo).await.unwrap_err();
            assert_eq!(refused.code(), "purpose-not-allowed");
            assert_eq!(kit.studio.looks().of_owner(&owner).await.unwrap().len(), 1);
        },
    );
}
