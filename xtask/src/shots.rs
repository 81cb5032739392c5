//! `cargo xtask shots`: a picture of each main page, of each shot of the film and of each kind of mail, for eyes.

use std::process::Command;

use crate::machine::{cargo, execute, install, root};
use crate::test::NEEDS;

/// The browser tests draw the pages; the film command draws its shots.
pub fn run() -> anyhow::Result<()> {
    install(NEEDS)?;
    std::fs::create_dir_all(root().join("shots"))?;
    // What the browser looks at: the tests do not bring it along.
    execute(cargo().args(["build", "--release", "--package", "ministudio"]))?;
    execute(cargo().args(["test", "--release", "--package", "e2e", "--test", "browser"]))?;
    mails()?;
    println!("The pictures lie in {}", root().join("shots").display());
    Ok(())
}

/// Each kind of mail in each language, on a light screen and on a dark one.
fn mails() -> anyhow::Result<()> {
    let folder = root().join("shots/mails");
    std::fs::create_dir_all(&folder)?;
    execute(
        cargo()
            .args(["test", "--release", "--workspace", "--lib", "every_kind_of_mail_says_what_it_should"])
            .env("MINISTUDIO_MAILS", &folder),
    )?;
    for file in std::fs::read_dir(&folder)? {
        let page = file?.path();
        if page.extension().is_none_or(|ending| ending != "html") {
            continue;
        }
        for (scheme, number) in [("light", 1), ("dark", 0)] {
            let picture = page.with_extension(format!("{scheme}.png"));
            let flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"];
            execute(
                Command::new("chromium")
                    .args(flags)
                    .arg("--window-size=500,900")
                    .arg(format!("--blink-settings=preferredColorScheme={number}"))
                    .arg(format!("--screenshot={}", picture.display()))
                    .arg(format!("file://{}", page.display())),
            )?;
        }
    }
    Ok(())
}
