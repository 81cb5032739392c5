//! Rows of one table, as JSON: sealed columns opened, secret ones left out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use policy::CategoryId;
use sea_orm::sea_query::{Alias, Order, Query, SimpleExpr};
use sea_orm::{ConnectionTrait, QueryResult, TryGetable};
use serde_json::{Map, Value};
use vault::{DataKey, Place};

use crate::{Error, Result, Studio};

/// How a sealed column is recognised: `name_sealed` holds `name`; `sealed` alone holds a whole document.
const SEALED: &str = "sealed";

/// The rows that a condition picks, as an array of objects.
pub(super) async fn read(
    studio: &Studio,
    key: &DataKey,
    table: &str,
    columns: &[(&str, CategoryId)],
    whose: SimpleExpr,
) -> Result<Value> {
    let mut select = Query::select();
    select.from(Alias::new(table)).and_where(whose);
    for (column, _) in columns {
        select.column(Alias::new(*column));
    }
    if let Some((first, _)) = columns.first() {
        select.order_by(Alias::new(*first), Order::Asc);
    }
    let mut rows = Vec::new();
    for row in studio.db().read().query_all(&select).await? {
        let mut object = Map::new();
        for (column, _) in columns {
            let (name, value) = match opened_name(column) {
                Some(name) => (name, open(studio, key, table, &row, column, name)?),
                None => (*column, plain(&row, column)?),
            };
            object.insert(name.to_owned(), value);
        }
        rows.push(Value::Object(object));
    }
    Ok(Value::Array(rows))
}

fn opened_name(column: &str) -> Option<&str> {
    if column == SEALED { Some(SEALED) } else { column.strip_suffix("_sealed") }
}

/// What a sealed column holds: a document as such, anything else as text.
fn open(
    studio: &Studio,
    key: &DataKey,
    table: &str,
    row: &QueryResult,
    column: &str,
    name: &str,
) -> Result<Value> {
    let Some(sealed) = row.try_get::<Option<Vec<u8>>>("", column)? else { return Ok(Value::Null) };
    let id = row_name(row)?;
    let place = Place { table, row: &id, column: name };
    let plain = studio.vault().open_field(key, &place, &sealed)?;
    let document = serde_json::from_slice::<Value>(&plain).ok().filter(|value| value.is_object());
    Ok(document.unwrap_or_else(|| match String::from_utf8(plain) {
        Ok(text) => Value::String(text),
        Err(bytes) => Value::String(STANDARD.encode(bytes.as_bytes())),
    }))
}

/// By what a row's sealed columns are bound to it: its id; its account's, where there is one for each account; or,
/// for one of many within another, that one's and its place there.
fn row_name(row: &QueryResult) -> Result<String> {
    if let Ok(id) = row.try_get::<String>("", "id") {
        return Ok(id);
    }
    if let Ok(account) = row.try_get::<String>("", "account_id") {
        return Ok(account);
    }
    let (within, place): (String, i64) = (row.try_get("", "conversation_id")?, row.try_get("", "place")?);
    Ok(format!("{within}.{place}"))
}

/// What a plain column holds, whatever its type.
fn plain(row: &QueryResult, column: &str) -> Result<Value> {
    fn as_type<T: TryGetable>(row: &QueryResult, column: &str) -> Option<Option<T>> {
        row.try_get::<Option<T>>("", column).ok()
    }
    let value = as_type::<String>(row, column)
        .map(|text| text.map(Value::from))
        .or_else(|| as_type::<i64>(row, column).map(|number| number.map(Value::from)))
        .or_else(|| as_type::<i32>(row, column).map(|number| number.map(Value::from)))
        .or_else(|| as_type::<bool>(row, column).map(|yes| yes.map(Value::from)))
        .or_else(|| as_type::<Vec<u8>>(row, column).map(|bytes| bytes.map(|b| STANDARD.encode(b).into())));
    let value = value.ok_or_else(|| {
        Error::internal(format!("the column {column} is of no type that can be handed out"))
    })?;
    Ok(value.unwrap_or(Value::Null))
}
