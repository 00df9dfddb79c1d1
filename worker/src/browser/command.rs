//! The command line by which a browser is started.

use std::path::Path;

use tokio::process::Command;

use super::find::{Binary, Kind};
use super::user::Identity;

/// What every browser is told. The sandbox is never turned off.
const FLAGS: [&str; 24] = [
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    "--window-size=1280,720",
    // One process per site, also across frames: the shell's own default is none.
    "--site-per-process",
    // Each kind of browser obeys one of the two, and without it leaks packets to any address.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--no-pings",
    "--no-service-autorun",
    "--mute-audio",
    "--hide-scrollbars",
    "--disable-dev-shm-usage",
    "--password-store=basic",
    // One flag only: the last would win. The spare renderer belongs to no context of ours.
    "--disable-features=SpareRendererForSitePerProcess,ServiceWorkerAutoPreload,OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
];

/// Variables that a browser may inherit: where fonts are configured.
const INHERITED: [&str; 3] = ["FONTCONFIG_FILE", "FONTCONFIG_PATH", "FONTCONFIG_SYSROOT"];

/// Composes the command that starts a browser which lives in `home`, and whose process
/// id is that of the command: it dies with the thread that spawns it.
pub(super) fn command(binary: &Binary, identity: &Identity, home: &Path) -> Command {
    let mut command = launcher(binary, identity);
    command.args(FLAGS).arg(format!("--user-data-dir={}", super::process::profile(home).display()));
    match binary.kind {
        Kind::HeadlessShell => {}
        Kind::Full => drop(command.args(["--headless=new", "about:blank"])),
    }
    command.env_clear().env("HOME", home).env("TMPDIR", home).env("LANG", "C.UTF-8");
    for name in INHERITED {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.current_dir(home).process_group(0);
    command
}

/// Both launchers exec: the last becomes the browser. No core is dumped, for it would hold
/// what pages held. The death signal is set after the change of user, which would clear it.
#[cfg(target_os = "linux")]
fn launcher(binary: &Binary, identity: &Identity) -> Command {
    let mut command = Command::new("prlimit");
    command.args(["--core=0", "--", "setpriv", "--pdeathsig", "KILL"]);
    if let Identity::Other { uid, gid } = identity {
        command.arg("--reuid").arg(uid.to_string()).arg("--regid").arg(gid.to_string()).arg("--clear-groups");
    }
    command.arg("--").arg(&binary.path);
    command
}

#[cfg(not(target_os = "linux"))]
fn launcher(binary: &Binary, identity: &Identity) -> Command {
    let mut command = Command::new(&binary.path);
    if let Identity::Other { uid, gid } = identity {
        command.uid(uid.as_raw()).gid(gid.as_raw());
    }
    command
}
