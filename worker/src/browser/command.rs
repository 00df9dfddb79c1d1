//! The command line by which a browser is started.

use std::path::Path;

use tokio::process::Command;

use super::find::{Binary, Kind};
use super::init::{Init, Net};
use super::{Launcher, Sandbox};

/// What every browser is told.
const FLAGS: [&str; 24] = [
    // No port: whoever could connect to one would see every page.
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--window-size=1280,720",
    // One process per site, also across frames: the shell's own default is none.
    "--site-per-process",
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
    // Two processes fewer for each browser, neither of which has a sandbox on Linux in any case:
    // measured, this saves 3 % of a small render's processor time.
    "--in-process-gpu",
    "--enable-features=NetworkServiceInProcess2",
    // One flag only: the last would win. The spare renderer belongs to no context of ours,
    // what is local is for our own policy to say, and a page with WebRTC would have the machine
    // join the group of mDNS, which is a packet on the network.
    "--disable-features=SpareRendererForSitePerProcess,SharedWorkerExtendedLifetime,LocalNetworkAccessChecks,WebRtcHideLocalIpsWithMdns,ServiceWorkerAutoPreload,OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
];

/// What keeps a browser behind its proxy. Each line is a hole without it: measured, and kept
/// so by the tests of `tests/darkroom`, which fail without any of them where flags are all
/// there is.
const WALL: [&str; 4] = [
    // Else what is on the machine itself is spoken to directly.
    #[cfg(not(feature = "mutant-loopback"))]
    "--proxy-bypass-list=<-loopback>",
    #[cfg(feature = "mutant-loopback")]
    "--no-pings",
    // Else the names of TURN servers are asked for.
    #[cfg(not(feature = "mutant-resolver"))]
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    #[cfg(feature = "mutant-resolver")]
    "--no-pings",
    // Each kind of browser obeys one of the two, and without it sends packets anywhere.
    #[cfg(not(feature = "mutant-webrtc"))]
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    #[cfg(feature = "mutant-webrtc")]
    "--no-pings",
    #[cfg(not(feature = "mutant-webrtc"))]
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    #[cfg(feature = "mutant-webrtc")]
    "--no-pings",
];

/// Variables that a browser may inherit: where fonts are configured.
const INHERITED: [&str; 3] = ["FONTCONFIG_FILE", "FONTCONFIG_PATH", "FONTCONFIG_SYSROOT"];

/// Composes the command that starts a browser which lives in `home` and speaks to the world
/// through a proxy on its loopback. Its process id is that of the command, and it dies with
/// the thread that spawns it.
pub(super) fn command(launcher: &Launcher, net: Net, home: &Path, proxy_port: u16) -> Command {
    let Launcher { binary: Binary { path, kind }, identity, init, sandbox, .. } = launcher;
    let mut command = Command::new(init);
    command.args(Init { identity: *identity, net }.args()).arg(path);
    command.args(FLAGS).args(WALL).arg(format!("--proxy-server=http://127.0.0.1:{proxy_port}"));
    command.arg(format!("--user-data-dir={}", home.join("profile").display()));
    match kind {
        Kind::HeadlessShell => {}
        Kind::Full => drop(command.args(["--headless=new", "about:blank"])),
    }
    match sandbox {
        Sandbox::On => {}
        Sandbox::UnsafelyOff => drop(command.arg("--no-sandbox")),
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
