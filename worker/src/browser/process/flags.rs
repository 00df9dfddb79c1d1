//! The command line of a browser.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::exec::ExecArgs;
use super::fonts::FontsDir;
use super::identity::Identity;
use super::locate::{Binary, BinaryKind};
use super::network::Network;

/// What all browsers of a worker have in common.
#[derive(Debug)]
pub(in crate::browser) struct LaunchConfig {
    pub(in crate::browser) binary: Binary,
    pub(in crate::browser) identity: Identity,
    /// The executable that calls [`exec_browser`](super::exec_browser): the worker's own.
    pub(in crate::browser) exec_program: PathBuf,
    pub(in crate::browser) sandbox: Sandbox,
    /// The operator's own fonts.
    pub(in crate::browser) fonts: Option<FontsDir>,
    /// The ports that the operator has opened, some of which Chromium refuses by itself.
    pub(in crate::browser) opened_ports: BTreeSet<u16>,
}

/// Whether Chromium sandboxes its renderers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sandbox {
    On,
    UnsafelyOff,
}

/// Whether a browser gives every site a process of its own.
///
/// A page that compromises its renderer can read what is in the same process. In a PDF Chromium
/// does not print the frames of other processes, so documents are printed without isolation, in
/// browsers that do nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SiteIsolation {
    /// For screenshots.
    On,
    /// For PDFs, and for documents on the static lane.
    Off,
}

/// The flags of every browser.
const FLAGS: [&str; 28] = [
    // A pipe, not a port: any process that can connect to the port could read every page.
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--window-size=1280,720",
    // Pages may open no window, as in a person's browser that blocks pop-ups.
    "--block-new-web-contents",
    // Only fatal errors: what pages write to their console goes nowhere. Without the first of
    // these, headless-shell ignores the second.
    "--enable-logging=stderr",
    "--log-level=3",
    "--accept-lang=en-US,en",
    // A mouse: without a device, pages believe that they are on a touch screen.
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
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
    // Saves two processes per browser, neither of which is sandboxed on Linux anyway: 3 % of
    // the CPU time of a small render, as measured.
    "--in-process-gpu",
    "--enable-features=NetworkServiceInProcess2",
    // One flag, because only the last one counts. The spare renderer belongs to none of our
    // contexts; local network access is decided by our own policy; and hiding local IPs makes
    // a page with WebRTC join the mDNS multicast group, which sends a packet.
    "--disable-features=SpareRendererForSitePerProcess,SharedWorkerExtendedLifetime,LocalNetworkAccessChecks,WebRtcHideLocalIpsWithMdns,ServiceWorkerAutoPreload,OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
];

/// The flags that confine a browser to its proxy. Without any one of them traffic bypasses it:
/// measured, and verified by the egress tests, which fail without any of them if there is no
/// network namespace.
const CONFINEMENT: [&str; 4] = [
    // Otherwise loopback addresses are connected to directly.
    #[cfg(not(feature = "mutant-loopback"))]
    "--proxy-bypass-list=<-loopback>",
    #[cfg(feature = "mutant-loopback")]
    "--no-pings",
    // Otherwise the names of TURN servers are resolved directly.
    #[cfg(not(feature = "mutant-resolver"))]
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    #[cfg(feature = "mutant-resolver")]
    "--no-pings",
    // Each kind of browser obeys one of these two, and without it sends UDP packets directly.
    #[cfg(not(feature = "mutant-webrtc"))]
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    #[cfg(feature = "mutant-webrtc")]
    "--no-pings",
    #[cfg(not(feature = "mutant-webrtc"))]
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    #[cfg(feature = "mutant-webrtc")]
    "--no-pings",
];

/// Environment variables that a browser inherits: the configuration of fonts.
const INHERITED_VARIABLES: [&str; 3] = ["FONTCONFIG_FILE", "FONTCONFIG_PATH", "FONTCONFIG_SYSROOT"];

/// Returns the command that starts a browser with its files in `home` and its proxy at a
/// loopback port. The browser has the process id of the command, and dies with the thread
/// that spawns it.
pub(super) fn browser_command(
    config: &LaunchConfig,
    network: Network,
    isolation: SiteIsolation,
    home: &Path,
    proxy_port: u16,
) -> Command {
    let LaunchConfig { binary: Binary { path, kind }, identity, exec_program, sandbox, fonts, opened_ports } = config;
    let mut command = Command::new(exec_program);
    command.args(ExecArgs { identity: *identity, network }.encode()).arg(path);
    command.args(FLAGS).args(CONFINEMENT).arg(format!("--proxy-server=http://127.0.0.1:{proxy_port}"));
    command.arg(format!("--user-data-dir={}", home.join("profile").display()));
    if !opened_ports.is_empty() {
        let ports: Vec<_> = opened_ports.iter().map(u16::to_string).collect();
        command.arg(format!("--explicitly-allowed-ports={}", ports.join(",")));
    }
    match (kind, isolation) {
        // Off by default in headless-shell.
        (_, SiteIsolation::On) => drop(command.arg("--site-per-process")),
        // A frame that is requested is the whole of the document, not what was ready in time. A page with frames of
        // other processes may wait for one of them for ever.
        (BinaryKind::HeadlessShell, SiteIsolation::Off) => {
            command.arg("--run-all-compositor-stages-before-draw");
        }
        (BinaryKind::Full, SiteIsolation::Off) => {}
    }
    match kind {
        BinaryKind::HeadlessShell => {}
        BinaryKind::Full => drop(command.args(["--headless=new", "about:blank"])),
    }
    match sandbox {
        Sandbox::On => {}
        Sandbox::UnsafelyOff => drop(command.arg("--no-sandbox")),
    }
    command.env_clear().env("HOME", home).env("TMPDIR", home).env("LANG", "C.UTF-8");
    for name in INHERITED_VARIABLES {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    if fonts.is_some() {
        command.env("FONTCONFIG_FILE", fonts_config(home));
    }
    command.current_dir(home).process_group(0);
    command
}

/// Returns the path of the browser's font configuration, which the browser may read only.
pub(super) fn fonts_config(home: &Path) -> PathBuf {
    home.with_file_name("fonts.conf")
}
