//! Draws stills of a shot, or a contact sheet, from a film folder on disk:
//! `still FOLDER --shot 05-path --at 0,1.5,3 [--cutout FILE] [--name Mia] [--lang en] [--width 1280] --out x.png`;
//! `--second Leo [--second-cutout FILE]` for a second hero.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use film::{Canvas, Cast, Film, Folder, Hero, Rendition};

struct Disk(PathBuf);

impl Folder for Disk {
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        std::fs::read(self.0.join(path)).ok().map(Cow::Owned)
    }

    fn fallback_fonts(&self) -> &'static [&'static [u8]] {
        static FONTS: OnceLock<Vec<&'static [u8]>> = OnceLock::new();
        FONTS.get_or_init(|| {
            let entries = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../catalogue/fonts"));
            let mut paths: Vec<PathBuf> = entries.into_iter().flatten().flatten().map(|e| e.path()).collect();
            paths.retain(|path| path.extension().is_some_and(|e| e == "ttf" || e == "otf"));
            paths.sort();
            paths.iter().filter_map(|path| Some(&*std::fs::read(path).ok()?.leak())).collect()
        })
    }

    fn paths(&self) -> Vec<String> {
        fn walk(dir: &Path, prefix: &str, out: &mut Vec<String>) {
            for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
                let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
                if entry.path().is_dir() {
                    walk(&entry.path(), &format!("{name}/"), out);
                } else {
                    out.push(name);
                }
            }
        }
        let mut out = Vec::new();
        walk(&self.0, "", &mut out);
        out.sort();
        out
    }
}

/// CPU seconds of this thread so far, so that other programs do not count.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn main() {
    let mut folder = None;
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.strip_prefix("--") {
            Some(key) => {
                given.insert(key.to_owned(), args.next().unwrap_or_default());
            }
            None => folder = Some(PathBuf::from(arg)),
        }
    }
    let folder = folder.expect("the film folder is named first");
    let (film, report) = Film::draft(&Disk(folder.clone()));
    eprint!("{report}");
    if given.contains_key("check") {
        eprint!("{}", Film::check(&Disk(folder)));
    }
    let Some(film) = film else { std::process::exit(1) };
    let get = |key: &str| given.get(key).map(String::as_str);
    let width: u32 = get("width").and_then(|w| w.parse().ok()).unwrap_or(film.info().width);
    let rendition = Rendition { width, height: width * film.info().height / film.info().width };
    let cut_out = |key| {
        get(key).map(|file| {
            likeness::CutOut::from_bytes(&std::fs::read(file).expect("the cut-out is there"))
                .expect("a cut-out")
        })
    };
    let (face, second_face) = (cut_out("cutout"), cut_out("second-cutout"));
    let options = BTreeMap::new();
    let cast = Cast {
        face: face.as_ref(),
        name: get("name").unwrap_or_default(),
        language: get("lang").unwrap_or("en"),
        options: &options,
        second: get("second").map(|name| Hero { face: second_face.as_ref(), name }),
    };
    let wanted = get("shot");
    let fps = f64::from(film.info().fps);
    let mut pictures = Vec::new();
    for (index, shot) in film.shots().iter().enumerate() {
        if wanted.is_some_and(|w| w != shot.id) {
            continue;
        }
        let start = cpu();
        let mut scene = match film.scene(index, &cast, rendition) {
            Ok(scene) => scene,
            Err(error) => {
                eprintln!("{}: {error}", shot.id);
                continue;
            }
        };
        let built = cpu() - start;
        let mut canvas = Canvas::new(rendition.width, rendition.height);
        let start = cpu();
        (0..scene.frames()).for_each(|frame| scene.draw(frame, &mut canvas));
        let first = cpu() - start;
        let start = cpu();
        (0..scene.frames()).for_each(|frame| scene.draw(frame, &mut canvas));
        let again = cpu() - start;
        let ms = |seconds: f64| seconds * 1000.0;
        let frames = f64::from(scene.frames());
        println!(
            "{}: {} frames, built in {:.1} ms, {:.2} ms a frame ({:.2} when drawn again), {:.3} s per film second; slots {:?}",
            shot.id,
            scene.frames(),
            ms(built),
            ms(first) / frames,
            ms(again) / frames,
            ms(first) / frames * fps / 1000.0,
            shot.slots
        );
        let at = get("at").map_or_else(
            || vec![0.1, f64::from(shot.frames) / fps / 2.0, f64::from(shot.frames) / fps - 0.1],
            |list| list.split(',').filter_map(|s| s.trim().parse().ok()).collect(),
        );
        for second in at {
            scene.draw((second * fps).round() as u32, &mut canvas);
            pictures.push(canvas.clone());
        }
    }
    let Some(out) = get("out") else { return };
    save(&pictures, Path::new(out), get("columns").and_then(|c| c.parse().ok()));
}

/// One picture as it is; more as a contact sheet, smaller the more there are.
fn save(pictures: &[Canvas], out: &Path, columns: Option<usize>) {
    let Some(first) = pictures.first() else { return };
    let columns = columns.unwrap_or(if pictures.len() == 1 { 1 } else { 3 }).min(pictures.len());
    let width = if pictures.len() == 1 { first.width() } else { (1920 / columns as u32).min(first.width()) };
    let height = width * first.height() / first.width();
    let rows = pictures.len().div_ceil(columns) as u32;
    let mut sheet = image::RgbaImage::new(width * columns as u32, height * rows);
    for (i, canvas) in pictures.iter().enumerate() {
        let picture = image::RgbaImage::from_raw(canvas.width(), canvas.height(), canvas.pixels().to_vec())
            .expect("its size");
        let small = image::imageops::resize(&picture, width, height, image::imageops::FilterType::Triangle);
        let (x, y) = (i % columns, i / columns);
        image::imageops::replace(
            &mut sheet,
            &small,
            x as i64 * i64::from(width),
            y as i64 * i64::from(height),
        );
    }
    sheet.save(out).expect("the picture is written");
}
