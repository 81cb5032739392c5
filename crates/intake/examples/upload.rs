//! An upload all the way to a cut-out, with what it took: `upload FILE`. Processor time includes
//! the decoding process.

fn main() {
    intake::maybe_run_child();
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: upload FILE");
        std::process::exit(2);
    };
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) => {
            eprintln!("{path}: {e}");
            std::process::exit(1);
        }
    };
    let start = cpu_ms();
    let accepted = match intake::decode_here(&bytes) {
        Ok(accepted) => accepted,
        Err(refused) => {
            println!("refused ({}): {refused}", refused.code());
            return;
        }
    };
    let taken = cpu_ms();
    let likeness = likeness::Likeness::embedded();
    let loaded = cpu_ms();
    let photo = &accepted.photo;
    println!("{} x {} pixels, {} bytes of JPEG", photo.width, photo.height, accepted.jpeg.len());
    match likeness.faces(photo).and_then(|faces| likeness.cut_out(photo, &faces[0])) {
        Ok(cut) => println!("cut-out: {} bytes, warnings {:?}", cut.to_bytes().len(), cut.warnings),
        Err(refusal) => println!("refused ({}): {refusal}", refusal.code()),
    }
    let done = cpu_ms();
    println!(
        "CPU ms: taking in {}, loading networks {}, face and cut-out {}",
        taken - start,
        loaded - taken,
        done - loaded
    );
}

/// Processor time of this process and its ended children in ms (Linux, steps of 10 ms).
fn cpu_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().skip(11).take(4).filter_map(|n| n.parse::<u64>().ok()).sum::<u64>() * 10
}
