//! The filters of system calls that containers and units have: the worker renders under them, with its sandbox.

use std::fs::{Permissions, copy, set_permissions, write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use harness::{binary, skip};
use serde_json::{Value, from_str, json};
use tempfile::TempDir;
use tokio::process::Command;

use super::{output, path, printed};

/// Runs the worker's doctor under a filter, as a user without privileges. The directory has the program.
async fn doctor(directory: &TempDir, filter: &Path) -> Output {
    // /usr/bin, because another Python may be in root's home.
    let mut command = Command::new("setpriv");
    if nix::unistd::geteuid().is_root() {
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]);
    }
    command.args(["--no-new-privs", "/usr/bin/python3", "-B", "with-seccomp"]);
    command.arg(filter).args(["./tintype-worker", "--require-netns", "doctor"]);
    output(command.current_dir(directory.path())).await
}

/// Returns a directory that every user can read, with the program and `tools/with-seccomp`.
fn directory() -> TempDir {
    let directory = tempfile::tempdir_in("/tmp").expect("a directory");
    set_permissions(directory.path(), Permissions::from_mode(0o755)).expect("our directory");
    for file in [binary("tintype-worker"), path("tools/with-seccomp")] {
        let name = file.file_name().expect("a name");
        copy(&file, directory.path().join(name)).expect("a copy");
        set_permissions(directory.path().join(name), Permissions::from_mode(0o755)).expect("our file");
    }
    directory
}

/// Copies a filter into the directory, changed.
fn filter(directory: &TempDir, name: &str, change: impl FnOnce(String) -> String) -> std::path::PathBuf {
    let source = path(name);
    let copy = directory.path().join(source.file_name().expect("a name"));
    write(&copy, change(std::fs::read_to_string(source).expect("a file"))).expect("a copy");
    set_permissions(&copy, Permissions::from_mode(0o644)).expect("our file");
    copy
}

const PROFILE: &str = "deploy/seccomp.json";
const UNIT: &str = "deploy/systemd/tintype-worker@.service";

fn is_lacking(tools: &[&str]) -> bool {
    let lacking = tools.iter().find(|tool| !Path::new("/usr/bin").join(tool).exists());
    if let Some(tool) = lacking {
        skip(&format!("there is no {tool}"));
    }
    lacking.is_some()
}

#[tokio::test]
async fn the_worker_renders_in_its_sandbox_under_the_seccomp_profile_and_under_the_filters_of_its_unit() {
    if is_lacking(&["setpriv", "python3", "systemd-analyze"]) {
        return;
    }
    let directory = directory();
    for name in [PROFILE, UNIT] {
        let examined = doctor(&directory, &filter(&directory, name, |text| text)).await;
        assert!(examined.status.success(), "{name}: {}", printed(&examined));
    }
}

#[tokio::test]
async fn the_worker_refuses_to_start_under_filters_that_allow_no_namespaces() {
    if is_lacking(&["setpriv", "python3", "systemd-analyze"]) {
        return;
    }
    let directory = directory();
    let strict = filter(&directory, PROFILE, |text| {
        let mut profile: Value = from_str(&text).expect("JSON");
        for rule in profile["syscalls"].as_array_mut().expect("rules") {
            if rule["names"] == json!(["clone"]) || rule["names"] == json!(["unshare"]) {
                rule["args"][0]["value"] = json!(0x7E02_0000);
            }
        }
        profile.to_string()
    });
    let unit =
        filter(&directory, UNIT, |text| text.replace("RestrictNamespaces=user net pid", "RestrictNamespaces=yes"));

    for filter in [strict, unit] {
        let examined = doctor(&directory, &filter).await;
        assert!(!examined.status.success(), "{}", printed(&examined));
        assert!(printed(&examined).contains("network namespace"), "{}", printed(&examined));
    }
}

#[test]
fn the_profile_allows_what_newer_browsers_need_and_neither_mounts_nor_what_reaches_other_processes() {
    let profile: Value = from_str(&std::fs::read_to_string(path(PROFILE)).expect("a file")).expect("JSON");
    let unconditional: Vec<_> =
        profile["syscalls"].as_array().expect("rules").iter().filter(|rule| rule.get("args").is_none()).collect();
    let allowed = |name: &str| {
        let names = |rule: &Value| rule["names"].as_array().expect("names").iter().any(|other| other == name);
        unconditional.iter().any(|rule| names(rule) && rule["action"] == "SCMP_ACT_ALLOW")
    };

    for needed in ["chroot", "futex_waitv", "memfd_create", "pkey_mprotect", "rseq", "seccomp", "statx"] {
        assert!(allowed(needed), "{needed}");
    }
    for denied in [
        "bpf",
        "clone",
        "clone3",
        "init_module",
        "io_uring_setup",
        "keyctl",
        "mount",
        "open_tree",
        "perf_event_open",
        "pivot_root",
        "process_vm_readv",
        "ptrace",
        "reboot",
        "setns",
        "unshare",
        "userfaultfd",
    ] {
        assert!(!allowed(denied), "{denied}");
    }
    assert_eq!(profile["defaultAction"], "SCMP_ACT_ERRNO");
}
