//! The decoding process on its own, and processes that misbehave inside the sandbox: so that the
//! tests can see them fail. Not part of the product.

use std::io::Write;

fn main() {
    intake::maybe_run_child();
    let probe = std::env::args().nth(1).unwrap_or_default();
    std::process::exit(run(&probe));
}

/// 0 when the probe got what it must not get, 7 when it was denied; killed otherwise.
#[cfg(target_os = "linux")]
fn run(probe: &str) -> i32 {
    use intake::sandbox;
    let denied = |ok: bool| if ok { 0 } else { 7 };
    if let Some(rest) = probe.strip_prefix("files-only:") {
        if !sandbox::enter_files_only() {
            return 77;
        }
        return denied(match rest {
            "open" => std::fs::read("/etc/passwd").is_ok(),
            _ => std::fs::write("/tmp/mini-studio-probe", b"x").is_ok(),
        });
    }
    if let Some(rest) = probe.strip_prefix("limits-only:") {
        sandbox::enter_limits_only();
        return denied(match rest {
            "open" => std::fs::File::open("/etc/passwd").is_ok(),
            _ => {
                // What nobody looks at, the compiler may leave out.
                let mut hoard = std::hint::black_box(Vec::<u8>::new());
                let got = hoard.try_reserve_exact(4 << 30).is_ok();
                std::hint::black_box(hoard);
                got
            }
        });
    }
    sandbox::enter();
    match probe {
        "open" => denied(std::fs::read("/etc/passwd").is_ok()),
        #[expect(clippy::disallowed_methods, reason = "a try that must fail")]
        "connect" => denied(std::net::TcpStream::connect("127.0.0.1:9").is_ok()),
        "exec" => denied(std::process::Command::new("/bin/true").status().is_ok()),
        "thread" => denied(std::thread::Builder::new().spawn(|| ()).is_ok()),
        "allocate" => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            for _ in 0..64 {
                hoard.push(std::hint::black_box(vec![1; 64 << 20]));
            }
            denied(hoard.len() == 64)
        }
        "loop" => loop {
            std::hint::spin_loop();
        },
        // Uses no processor time, only the wall clock's.
        "wait" => loop {
            std::thread::park();
        },
        "lie" => {
            let mut answer = b"MSPX\x07\x00".to_vec();
            answer.extend(4000u32.to_le_bytes());
            answer.extend(4000u32.to_le_bytes());
            denied(std::io::stdout().write_all(&answer).is_ok())
        }
        // A moving picture of more pixels than it may have.
        "lie-clip" => {
            let mut answer = b"MSCX\x00".to_vec();
            for number in [60_000_u32, 60_000, 1] {
                answer.extend(number.to_le_bytes());
            }
            denied(std::io::stdout().write_all(&answer).is_ok())
        }
        // One of one picture, which never comes.
        "stop-clip" => {
            let mut answer = b"MSCX\x00".to_vec();
            for number in [64_u32, 64, 1, 0, 1_000_000] {
                answer.extend(number.to_le_bytes());
            }
            let _ = std::io::stdout().write_all(&answer).and_then(|()| std::io::stdout().flush());
            loop {
                std::thread::park();
            }
        }
        "babble" => {
            let noise = vec![b'x'; 1 << 20];
            while std::io::stdout().write_all(&noise).is_ok() {}
            7
        }
        _ => 2,
    }
}

#[cfg(not(target_os = "linux"))]
fn run(_: &str) -> i32 {
    let _ = std::io::stdout().flush();
    77
}
