//! A studio for a test, on a fresh SQLite file and, when `MINISTUDIO_TEST_POSTGRES` names a
//! server, on a fresh PostgreSQL database as well: every test of the rules runs on both.

use std::sync::Arc;

use futures::future::BoxFuture;
use intake::{Accepted, Clip, ClipRefused, Refused};
use likeness::{CutOut, Face, Refusal};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sqlx::Connection;

use crate::accounts::SignUp;
use crate::films::Catalogue;
use crate::films::testing::catalogue;
use crate::photos::eyes::Eyes;
use crate::sessions::{self, Session};
use crate::staff::{Role, Worker};
use crate::{AccountId, Client, Config, Manual, Outside, SeededRandom, Studio};

/// The day the tests begin at: 2026-05-22, noon (UTC).
pub(crate) const NOON_MS: i64 = 1_779_451_200_000;

/// A studio with a clock that stands still and randomness that repeats.
pub(crate) struct Kit {
    pub studio: Studio,
    pub clock: Arc<Manual>,
    /// Where its data lie.
    pub folder: tempfile::TempDir,
}

/// Runs a test on each database there is.
pub(crate) fn on_both(body: impl AsyncFn(&Kit)) {
    on_both_with(|_| (), body);
}

/// The same, with some parts replaced.
pub(crate) fn on_both_with(change: impl Fn(&mut Outside), body: impl AsyncFn(&Kit)) {
    on_both_seen_by(Arc::new(Painted), change, body);
}

/// The same, configured otherwise.
pub(crate) fn on_both_configured(configure: impl Fn(&mut Config), body: impl AsyncFn(&Kit)) {
    on_both_in(Arc::new(Painted), catalogue, |_| (), configure, body);
}

/// The same, with some parts replaced besides.
pub(crate) fn on_both_where(
    change: impl Fn(&mut Outside),
    configure: impl Fn(&mut Config),
    body: impl AsyncFn(&Kit),
) {
    on_both_in(Arc::new(Painted), catalogue, change, configure, body);
}

/// The same, with other eyes.
pub(crate) fn on_both_seen_by(eyes: Arc<dyn Eyes>, change: impl Fn(&mut Outside), body: impl AsyncFn(&Kit)) {
    on_both_in(eyes, catalogue, change, |_| (), body);
}

/// The same, with other films.
pub(crate) fn on_both_of_films(
    catalogue: fn() -> Catalogue,
    change: impl Fn(&mut Outside),
    body: impl AsyncFn(&Kit),
) {
    on_both_in(Arc::new(Painted), catalogue, change, |_| (), body);
}

/// On SQLite alone, with some parts replaced: for what is long and whose queries other tests run on both.
pub(crate) fn on_sqlite_with(change: impl Fn(&mut Outside), body: impl AsyncFn(&Kit)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let eyes: Arc<dyn Eyes> = Arc::new(Painted);
    runtime.block_on(async {
        body(&Kit::new(None, &eyes, catalogue, &change, &|_: &mut Config| ()).await).await
    });
}

fn on_both_in(
    eyes: Arc<dyn Eyes>,
    catalogue: fn() -> Catalogue,
    change: impl Fn(&mut Outside),
    configure: impl Fn(&mut Config),
    body: impl AsyncFn(&Kit),
) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        body(&Kit::new(None, &eyes, catalogue, &change, &configure).await).await;
        let Ok(server) = std::env::var("MINISTUDIO_TEST_POSTGRES") else {
            eprintln!("MINISTUDIO_TEST_POSTGRES is not set: only SQLite was tested");
            return;
        };
        let name = format!("studio_{:032x}", u128::from_be_bytes(fresh()));
        let (before, _) = server.rsplit_once('/').expect("an address with a database");
        on_server(&server, &format!("CREATE DATABASE {name}")).await;
        let kit = Kit::new(Some(format!("{before}/{name}")), &eyes, catalogue, &change, &configure).await;
        body(&kit).await;
        drop(kit);
        on_server(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
    });
}

