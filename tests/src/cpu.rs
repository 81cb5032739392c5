//! CPU time of a process, as the kernel counts it.

use anyhow::Context;

/// CPU seconds so far, to the hundredth.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    /// Of the process itself.
    pub own: f64,
    /// Of the processes that it has started and waited for.
    pub children: f64,
}

/// What a process has used: its number, or `self`.
///
/// # Errors
/// When the kernel does not tell.
pub fn spent(process: &str) -> anyhow::Result<Spent> {
    /// `USER_HZ`, which is 100 on every Linux.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in brackets may hold spaces; after it, utime, stime, cutime and cstime are the 12th to the 15th.
    let (_, fields) = stat.rsplit_once(')').context("no name")?;
    let ticks = fields.split_whitespace().skip(11).take(4).map(str::parse::<f64>);
    let ticks = ticks.collect::<Result<Vec<f64>, _>>()?;
    let [user, system, users, systems] = ticks[..] else { anyhow::bail!("too few fields") };
    Ok(Spent { own: (user + system) / TICKS_PER_SECOND, children: (users + systems) / TICKS_PER_SECOND })
}
