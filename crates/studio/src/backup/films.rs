//! The published films of a data folder: in a backup, and whether they are there for the copies that were made of them.
//! What is drawn and heard of them never changes, what is said may be corrected, and nothing of them goes.

use std::path::{Path, PathBuf};

use sea_orm::{EntityTrait, QueryOrder, QuerySelect};
use vault::{DataKey, Vault};

use super::{List, away, disk, files_below, list_in, pieces, read_through, unseal};
use crate::films::published_in;
use crate::films::rows::films;
use crate::{Error, Result, Studio, boxed};

/// Seals the files of all published films, and the list of them; returns the list's name.
pub async fn seal(vault: &Vault, key: &DataKey, data: &Path) -> Result<String> {
    let (films, mut list) = (published_in(data), List::new());
    for file in files_below(&films)? {
        let name = file.strip_prefix(&films).map_err(Error::internal)?.display().to_string();
        // What is hidden is of no film: one that is being published, or notes.
        if name.split('/').any(|part| part.starts_with('.')) {
            continue;
        }
        if !file.is_file() {
            tracing::warn!(
                "a link among the published films was not followed: what it names is not in the backup"
            );
            continue;
        }
        let (sealed, _) = vault.put_stream(key, pieces(&file).await?).await?;
        list.insert(name, sealed.to_string());
    }
    let list = vault.put(key, &serde_json::to_vec(&list).map_err(Error::internal)?).await?;
    Ok(list.to_string())
}

/// Reads all of them; returns how many files they are.
pub async fn check(vault: &Vault, key: &DataKey, list: Option<&str>) -> Result<usize> {
    let list = listed(vault, key, list).await?;
    for (name, sealed) in &list {
        read_through(vault, key, sealed, &format!("the film's file {name}")).await?;
    }
    Ok(list.len())
}

/// Brings them back into a data folder. Each is written beside its place and put there whole: one that is there already
/// is never half. What is made there is named in `made`.
pub async fn bring_back(
    vault: &Vault,
    key: &DataKey,
    list: Option<&str>,
    data: &Path,
    made: &mut Vec<PathBuf>,
) -> Result<()> {
    let (films, list) = (published_in(data), listed(vault, key, list).await?);
    for (name, sealed) in &list {
        let file = films.join(name);
        std::fs::create_dir_all(file.parent().unwrap_or(&films)).map_err(away)?;
        let unfinished = file.with_added_extension("unfinished");
        made.push(unfinished.clone());
        if !file.exists() {
            made.push(file.clone());
        }
        unseal(vault, key, sealed, &unfinished).await?;
        std::fs::rename(&unfinished, &file).map_err(away)?;
    }
    if list.is_empty() { Ok(()) } else { disk::sync_folders(&films).map_err(away) }
}

/// The list of a backup; one from before films were in it has none.
async fn listed(vault: &Vault, key: &DataKey, list: Option<&str>) -> Result<List> {
    match list {
        Some(list) => list_in(vault, key, list).await,
        None => Ok(List::new()),
    }
}

/// The films of which there are copies and that are not there themselves, in that version: each as a word for the
/// operator. A copy that is being made of one cannot be made, and one that is made cannot be streamed.
///
/// # Errors
/// When the database is out of reach.
#[boxed]
pub async fn missing(studio: &Studio) -> Result<Vec<String>> {
    let sold: Vec<(String, i32)> = films::Entity::find()
        .select_only()
        .column(films::Column::Film)
        .column(films::Column::FilmVersion)
        .distinct()
        .order_by_asc(films::Column::Film)
        .order_by_asc(films::Column::FilmVersion)
        .into_tuple()
        .all(studio.db().read())
        .await?;
    let catalogue = studio.catalogue();
    let missing = sold.into_iter().filter(|(slug, version)| catalogue.show_of(slug, *version).is_none());
    Ok(missing.map(|(slug, version)| format!("{slug} {version}")).collect())
}