/// Random bytes that differ between tests, unlike those of a kit.
fn fresh() -> [u8; 16] {
    let random: Arc<dyn vault::Random> = Arc::new(vault::SystemRandom::default());
    random.bytes()
}

pub(crate) async fn on_server(server: &str, statement: &str) {
    let mut connection = sqlx::PgConnection::connect(server).await.expect("the test server answers");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.expect("statement");
}

impl Kit {
    async fn new(
        postgres: Option<String>,
        eyes: &Arc<dyn Eyes>,
        catalogue: fn() -> Catalogue,
        change: &impl Fn(&mut Outside),
        configure: &impl Fn(&mut Config),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Manual::at(NOON_MS));
        let mut outside = Outside::embedded();
        outside.clock = clock.clone();
        outside.random = Arc::new(SeededRandom::new(1));
        change(&mut outside);
        let mut config = Config::in_folder(folder.path());
        config.postal_address = "1 Example Road, Exampletown".into();
        if let Some(postgres) = postgres {
            config.database = postgres;
            config.connections_max = 5;
        }
        configure(&mut config);
        let studio = Studio::open_with(config, outside, catalogue(), Arc::clone(eyes)).await.unwrap();
        Self { studio, clock, folder }
    }

    /// A client of its own, so that limits of one do not touch another.
    pub fn client(&self) -> Client {
        Client(format!("client {}", self.studio.new_id()))
    }

    /// Signs up and confirms.
    pub async fn account(&self, email: &str) -> AccountId {
        let accounts = self.studio.accounts();
        let waiting = accounts.sign_up(sign_up_form(email), &self.client()).await.unwrap();
        let code = self.studio.mail().list(1).await.unwrap()[0].letter.text.clone();
        accounts.enter_code(&waiting.secret, &code_in(&code), &self.client()).await.unwrap().account
    }

    /// Whoever runs the studio, at the desk.
    pub fn operator(&self) -> Worker {
        Worker { account: None, role: Role::Operator }
    }

    /// Somebody who has just signed in to an account.
    pub async fn session(&self, account: &AccountId) -> Session {
        let (studio, role) = (&self.studio, sessions::Role::Customer);
        let made = sessions::make(studio, studio.db().write(), Some(account), role).await.unwrap();
        studio.sessions().find(&made.token).await.unwrap().unwrap()
    }

    /// An account that got no mail, for when mails are not local.
    pub async fn account_without_mail(&self, email: &str) -> AccountId {
        crate::accounts::insert_active(&self.studio, email).await
    }

    /// All that stands in a table, bytes as hexadecimal digits.
    pub async fn dump(&self, table: &str) -> String {
        let db = self.studio.db().read();
        let backend = db.get_database_backend();
        let sql = match backend {
            DbBackend::Sqlite => {
                let columns = format!("SELECT name FROM pragma_table_info('{table}')");
                let columns = db.query_all_raw(Statement::from_string(backend, columns)).await.unwrap();
                let names = columns.iter().map(|row| row.try_get::<String>("", "name").unwrap());
                let shown = names.map(|name| {
                    format!("CASE typeof({name}) WHEN 'blob' THEN lower(hex({name})) ELSE COALESCE({name}, '') END")
                });
                let row = shown.collect::<Vec<_>>().join(" || ' ' || ");
                format!("SELECT COALESCE(group_concat({row}, ' '), '') AS dump FROM {table}")
            }
            _ => format!("SELECT COALESCE(string_agg(t::text, ' '), '') AS dump FROM {table} AS t"),
        };
        let dump = Statement::from_string(backend, sql);
        db.query_one_raw(dump).await.unwrap().unwrap().try_get("", "dump").unwrap()
    }

    /// Whether a table holds a text in the open.
    pub async fn shows(&self, table: &str, text: &str) -> bool {
        let dump = self.dump(table).await;
        let in_bytes = crate::hex::hex(text.as_bytes());
        dump.contains(text) || dump.contains(&in_bytes)
    }

    /// Rows in a table.
    pub async fn rows(&self, table: &str) -> i64 {
        let db = self.studio.db().read();
        let count =
            Statement::from_string(db.get_database_backend(), format!("SELECT COUNT(*) AS n FROM {table}"));
        db.query_one_raw(count).await.unwrap().unwrap().try_get("", "n").unwrap()
    }
}

