//! Cuts out a photo and shows the result: `cutout PHOTO OUT-FOLDER`. Writes the cut-out, its
//! stored form (`.cutout`), a sheet of grounds and a sheet of moods, and prints what it took.

use image::{Rgba, RgbaImage, imageops};
use likeness::{CutOut, Likeness, Mood, Photo, Picture};
use std::path::{Path, PathBuf};

fn main() {
    let mut args = std::env::args().skip(1);
    let (Some(photo), Some(folder)) = (args.next(), args.next()) else {
        eprintln!("usage: cutout PHOTO OUT-FOLDER");
        std::process::exit(2);
    };
    let (photo, folder) = (PathBuf::from(photo), PathBuf::from(folder));
    let stem = photo.file_stem().map_or("photo".into(), |s| s.to_string_lossy().into_owned());
    let picture = match image::open(&photo) {
        Ok(p) => p.into_rgb8(),
        Err(e) => {
            eprintln!("{}: {e}", photo.display());
            std::process::exit(1);
        }
    };
    let (width, height) = picture.dimensions();
    let photo = Photo { width, height, rgb: picture.into_raw() };
    let likeness = Likeness::embedded();
    let start = cpu_seconds();
    let faces = match likeness.faces(&photo) {
        Ok(faces) => faces,
        Err(refusal) => {
            println!("{stem}: refused ({}): {refusal}", refusal.code());
            return;
        }
    };
    let found = cpu_seconds();
    for (i, face) in faces.iter().enumerate() {
        let before = cpu_seconds();
        let cut = match likeness.cut_out(&photo, face) {
            Ok(cut) => cut,
            Err(refusal) => {
                println!("{stem}: refused ({}): {refusal}", refusal.code());
                continue;
            }
        };
        let after = cpu_seconds();
        println!(
            "{stem}: turns {} score {:.2} presence {:.2} eyes {:.0} px warnings {:?} skin {:?} hair {:?}",
            face.quarter_turns,
            face.score,
            face.presence,
            face.eye_distance,
            cut.warnings,
            cut.skin,
            cut.hair
        );
        println!("  CPU ms: faces {:.0}, cut-out {:.0}", (found - start) * 1e3, (after - before) * 1e3);
        let name = if i == 0 { stem.clone() } else { format!("{stem}-{}", i + 1) };
        show(&cut, &folder, &name);
    }
    println!("  peak memory {} MB", peak_memory_kb() / 1024);
}

fn show(cut: &CutOut, folder: &Path, name: &str) {
    write(&folder.join(format!("{name}.cutout")), &cut.to_bytes());
    write(&folder.join(format!("{name}.png")), &cut.png());
    let mut points = over(&cut.picture(), [128, 128, 128, 255], cut.size);
    for (i, p) in cut.landmarks.iter().enumerate() {
        let lid = [33, 133, 362, 263, 159, 386, 145, 374, 152, 234, 454, 10].contains(&i);
        let colour = if lid { Rgba([255, 0, 0, 255]) } else { Rgba([0, 255, 0, 255]) };
        if p[0] >= 0.0 && p[1] >= 0.0 && (p[0] as u32) < cut.size && (p[1] as u32) < cut.size {
            points.put_pixel(p[0] as u32, p[1] as u32, colour);
        }
    }
    save(&points, &folder.join(format!("{name}-points.png")));
    let grounds = [[80, 190, 90, 255], [255, 255, 255, 255], [24, 32, 70, 255], [200, 40, 40, 255]];
    let rimmed = cut.with_rim(14.0);
    let cells: Vec<RgbaImage> = grounds
        .iter()
        .map(|g| over(&cut.picture(), *g, 480))
        .chain(grounds.iter().map(|g| over(&rimmed, *g, 480)))
        .collect();
    save(&sheet(&cells, 4), &folder.join(format!("{name}-grounds.png")));
    let still = Mood::default();
    let moods = [
        still,
        Mood { smile: 0.5, ..still },
        Mood { smile: 1.0, ..still },
        Mood { brows: 1.0, ..still },
        Mood { lids: 0.3, ..still },
        Mood { lids: 0.6, ..still },
        Mood { lids: 1.0, ..still },
        Mood { lids: 1.0, smile: 0.7, ..still },
        Mood { turn: -1.0, ..still },
        Mood { turn: 1.0, ..still },
        Mood { turn: 1.0, smile: 1.0, brows: 0.6, lids: 0.0 },
        Mood { brows: -1.0, ..still },
    ];
    let before = cpu_seconds();
    let pictures: Vec<Picture> = moods.iter().map(|m| cut.with_mood(*m)).collect();
    let middle = cpu_seconds();
    let rimmed: Vec<Picture> = pictures.iter().map(|p| p.with_rim(14.0)).collect();
    let after = cpu_seconds();
    let n = moods.len() as f64;
    println!("  CPU ms: mood {:.1}, rim {:.1}", (middle - before) / n * 1e3, (after - middle) / n * 1e3);
    let cells: Vec<RgbaImage> = rimmed.iter().map(|p| head_of(cut, p)).collect();
    save(&sheet(&cells, 4), &folder.join(format!("{name}-moods.png")));
}

