//! One more order among few and among many: what it costs may not depend on how many there are. It is all that the server
//! spends from signing up until there is nothing more to do.
//!
//! The many are copies of real ones, so that they stand as orders stand that were made long ago.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, ensure};
use e2e::server::Server;
use e2e::visitor::{Visitor, film_is_whole, order_tiny, sign_up};
use sqlx::{Connection, SqliteConnection};

use crate::crowd;
use crate::figure::{Bar, Figure};
use crate::server::at_rest;

/// Whether many are as many as the goals speak of; each day's run has fewer.
pub static LARGE: AtomicBool = AtomicBool::new(false);
/// Orders before the first that is measured; the shots that all share are made for it.
const FEW: u64 = 1;
/// Orders measured each time; the figure is the one in the middle.
const MEASURED: u64 = 3;

pub fn measure() -> anyhow::Result<Vec<Figure>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(growth())
}

async fn growth() -> anyhow::Result<Vec<Figure>> {
    let many = if LARGE.load(Ordering::Relaxed) { 100_000 } else { 2_000 };
    let many = crowd::from_environment("MINISTUDIO_BENCH_ORDERS", many)?;
    let folder = tempfile::tempdir()?;
    let server = start(folder.path())?;
    for number in 0..FEW {
        order(&server, &format!("early-{number}@example.org")).await?;
    }
    let among_few = cost(&server, "few").await?;
    server.stop()?;
    let there = multiply(folder.path(), many).await?;
    let server = start(folder.path())?;
    let among_many = cost(&server, "many").await?;
    server.stop()?;
    let spent = |orders: u64, seconds: f64| Figure::new(format!("an order among {orders}"), seconds, "CPU s");
    Ok(vec![
        spent(FEW, among_few),
        spent(there, among_many),
        Figure::new("an order among many against among few", among_many / among_few, "times")
            .against(Bar::AtMost(1.2)),
    ])
}

fn start(folder: &Path) -> anyhow::Result<Server> {
    Server::start(folder, &[("MINISTUDIO_FILMS", &e2e::tiny_film())])
}

/// CPU seconds of the server for an order.
async fn cost(server: &Server, who: &str) -> anyhow::Result<f64> {
    let mut spent = Vec::new();
    at_rest(server).await?;
    for number in 0..MEASURED {
        let before = server.cpu_seconds()?;
        order(server, &format!("{who}-{number}@example.org")).await?;
        // What follows a film that is whole is part of what it costs.
        at_rest(server).await?;
        spent.push(server.cpu_seconds()? - before);
    }
    spent.sort_by(f64::total_cmp);
    Ok(spent[spent.len() / 2])
}

/// Somebody new orders a film and waits for its file.
async fn order(server: &Server, email: &str) -> anyhow::Result<()> {
    let mut parent = Visitor::new(&server.url)?;
    sign_up(&mut parent, email).await?;
    order_tiny(&mut parent, "Mia", &e2e::drawn_child(1), &[]).await?;
    film_is_whole(&mut parent).await
}

/// Copies the orders of a studio that nobody has open, with their owners and all that belongs to them, until there are
/// about so many; returns how many there are. Nothing of the copies lies in the store: nobody opens them.
async fn multiply(folder: &Path, wanted: u64) -> anyhow::Result<u64> {
    let studio = crowd::open(folder).await?;
    let tables: Vec<String> = studio
        .policies()
        .classification()
        .tables
        .iter()
        .filter(|(_, what)| what.account.is_some())
        .map(|(table, _)| table.clone())
        .collect();
    crowd::close(&studio).await;
    let file = folder.join("studio.sqlite");
    let mut db = SqliteConnection::connect_with(&crowd::quick(&file)).await?;
    let there = orders(&mut db).await?;
    let times = wanted.div_ceil(there).saturating_sub(1);
    crowd::execute(
        &mut db,
        &format!(
            "CREATE TEMP TABLE times (i INTEGER PRIMARY KEY);
             INSERT INTO times
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times}) SELECT i FROM n;
             CREATE TEMP TABLE ids (id TEXT PRIMARY KEY) WITHOUT ROWID;"
        ),
    )
    .await?;
    let mut columns = Vec::new();
    for table in tables {
        // A table of the other database has none here.
        let found = columns_of(&mut db, &table).await?;
        if found.iter().any(|column| column.name == "id" && column.is_text()) {
            let ids = format!("INSERT OR IGNORE INTO ids SELECT id FROM \"{table}\" WHERE length(id) > 20");
            crowd::execute(&mut db, &ids).await?;
        }
        if !found.is_empty() {
            columns.push((table, found));
        }
    }
    for (table, columns) in &columns {
        let list = |of: fn(&Column) -> String| columns.iter().map(of).collect::<Vec<_>>().join(", ");
        let (names, values) = (list(|column| format!("\"{}\"", column.name)), list(Column::copied));
        let copies = format!(
            "INSERT OR IGNORE INTO \"{table}\" ({names}) SELECT {values} FROM \"{table}\" AS o, times"
        );
        crowd::execute(&mut db, &copies).await?;
    }
    let now = orders(&mut db).await?;
    db.close().await?;
    std::fs::File::open(&file)?.sync_all()?;
    ensure!(now == there * (times + 1), "{now} orders of {there} times {}", times + 1);
    Ok(now)
}

async fn orders(db: &mut SqliteConnection) -> anyhow::Result<u64> {
    let orders: i64 = sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(db).await?;
    Ok(orders.unsigned_abs())
}

/// A column as the database has it.
struct Column {
    name: String,
    kind: String,
    /// No two rows have the same in it, whatever stands in the other columns.
    is_single: bool,
}

impl Column {
    fn is_text(&self) -> bool {
        !["int", "bool", "blob", "real"].iter().any(|kind| self.kind.contains(kind))
    }

    /// What a copy has in it: an id is a copy's own, and what points to it points to that; what may not be there twice
    /// becomes something else of its kind.
    fn copied(&self) -> String {
        let name = format!("o.\"{}\"", self.name);
        if self.kind.contains("blob") {
            return if self.is_single { format!("randomblob(length({name}))") } else { name };
        }
        if !self.is_text() {
            return if self.is_single { "NULL".into() } else { name };
        }
        let other = if self.is_single { format!("{name} || '-' || times.i") } else { name.clone() };
        // The last letters of an id are random, the first ten say when it was made.
        format!(
            "CASE WHEN {name} IN (SELECT id FROM ids) THEN printf('%010d', times.i) || substr({name}, 11) ELSE {other} END"
        )
    }
}

async fn columns_of(db: &mut SqliteConnection, table: &str) -> anyhow::Result<Vec<Column>> {
    const COLUMNS: &str = "SELECT c.name, lower(c.type), EXISTS (
            SELECT 1 FROM pragma_index_list(?1) AS list JOIN pragma_index_info(list.name) AS part
            WHERE list.\"unique\" = 1 AND part.name = c.name
                AND (SELECT count(*) FROM pragma_index_info(list.name)) = 1
         ) OR (c.pk = 1 AND (SELECT max(pk) FROM pragma_table_info(?1)) = 1) FROM pragma_table_info(?1) AS c ORDER BY c.cid";
    let rows: Vec<(String, String, i64)> =
        sqlx::query_as(COLUMNS).bind(table).fetch_all(db).await.with_context(|| table.to_owned())?;
    let columns = rows.into_iter();
    Ok(columns.map(|(name, kind, single)| Column { name, kind, is_single: single != 0 }).collect())
}
