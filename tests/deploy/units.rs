//! The systemd units.

use std::fs::{read_to_string, write};
use std::path::Path;

use harness::{binary, skip};
use tokio::process::Command;

use super::{output, path, printed};

/// The units, and the exposure that `systemd-analyze security` may give them, of 10. The worker's is higher because
/// Chromium's sandbox needs namespaces and its compiler writable code.
const UNITS: [(&str, f64); 3] =
    [("tintype-api.service", 1.5), ("tintype-migrate.service", 1.5), ("tintype-worker@.service", 3.0)];

fn has_systemd() -> bool {
    let there = Path::new("/usr/bin/systemd-analyze").exists();
    if !there {
        skip("there is no systemd-analyze");
    }
    there
}

#[tokio::test]
async fn the_units_are_valid() {
    if !has_systemd() {
        return;
    }
    // With the programs of this build, and without man pages, which are not installed here.
    let directory = tempfile::tempdir().expect("a directory");
    let mut command = Command::new("systemd-analyze");
    command.arg("verify");
    for (name, _) in UNITS {
        let text = read_to_string(path("deploy/systemd").join(name)).expect("a unit");
        let (line, program) =
            text.lines().find_map(|line| Some((line, line.strip_prefix("ExecStart=")?))).expect("a program");
        let name_of_program = program.split(' ').next().expect("a name");
        let here = line.replace(name_of_program, &binary(name_of_program).display().to_string());
        let text = text.replace(line, &here).replace("Documentation=", "#");
        write(directory.path().join(name), text).expect("a copy");
        command.arg(directory.path().join(name));
    }

    let verified = output(&mut command).await;

    assert!(verified.status.success(), "{}", printed(&verified));
    let ours: Vec<_> = printed(&verified).lines().filter(|line| line.contains("tintype")).map(str::to_owned).collect();
    assert_eq!(ours, Vec::<String>::new());
}

#[tokio::test]
async fn the_units_are_as_confined_as_their_programs_allow() {
    if !has_systemd() {
        return;
    }
    for (name, limit) in UNITS {
        let unit = path("deploy/systemd").join(name);
        let rated =
            output(Command::new("systemd-analyze").args(["security", "--offline=yes", "--no-pager"]).arg(unit)).await;
        let text = printed(&rated);
        let exposure =
            text.lines().find_map(|line| line.split_once("Overall exposure level for ")?.1.split(' ').nth(1));
        let exposure: f64 = exposure.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{text}"));

        assert!(exposure <= limit, "{name}: {exposure}\n{text}");
    }
}

#[test]
fn a_stopped_worker_has_time_to_finish_its_renders_and_its_browsers_get_no_signal() {
    let unit = read_to_string(path("deploy/systemd/tintype-worker@.service")).expect("a unit");

    for line in ["KillMode=mixed", "OOMPolicy=continue", "TimeoutStopSec=60", "LimitNOFILE=65536"] {
        assert!(unit.lines().any(|other| other == line), "{line}");
    }
}