/// The picture on a ground, `side` pixels wide.
fn over(picture: &Picture, ground: [u8; 4], side: u32) -> RgbaImage {
    let mut canvas = RgbaImage::from_pixel(picture.width, picture.height, Rgba(ground));
    if let Some(top) = RgbaImage::from_raw(picture.width, picture.height, picture.rgba.clone()) {
        imageops::overlay(&mut canvas, &top, 0, 0);
    }
    imageops::resize(&canvas, side, side * picture.height / picture.width, imageops::FilterType::Triangle)
}

/// The head alone, large.
fn head_of(cut: &CutOut, picture: &Picture) -> RgbaImage {
    let oval = cut.face_oval();
    let (half_w, half_h) = (oval.rx * 1.55, oval.ry * 1.5);
    let (cx, cy) = (oval.cx + picture.pad as f32, oval.cy * 0.98 + picture.pad as f32);
    let whole = over(picture, [92, 120, 150, 255], picture.width);
    let (x, y) = ((cx - half_w).max(0.0) as u32, (cy - half_h).max(0.0) as u32);
    let part = imageops::crop_imm(&whole, x, y, (half_w * 2.0) as u32, (half_h * 2.0) as u32).to_image();
    imageops::resize(&part, 400, 400 * part.height() / part.width().max(1), imageops::FilterType::Triangle)
}

fn sheet(cells: &[RgbaImage], columns: u32) -> RgbaImage {
    let (w, h) = cells.iter().fold((1, 1), |(w, h), c| (w.max(c.width()), h.max(c.height())));
    let rows = (cells.len() as u32).div_ceil(columns);
    let mut sheet = RgbaImage::from_pixel(w * columns, h * rows, Rgba([0, 0, 0, 255]));
    for (i, cell) in cells.iter().enumerate() {
        let (x, y) = (i as u32 % columns * w, i as u32 / columns * h);
        imageops::replace(&mut sheet, cell, i64::from(x), i64::from(y));
    }
    sheet
}

fn save(picture: &RgbaImage, path: &Path) {
    if let Err(e) = picture.save(path) {
        eprintln!("{}: {e}", path.display());
    }
}

fn write(path: &Path, bytes: &[u8]) {
    if let Err(e) = std::fs::write(path, bytes) {
        eprintln!("{}: {e}", path.display());
    }
}

/// User and system seconds of this process so far (Linux; nought elsewhere).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) / 1e9 + threads_seconds()
}

/// Seconds of the other threads: `schedstat` of the process names the first one only.
fn threads_seconds() -> f64 {
    let own = std::process::id().to_string();
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return 0.0 };
    tasks
        .filter_map(|t| t.ok())
        .filter(|t| t.file_name().to_string_lossy() != own)
        .filter_map(|t| std::fs::read_to_string(t.path().join("schedstat")).ok())
        .filter_map(|s| s.split(' ').next().and_then(|n| n.parse::<f64>().ok()))
        .sum::<f64>()
        / 1e9
}

/// Highest memory of this process in kB (Linux; nought elsewhere).
fn peak_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
}
