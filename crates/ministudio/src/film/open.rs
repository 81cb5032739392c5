//! Which film is meant: a slug of the catalogue, or a folder. A film that lies in a folder of that name goes before the
//! one that is part of the program: whoever stands beside it means that one.

use std::path::Path;

use anyhow::Context;
use film::Folder;

/// The folder of the film that was named.
pub fn folder(named: &str) -> anyhow::Result<Box<dyn Folder>> {
    if !Path::new(named).join("film.toml").is_file()
        && let Some(film) = catalogue::find(named)
    {
        return Ok(Box::new(film));
    }
    let looks_like_path = named.contains(['/', '\\', '.']) || Path::new(named).is_dir();
    if !looks_like_path {
        let known: Vec<_> = catalogue::films().map(|film| film.slug()).collect();
        anyhow::bail!("there is no film \"{named}\"; the films of this program are: {}", known.join(", "));
    }
    let folder = catalogue::OnDisk::open(named)
        .with_context(|| format!("the film folder {named} cannot be opened"))?;
    Ok(Box::new(folder))
}
