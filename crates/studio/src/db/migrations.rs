//! The list of migrations, in order. They lie in `/migrations`; each is written once and never
//! changed after a release.

use sea_orm_migration::prelude::*;

#[path = "../../../../migrations/m0001_accounts.rs"]
mod m0001_accounts;
#[path = "../../../../migrations/m0002_films.rs"]
mod m0002_films;
#[path = "../../../../migrations/m0003_policy.rs"]
mod m0003_policy;
#[path = "../../../../migrations/m0004_conversations.rs"]
mod m0004_conversations;
#[path = "../../../../migrations/m0006_erasures.rs"]
mod m0006_erasures;
#[path = "../../../../migrations/m0007_marketing.rs"]
mod m0007_marketing;
#[path = "../../../../migrations/m0008_rights.rs"]
mod m0008_rights;
#[path = "../../../../migrations/m0009_cases.rs"]
mod m0009_cases;
#[path = "../../../../migrations/m0010_staff.rs"]
mod m0010_staff;
#[path = "../../../../migrations/m0011_attachments.rs"]
mod m0011_attachments;
#[path = "../../../../migrations/m0012_indexes.rs"]
mod m0012_indexes;
#[path = "../../../../migrations/m0013_passkeys.rs"]
mod m0013_passkeys;
#[path = "../../../../migrations/m0014_processors.rs"]
mod m0014_processors;
#[path = "../../../../migrations/m0015_checkouts.rs"]
mod m0015_checkouts;
#[path = "../../../../migrations/m0016_streams.rs"]
mod m0016_streams;
#[path = "../../../../migrations/m0017_analytics.rs"]
mod m0017_analytics;
#[path = "../../../../migrations/m0018_lists.rs"]
mod m0018_lists;
#[path = "../../../../migrations/m0019_messenger.rs"]
mod m0019_messenger;
#[path = "../../../../migrations/m0020_people.rs"]
mod m0020_people;
#[path = "../../../../migrations/m0021_generated.rs"]
mod m0021_generated;
#[path = "../../../../migrations/m0022_shares.rs"]
mod m0022_shares;
#[path = "../../../../migrations/m0023_strays.rs"]
mod m0023_strays;
#[path = "../../../../migrations/m0024_campaigns.rs"]
mod m0024_campaigns;
#[path = "../../../../migrations/m0025_gifts.rs"]
mod m0025_gifts;
#[path = "../../../../migrations/m0026_desk.rs"]
mod m0026_desk;
#[path = "../../../../migrations/m0027_second_hero.rs"]
mod m0027_second_hero;
#[path = "../../../../migrations/m0028_renditions.rs"]
mod m0028_renditions;
#[path = "../../../../migrations/m0029_gift_day.rs"]
mod m0029_gift_day;
#[path = "../../../../migrations/m0030_sides.rs"]
mod m0030_sides;
#[path = "../../../../migrations/m0031_case_steps_by.rs"]
mod m0031_case_steps_by;
#[path = "../../../../migrations/m0032_case_addresses.rs"]
mod m0032_case_addresses;
#[path = "../../../../migrations/m0033_said_last.rs"]
mod m0033_said_last;
#[path = "../../../../migrations/m0034_marketing_years.rs"]
mod m0034_marketing_years;
#[path = "../../../../migrations/m0035_due.rs"]
mod m0035_due;
#[path = "../../../../migrations/m0037_forgotten.rs"]
mod m0037_forgotten;
#[path = "../../../../migrations/m0038_seen.rs"]
mod m0038_seen;
#[path = "../../../../migrations/m0039_passes_said.rs"]
mod m0039_passes_said;
#[path = "../../../../migrations/m0040_gifts_revoked.rs"]
mod m0040_gifts_revoked;
#[path = "../../../../migrations/m0041_case_conversations.rs"]
mod m0041_case_conversations;
#[path = "../../../../migrations/m0042_gift_mails_delivered.rs"]
mod m0042_gift_mails_delivered;

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_accounts::Migration),
            Box::new(m0002_films::Migration),
            Box::new(m0003_policy::Migration),
            Box::new(m0004_conversations::Migration),
            Box::new(m0006_erasures::Migration),
            Box::new(m0007_marketing::Migration),
            Box::new(m0008_rights::Migration),
            Box::new(m0009_cases::Migration),
            Box::new(m0010_staff::Migration),
            Box::new(m0011_attachments::Migration),
            Box::new(m0012_indexes::Migration),
            Box::new(m0013_passkeys::Migration),
            Box::new(m0014_processors::Migration),
            Box::new(m0015_checkouts::Migration),
            Box::new(m0017_analytics::Migration),
            Box::new(m0018_lists::Migration),
            Box::new(m0016_streams::Migration),
            Box::new(m0020_people::Migration),
            Box::new(m0021_generated::Migration),
            Box::new(m0022_shares::Migration),
            Box::new(m0019_messenger::Migration),
            Box::new(m0024_campaigns::Migration),
            Box::new(m0023_strays::Migration),
            Box::new(m0025_gifts::Migration),
            Box::new(m0026_desk::Migration),
            Box::new(m0027_second_hero::Migration),
            Box::new(m0028_renditions::Migration),
            Box::new(m0029_gift_day::Migration),
            Box::new(m0030_sides::Migration),
            Box::new(m0031_case_steps_by::Migration),
            Box::new(m0032_case_addresses::Migration),
            Box::new(m0033_said_last::Migration),
            Box::new(m0034_marketing_years::Migration),
            Box::new(m0035_due::Migration),
            Box::new(m0037_forgotten::Migration),
            Box::new(m0038_seen::Migration),
            Box::new(m0039_passes_said::Migration),
            Box::new(m0040_gifts_revoked::Migration),
            Box::new(m0041_case_conversations::Migration),
            Box::new(m0042_gift_mails_delivered::Migration),
        ]
    }
}
