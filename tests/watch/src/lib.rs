//! Which addresses a program tries to reach, as the kernel sees it: `strace` writes down every connection that
//! the program and its children open and every packet that they send, and this crate reads what it wrote.
//!
//! Knows nothing of which address is allowed.

use std::io::{BufRead, BufReader};
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

/// The setting that names the folder where the watch over a whole test run writes, a file for each program.
/// Unset, nothing is watched.
pub const FOLDER: &str = "MINISTUDIO_TEST_CALLS";

/// A command that runs what is added to it as `strace`'s child and ends as that ends.
#[must_use]
pub fn around(told: &Path) -> Command {
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "--seccomp-bpf", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o"])
        .arg(told);
    strace
}

/// The same with `strace` beside the program and not above it: signals and process numbers are the program's.
#[must_use]
pub fn beside(told: &Path) -> Command {
    let mut strace = around(told);
    strace.arg("-D");
    strace
}

/// Every address that stands in a file that `strace` wrote, the machine's own among them.
pub fn reached(told: &Path) -> std::io::Result<Vec<IpAddr>> {
    let mut found = Vec::new();
    for line in BufReader::new(std::fs::File::open(told)?).split(b'\n') {
        found.extend(address(&String::from_utf8_lossy(&line?)));
    }
    Ok(found)
}

/// The address that a traced call names; `None` for a call that leaves no machine.
fn address(call: &str) -> Option<IpAddr> {
    let quoted = |after: &str| call.split(after).nth(1)?.split('"').next();
    let text = quoted("inet_addr(\"").or_else(|| quoted("inet_pton(AF_INET6, \""))?;
    let address: IpAddr = text.parse().ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn reads_both_kinds_of_addresses() {
        let v4 = "7 connect(9, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr(\"192.0.2.7\")}, 16) = 0";
        assert_eq!(address(v4), "192.0.2.7".parse().ok());
        let v6 = "connect(9, {sa_family=AF_INET6, sin6_port=htons(443), inet_pton(AF_INET6, \"2001:db8::7\", &sin6_addr)}";
        assert_eq!(address(v6), "2001:db8::7".parse().ok());
        // An old address in new clothes is the old address.
        assert_eq!(
            address("sendto(9, \"\", 0, 0, {inet_pton(AF_INET6, \"::ffff:127.0.0.1\", &sin6_addr)}, 28)"),
            "127.0.0.1".parse().ok()
        );
        assert_eq!(address("connect(9, {sa_family=AF_UNIX, sun_path=\"/run/x\"}, 110) = 0"), None);
        assert_eq!(address("sendto(9, \"inet\", 4, 0, NULL, 0) = 4"), None);
    }
}
