//! Inspecting a browser's processes from outside.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;

use nix::unistd::Pid;
use procfs::process::{Status, all_processes};

use super::finding::Finding;

/// The environment variables that a browser may have.
const ALLOWED_VARIABLES: [&str; 6] =
    ["HOME", "TMPDIR", "LANG", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "FONTCONFIG_SYSROOT"];

/// The value of `Seccomp` in `/proc/<pid>/status` for a process with a system call filter.
const SECCOMP_MODE_FILTER: u32 = 2;

/// One process, as far as it could be read.
struct BrowserProcess {
    status: Option<Status>,
    arguments: Vec<String>,
    environment: HashMap<OsString, OsString>,
}

/// Inspects the processes of a browser that has a page open.
pub(super) fn inspect(group: Pid) -> Vec<Finding> {
    let processes = processes(group);
    vec![user(&processes), renderers(&processes), environment(&processes), devtools(&processes)]
}

fn processes(group: Pid) -> Vec<BrowserProcess> {
    let all = all_processes().into_iter().flatten().flatten();
    let members = all.filter(|process| process.stat().is_ok_and(|stat| stat.pgrp == group.as_raw()));
    let read = members.map(|process| BrowserProcess {
        status: process.status().ok(),
        arguments: process.cmdline().unwrap_or_default(),
        environment: process.environ().unwrap_or_default(),
    });
    read.collect()
}

impl BrowserProcess {
    /// Whether the command line contains some text. Chromium's child processes rewrite theirs
    /// to a single argument.
    fn has_argument(&self, text: &str) -> bool {
        self.arguments.iter().any(|argument| argument.contains(text))
    }

    fn has_syscall_filter(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status.seccomp == Some(SECCOMP_MODE_FILTER))
    }
}

fn user(processes: &[BrowserProcess]) -> Finding {
    let users: BTreeSet<u32> =
        processes.iter().filter_map(|process| process.status.as_ref()).map(|status| status.ruid).collect();
    let passes = !users.is_empty() && !users.contains(&0);
    let users: Vec<String> = users.iter().map(ToString::to_string).collect();
    Finding::new("user", passes, format!("{} processes run as uid {}", processes.len(), users.join(", ")))
}

fn renderers(processes: &[BrowserProcess]) -> Finding {
    let renderers: Vec<_> = processes.iter().filter(|process| process.has_argument("--type=renderer")).collect();
    let filtered = renderers.iter().filter(|process| process.has_syscall_filter()).count();
    let passes = filtered > 0 && filtered == renderers.len();
    Finding::new("sandbox", passes, format!("{filtered} of {} renderers have a system call filter", renderers.len()))
}

/// Whether a process has inherited a variable of the worker that it should not have.
fn environment(processes: &[BrowserProcess]) -> Finding {
    let own: HashMap<OsString, OsString> = std::env::vars_os().collect();
    let variables = processes.iter().flat_map(|process| &process.environment);
    let inherited = variables.filter(|(name, value)| own.get(*name) == Some(*value));
    let names: BTreeSet<String> = inherited.map(|(name, _)| name.to_string_lossy().into_owned()).collect();
    let leaked: Vec<String> = names.into_iter().filter(|name| !ALLOWED_VARIABLES.contains(&name.as_str())).collect();
    let detail = if leaked.is_empty() { "none of the worker's variables".to_owned() } else { leaked.join(", ") };
    Finding::new("environment", leaked.is_empty(), detail)
}

/// Whether other processes than the worker can control the browser.
fn devtools(processes: &[BrowserProcess]) -> Finding {
    let has_port = processes.iter().any(|process| process.has_argument("--remote-debugging-port"));
    Finding::new("DevTools", !has_port, if has_port { "on a port" } else { "over a pipe, not a port" })
}
