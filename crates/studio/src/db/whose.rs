//! Which rows of a table belong to an account: the policy's classification says how they lead there.

use policy::{Classification, Link};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SimpleExpr};

use crate::{AccountId, Error, Result};

/// The condition that picks an account's rows of a table that leads to it by `by`.
pub(crate) fn rows_of(classes: &Classification, account: &AccountId, by: &Link) -> Result<SimpleExpr> {
    Ok(match by {
        Link::Column(column) => Expr::col(Alias::new(column)).eq(account.as_str()),
        Link::Through { column, tables } => {
            // In one of the tables: an id is in no other. Nothing stands beside these conditions: an index serves each.
            let mut whose: Option<SimpleExpr> = None;
            for table in tables {
                let owner = match classes.tables.get(table).and_then(|table| table.account.as_ref()) {
                    Some(Link::Column(owner)) => owner,
                    _ => return Err(Error::internal(format!("{table} does not lead to an account"))),
                };
                let theirs = Query::select()
                    .column(Alias::new("id"))
                    .from(Alias::new(table))
                    .and_where(Expr::col(Alias::new(owner)).eq(account.as_str()))
                    .to_owned();
                let leads_there = Expr::col(Alias::new(column)).in_subquery(theirs);
                whose = Some(match whose {
                    Some(whose) => whose.or(leads_there),
                    None => leads_there,
                });
            }
            whose.unwrap_or_else(|| Expr::val(false))
        }
    })
}
