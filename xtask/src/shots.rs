//! `cargo xtask shots`: a picture of each main page and of each shot of the film, for eyes.

use crate::machine::{cargo, execute, install, root};
use crate::test::NEEDS;

/// The browser tests draw the pages; the film command draws its shots.
pub fn run() -> anyhow::Result<()> {
    install(NEEDS)?;
    std::fs::create_dir_all(root().join("shots"))?;
    execute(cargo().args(["test", "--release", "--package", "e2e", "--test", "browser"]))?;
    println!("The pictures lie in {}", root().join("shots").display());
    Ok(())
}
