//! The site on this machine with the films of `/films`, for whoever works on pages, styles and words:
//! `cargo run --release -p web --example preview -- DATA [ADDRESS [FILM…]]`, a film being a folder on the
//! disk. Also the photo decoder of the tests beside it.

use std::path::PathBuf;

use catalogue::OnDisk;
use film::Folder;
use studio::films::Catalogue;
use studio::{Config, Outside, Studio};
use web::WebOptions;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // First thing: this program is also its own photo decoder.
    intake::maybe_run_child();
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("which folder shall hold the data?")?);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".into());
    let films = arguments.map(OnDisk::open).collect::<Result<Vec<_>, _>>()?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(folder, address, films))
}

async fn run(folder: PathBuf, address: String, films: Vec<OnDisk>) -> Result<(), Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind(&address).await?;
    let public_url = format!("http://{}", listener.local_addr()?);
    let embedded: Vec<_> = catalogue::films().collect();
    let films = if films.is_empty() {
        Catalogue::read(embedded.iter().map(|film| film as &dyn Folder))?
    } else {
        Catalogue::read(films.iter().map(|film| film as &dyn Folder))?
    };
    let mut config = Config::in_folder(&folder);
    config.address.clone_from(&public_url);
    let studio = Studio::open(config, Outside::embedded(), films).await?;
    println!("{public_url}");
    println!("{public_url}/operator/sign-in/{}", studio.sessions().new_operator_token().await?);
    let (_keep, stop) = tokio::sync::watch::channel(false);
    let worker = studio.clone();
    // On a thread of its own: it works until the program ends.
    let handle = tokio::runtime::Handle::current();
    std::thread::spawn(move || {
        if let Err(error) = handle.block_on(worker.jobs().run(true, stop)) {
            eprintln!("no film is made: {error}");
        }
    });
    let options = WebOptions::local(public_url);
    web::serve(studio, options, listener, std::future::pending()).await?;
    Ok(())
}
