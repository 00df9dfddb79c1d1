//! The duties of the first process of a container: forwarding signals and reaping orphans.

use std::env;
use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

use nix::errno::Errno;
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpid};

use crate::stderr;

/// The signals that are meant for the program. A terminal sends its own to the whole process
/// group, so the program receives those without help.
const FORWARDED: [Signal; 6] =
    [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGUSR1, Signal::SIGUSR2];

/// The `si_code` of a signal that the kernel sends, for example for Ctrl-C.
const SENT_BY_KERNEL: i32 = 0x80;

/// What shells return for a program that a signal has ended, without the signal's number.
const ENDED_BY_SIGNAL: i32 = 128;

/// Runs this program again as a child if it is the first process of a container, and returns its
/// exit code when it has ended; `None` in any other process.
///
/// Orphans become children of the first process, which must wait for them, or each stays a zombie.
/// A browser leaves several. The program itself cannot do it: it would take the exit codes of its
/// own children from those who wait for them. Call it before any thread is started.
pub fn run_as_child_of_init() -> Option<ExitCode> {
    if getpid().as_raw() != 1 {
        return None;
    }
    match run() {
        Ok(code) => Some(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from)),
        Err(error) => {
            // Without /proc, for example. It runs as before, and leaves its zombies.
            stderr::write_line(&format!("cannot run as a child of an init process: {error}"));
            stderr::flush();
            None
        }
    }
}

fn run() -> io::Result<i32> {
    let mut expected = SigSet::from_iter(FORWARDED);
    expected.add(Signal::SIGCHLD);
    // Blocked signals wait for the descriptor.
    let former = expected.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let signals = match SignalFd::with_flags(&expected, SfdFlags::SFD_CLOEXEC) {
        Ok(signals) => signals,
        Err(error) => {
            former.thread_set_mask()?;
            return Err(error.into());
        }
    };
    let program = match spawn_again(&former) {
        Ok(program) => program,
        Err(error) => {
            former.thread_set_mask()?;
            return Err(error);
        }
    };
    Ok(supervise(program, &signals))
}

/// Forwards signals and reaps until the program has ended. It never fails, because the program runs:
/// without signals it still reaps.
fn supervise(program: Pid, signals: &SignalFd) -> i32 {
    loop {
        if let Some(code) = reap(program, Some(WaitPidFlag::WNOHANG)) {
            return code;
        }
        let signal = match signals.read_signal() {
            Ok(Some(signal)) => signal,
            Ok(None) | Err(Errno::EINTR) => continue,
            Err(_) => return reap(program, None).unwrap_or(ENDED_BY_SIGNAL),
        };
        if signal.ssi_code != SENT_BY_KERNEL
            && let Ok(number) = i32::try_from(signal.ssi_signo)
            && let Ok(forwarded) = Signal::try_from(number)
            && forwarded != Signal::SIGCHLD
        {
            let _has_ended = kill(program, forwarded);
        }
    }
}

/// Starts this program as a child with the same arguments. Unlike the standard library, it sets
/// the mask of blocked signals, which a child inherits.
fn spawn_again(mask: &SigSet) -> io::Result<Pid> {
    let arguments = env::args_os().map(|argument| CString::new(argument.into_vec()));
    let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
    let environment = env::vars_os().map(|(mut variable, value)| {
        variable.push("=");
        variable.push(value);
        CString::new(variable.into_vec())
    });
    let environment = environment.collect::<Result<Vec<_>, _>>()?;
    let mut attributes = PosixSpawnAttr::init()?;
    attributes.set_flags(PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK)?;
    attributes.set_sigmask(mask)?;
    let files = PosixSpawnFileActions::init()?;
    Ok(posix_spawn(c"/proc/self/exe", &files, &attributes, &arguments, &environment)?)
}

/// Waits for every process that has ended, and returns the exit code of the program if it has.
fn reap(program: Pid, flags: Option<WaitPidFlag>) -> Option<i32> {
    loop {
        match waitpid(None, flags) {
            Ok(WaitStatus::Exited(pid, code)) if pid == program => return Some(code),
            Ok(WaitStatus::Signaled(pid, signal, _)) if pid == program => {
                return Some(ENDED_BY_SIGNAL + signal as i32);
            }
            Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return None,
            Ok(_) | Err(_) => (),
        }
    }
}
