//! A browser's processes, seen from outside.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use nix::unistd::Pid;

use super::Finding;
use crate::darkroom;

/// What a browser's environment may hold.
const VARIABLES: [&str; 6] = ["HOME", "TMPDIR", "LANG", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "FONTCONFIG_SYSROOT"];

/// One of the processes.
struct Process {
    folder: PathBuf,
    status: String,
    arguments: String,
}

/// Looks at a browser that shows a page.
pub(super) fn at(group: Pid) -> Vec<Finding> {
    let processes = processes(group);
    vec![user(&processes), renderers(&processes), environment(&processes), doors(&processes)]
}

fn processes(group: Pid) -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let members = entries.filter(|entry| {
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        darkroom::group(&stat) == Some(group.as_raw())
    });
    let read = |folder: PathBuf| Process {
        status: fs::read_to_string(folder.join("status")).unwrap_or_default(),
        arguments: fs::read_to_string(folder.join("cmdline")).unwrap_or_default(),
        folder,
    };
    members.map(|entry| read(entry.path())).collect()
}

impl Process {
    fn says(&self, name: &str) -> &str {
        let line = self.status.lines().find_map(|line| line.strip_prefix(name));
        line.map_or("", |value| value.trim_start_matches(':').trim())
    }
}

fn user(processes: &[Process]) -> Finding {
    let users: BTreeSet<&str> = processes.iter().filter_map(|process| process.says("Uid").split('\t').next()).collect();
    let fine = !users.is_empty() && !users.contains("0");
    let users: Vec<&str> = users.into_iter().collect();
    Finding::new("user", fine, format!("{} processes run as uid {}", processes.len(), users.join(", ")))
}

/// The kernel's word for a filter of system calls is mode 2 of seccomp.
fn renderers(processes: &[Process]) -> Finding {
    let renderers: Vec<_> = processes.iter().filter(|process| process.arguments.contains("--type=renderer")).collect();
    let boxed = renderers.iter().filter(|process| process.says("Seccomp") == "2").count();
    let fine = boxed > 0 && boxed == renderers.len();
    Finding::new("sandbox", fine, format!("{boxed} of {} renderers have their system calls filtered", renderers.len()))
}

/// Whether any of them has what is in the worker's own environment.
fn environment(processes: &[Process]) -> Finding {
    let own: BTreeSet<String> = std::env::vars().map(|(name, value)| format!("{name}={value}")).collect();
    let read = |process: &Process| fs::read_to_string(process.folder.join("environ")).unwrap_or_default();
    let theirs: Vec<String> = processes.iter().map(read).collect();
    let inherited = theirs.iter().flat_map(|all| all.split('\0')).filter(|variable| own.contains(*variable));
    let names: BTreeSet<&str> = inherited.filter_map(|variable| variable.split('=').next()).collect();
    let foreign: Vec<&str> = names.into_iter().filter(|name| !VARIABLES.contains(name)).collect();
    let found = if foreign.is_empty() { "nothing of the worker's".to_owned() } else { foreign.join(", ") };
    Finding::new("environment", foreign.is_empty(), found)
}

/// Whether the browser can be spoken to by others than its worker.
fn doors(processes: &[Process]) -> Finding {
    let open = processes.iter().any(|process| process.arguments.contains("--remote-debugging-port"));
    Finding::new("DevTools", !open, if open { "on a port" } else { "over a pipe, on no port" })
}
