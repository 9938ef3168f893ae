//! Processor time, and which core a thread runs on.
//!
//! In: a process or a thread. Out: what it has used, user and system time together, to the nanosecond.

use std::time::Duration;

use anyhow::{Context, Result};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::{Pid, gettid};

/// Where the server runs, and where the client.
pub const SERVER_CORE: usize = 0;
pub const CLIENT_CORE: usize = 1;

/// The processor time of a process or a thread.
#[derive(Clone, Copy)]
pub struct CpuClock(ClockId);

impl CpuClock {
    /// Of a process, all its threads together.
    pub fn of_process(id: u32) -> Result<Self> {
        let clock = clock_getcpuclockid(Pid::from_raw(id.try_into()?)).context("the clock of a process")?;
        Ok(Self(clock))
    }

    /// Of this thread, for others to read. The id is made as `pthread_getcpuclockid` makes it: linux/posix-timers.h.
    pub fn of_this_thread() -> Self {
        const PER_THREAD_SCHEDULED: i32 = 0b110;
        Self(ClockId::from_raw(
            (!gettid().as_raw() << 3) | PER_THREAD_SCHEDULED,
        ))
    }

    /// What was used so far.
    pub fn now(self) -> Result<Duration> {
        Ok(self.0.now().context("a clock")?.into())
    }
}

/// Keeps this thread, and the threads and processes that it starts from now on, on one core.
pub fn pin(core: usize) -> Result<()> {
    let mut set = CpuSet::new();
    set.set(core)?;
    sched_setaffinity(Pid::from_raw(0), &set).with_context(|| format!("there is no core {core} to run on"))
}