/// A form as an adult fills it in who wants no advertising.
pub(crate) fn sign_up_form(email: &str) -> SignUp {
    SignUp {
        email: email.into(),
        adult: Some("adult-1".into()),
        password: None,
        marketing: None,
        country: None,
        language: "en".into(),
    }
}

/// The six digits in a mail.
pub(crate) fn code_in(text: &str) -> String {
    let is_code = |line: &&str| line.len() == 7 && line.chars().all(|c| c.is_ascii_digit() || c == ' ');
    text.lines().find(is_code).expect("a code").replace(' ', "")
}

/// The token in the link of a mail.
pub(crate) fn token_in(text: &str) -> String {
    let (_, rest) = text.split_once("/sign-in/link/").expect("a link");
    rest.split_whitespace().next().unwrap().to_owned()
}

/// Stands for decoder and face finder in tests of the rules. Its "photos" are text: `faces 2`
/// shows two faces, `blurred` one that is not sharp, `endless` comes to the decoder's limit, anything else is no
/// picture.
pub(crate) struct Painted;

impl Painted {
    /// A photo with some faces.
    pub fn photo(faces: u32) -> Vec<u8> {
        format!("faces {faces}").into_bytes()
    }
}

impl Eyes for Painted {
    fn take_in<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Accepted, Refused>> {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let faces = match text.split_once("faces ") {
            Some((_, faces)) => faces.trim().parse::<u32>().ok(),
            None => (text == "blurred").then_some(99),
        };
        // The number of faces travels as the width.
        let accepted = faces.map(|faces| {
            let (width, height) = (400 + faces, 500);
            let rgb = vec![200; (width * height * 3) as usize];
            Accepted {
                photo: likeness::Photo { width, height, rgb },
                jpeg: format!("clean faces {faces}").into_bytes(),
            }
        });
        let refused = if text == "endless" { Refused::TookTooLong } else { Refused::NotAPicture };
        Box::pin(async move { accepted.ok_or(refused) })
    }

    fn watch(&self, bytes: Vec<u8>, frame: (u32, u32)) -> BoxFuture<'_, Result<Clip, ClipRefused>> {
        Box::pin(async move { Clip::decoded_here(&bytes, frame).await })
    }

    fn faces(&self, photo: &likeness::Photo) -> Result<Vec<Face>, Refusal> {
        let face = |index: u32| Face {
            bounds: [index as f32 * 50.0, 10.0, 40.0, 40.0],
            quarter_turns: 0,
            score: 0.9,
            presence: 0.9,
            eye_distance: 90.0,
            warnings: Vec::new(),
            landmarks: vec![[index as f32, 0.0, 0.0]; 468],
        };
        match photo.width - 400 {
            0 => Err(Refusal::NoFace),
            99 => Err(Refusal::Blurred),
            faces => Ok((0..faces).map(face).collect()),
        }
    }

    fn cut_out(&self, _: &likeness::Photo, face: &Face) -> Result<CutOut, Refusal> {
        let shade = 100 + face.bounds[0] as u8;
        let size = likeness::CUT_OUT_SIZE;
        Ok(CutOut {
            size,
            rgba: [shade, shade, shade, 255].repeat((size * size) as usize),
            landmarks: vec![[384.0, 384.0, 0.0]; likeness::LANDMARKS],
            skin: [shade; 3],
            hair: [20; 3],
            warnings: vec![likeness::Warning::Dark],
        })
    }
}
