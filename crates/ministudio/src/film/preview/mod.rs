//! `ministudio film preview`: a page on this machine on which a film maker sees the film while writing it.
//!
//! `desk` reads the folder each time something in it changes, `pictures` draws what the page asks for, `children`
//! are who plays, `site` is the page. Nothing leaves the machine, nothing is kept, and others who use the machine do
//! not find the page: a secret that is new each time stands in its address.

mod children;
mod desk;
mod pictures;
mod site;

use std::sync::Arc;

use anyhow::Context;

use super::PreviewArgs;
use children::Children;
use desk::Desk;
use pictures::Pictures;
use site::Preview;

pub fn run(args: &PreviewArgs) -> anyhow::Result<()> {
    anyhow::ensure!(
        args.listen.ip().is_loopback(),
        "the preview shows an unfinished film and perhaps a child, so it is served to this machine only: \
         --listen 127.0.0.1:{}",
        args.listen.port()
    );
    let folder = catalogue::OnDisk::open(&args.folder)
        .with_context(|| format!("the film folder {} cannot be opened", args.folder.display()))?;
    let photo = args.photo.as_deref().map(|path| super::make::cut_out(path, 1)).transpose()?;
    let desk = Arc::new(Desk::new(folder, &args.folder)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(args.listen).await.with_context(|| {
            format!("cannot listen at {}; another port: --listen 127.0.0.1:0 takes any free one", args.listen)
        })?;
        let listening = listener.local_addr()?;
        let random: &dyn studio::Random = &studio::SystemRandom::default();
        let secret = format!("{:032x}", u128::from_be_bytes(random.bytes()));
        let address = format!("http://{listening}/{secret}/");
        let preview = Preview {
            desk: Arc::clone(&desk),
            children: Children::new(photo),
            pictures: Pictures::default(),
            listening,
            secret,
        };
        let router = site::router(Arc::new(preview));
        std::thread::spawn(move || desk.watch());
        println!("The preview of {} is at {address}", args.folder.display());
        println!(
            "Nobody else on this machine finds it. It follows each change of the folder. Ctrl+C ends it."
        );
        axum::serve(listener, router).await.context("the preview ended")
    })
}
