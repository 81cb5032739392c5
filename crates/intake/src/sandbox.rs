//! Shuts a decoding process in: limits of memory, time and files; no file system; no system
//! call but those that computing needs. Each part that the kernel lacks is reported, not hidden.

/// How well the decoding process is shut in on this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strength {
    /// Limits of memory, time and files are in force (rlimit).
    pub limits: bool,
    /// No file of the machine can be reached (landlock).
    pub files: bool,
    /// Only reading, writing and computing are allowed (seccomp).
    pub calls: bool,
}

impl Strength {
    pub(crate) fn to_bits(self) -> u8 {
        u8::from(self.limits) | u8::from(self.files) << 1 | u8::from(self.calls) << 2
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        Self { limits: bits & 1 != 0, files: bits & 2 != 0, calls: bits & 4 != 0 }
    }
}

impl std::fmt::Display for Strength {
    /// One line for the operator.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = |on: bool| if on { "on" } else { "off" };
        write!(
            f,
            "limits {}, file system shut off (landlock) {}, system calls shut off (seccomp) {}",
            word(self.limits),
            word(self.files),
            word(self.calls)
        )
    }
}

/// Address space of the decoding process in bytes: 50 megapixels at 16 bit with alpha, the
/// conversion to 8 bit, and the program itself.
pub const MEMORY_MAX: u64 = 1536 * 1024 * 1024;
/// Processor seconds of the decoding process, for a photo.
pub const CPU_SECONDS_MAX: u64 = 10;

/// Shuts the calling process in, for good. To be called before any thread is started and before
/// anything from outside is read.
pub fn enter() -> Strength {
    enter_for(CPU_SECONDS_MAX)
}

/// The same with so many processor seconds.
#[cfg(target_os = "linux")]
pub(crate) fn enter_for(cpu_seconds: u64) -> Strength {
    linux::close_other_files();
    linux::go_first();
    let limits = linux::limit(cpu_seconds);
    let files = linux::shut_files();
    let limits = limits && linux::limit_files();
    let calls = linux::shut_calls();
    Strength { limits, files, calls }
}

/// Elsewhere there is a process of its own and nothing more.
#[cfg(not(target_os = "linux"))]
pub(crate) fn enter_for(_: u64) -> Strength {
    Strength::default()
}

/// Landlock alone, so that a test can tell it from the filter of calls.
#[doc(hidden)]
#[cfg(target_os = "linux")]
pub fn enter_files_only() -> bool {
    linux::shut_files()
}

/// Limits alone, for the same reason.
#[doc(hidden)]
#[cfg(target_os = "linux")]
pub fn enter_limits_only() -> bool {
    linux::limit(CPU_SECONDS_MAX) && linux::limit_files()
}

#[cfg(target_os = "linux")]
mod linux {
    use super::MEMORY_MAX;
    use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetStatus};
    use rustix::process::{Resource, Rlimit, setrlimit};
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule,
    };
    use std::collections::BTreeMap;

    /// Closes whatever the parent left open beside the three standard streams.
    #[expect(
        unsafe_code,
        reason = "close_range has no safe wrapper; no descriptor above 2 is owned here yet"
    )]
    pub fn close_other_files() {
        // SAFETY: plain numbers; called first thing in the process, when nothing holds a
        // descriptor above the standard streams.
        unsafe { libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, 0u32) };
    }

    /// Where the machine runs out of memory, this process is ended and not one that serves people. Where that cannot be
    /// said, the limits hold all the same.
    pub fn go_first() {
        let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    }

    fn set(resource: Resource, limit: u64) -> bool {
        setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) }).is_ok()
    }

    pub fn limit(cpu_seconds: u64) -> bool {
        let all = [
            set(Resource::As, MEMORY_MAX),
            set(Resource::Cpu, cpu_seconds),
            set(Resource::Fsize, 0),
            set(Resource::Core, 0),
        ];
        all.iter().all(|ok| *ok)
    }

    /// No descriptor can be opened any more.
    pub fn limit_files() -> bool {
        set(Resource::Nofile, 3)
    }

    /// A rule set that handles everything and allows nothing.
    pub fn shut_files() -> bool {
        let status = Ruleset::default()
            .handle_access(AccessFs::from_all(ABI::V5))
            .and_then(|r| r.handle_access(AccessNet::from_all(ABI::V5)))
            .and_then(|r| r.create())
            .and_then(|r| r.restrict_self());
        status.is_ok_and(|s| s.ruleset != RulesetStatus::NotEnforced)
    }

    pub fn shut_calls() -> bool {
        let Some(program) = filter() else { return false };
        // Also sets no_new_privs: nothing this process starts could gain rights.
        seccompiler::apply_filter(&program).is_ok()
    }

    /// What computing needs, with arguments where they matter; any other call ends the process.
    fn filter() -> Option<BpfProgram> {
        let free = [
            libc::SYS_munmap,
            libc::SYS_mremap,
            libc::SYS_madvise,
            libc::SYS_brk,
            libc::SYS_futex,
            libc::SYS_exit,
            libc::SYS_exit_group,
            libc::SYS_rt_sigreturn,
            libc::SYS_rt_sigprocmask,
            libc::SYS_rt_sigaction,
            libc::SYS_sigaltstack,
            libc::SYS_getrandom,
            libc::SYS_clock_gettime,
            // The video decoder measures its time; where the kernel's page for that does not help, by a call.
            libc::SYS_gettimeofday,
            libc::SYS_gettid,
            libc::SYS_getpid,
            libc::SYS_sched_yield,
            libc::SYS_sched_getaffinity,
        ];
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> = free.map(|call| (call, Vec::new())).into();
        let rule = |argument: u8, op: SeccompCmpOp, value: u64| {
            let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, op, value).ok()?;
            SeccompRule::new(vec![condition]).ok()
        };
        let stdin = rule(0, SeccompCmpOp::Eq, 0)?;
        let output = vec![rule(0, SeccompCmpOp::Eq, 1)?, rule(0, SeccompCmpOp::Eq, 2)?];
        // Memory may be had, but never to run code from.
        let not_to_run = rule(2, SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64), 0)?;
        // Ending oneself (abort) is allowed, signals to others are not.
        let own = rule(0, SeccompCmpOp::Eq, u64::from(std::process::id()))?;
        rules.insert(libc::SYS_read, vec![stdin]);
        rules.insert(libc::SYS_write, output.clone());
        rules.insert(libc::SYS_writev, output);
        rules.insert(libc::SYS_mmap, vec![not_to_run.clone()]);
        rules.insert(libc::SYS_mprotect, vec![not_to_run]);
        rules.insert(libc::SYS_tgkill, vec![own]);
        let arch = std::env::consts::ARCH.try_into().ok()?;
        SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, arch)
            .ok()?
            .try_into()
            .ok()
    }
}
