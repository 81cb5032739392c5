//! CPU time and memory of this program, as the kernel counts them.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

fn read(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32).as_secs_f64()
}

/// CPU seconds of the running thread so far.
pub fn thread() -> f64 {
    read(ClockId::ThreadCPUTime)
}

/// CPU seconds of all threads of this program so far.
pub fn process() -> f64 {
    read(ClockId::ProcessCPUTime)
}

/// CPU seconds of the processes that this program has started and waited for so far, to the hundredth.
///
/// # Errors
/// When the kernel does not tell.
pub fn children() -> anyhow::Result<f64> {
    Ok(e2e::cpu::spent("self")?.children)
}

/// Runs a piece of work on this thread and adds the CPU seconds it took.
pub fn adding<T>(sum: &mut f64, work: impl FnOnce() -> T) -> T {
    let start = thread();
    let result = work();
    *sum += thread() - start;
    result
}

/// Forgets the peak of memory so far, so that [`peak_megabytes`] speaks of what comes.
pub fn forget_peak() {
    // Where the kernel does not offer this, the peak since the start is reported instead.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Most memory in use at once, in megabytes.
pub fn peak_megabytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()? / 1000.0)
}
