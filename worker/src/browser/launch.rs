//! Launching browsers.

use std::sync::Arc;
use std::time::Duration;

use chromiumoxide_cdp::cdp::browser_protocol::browser::GetVersionParams;
use chromiumoxide_cdp::cdp::browser_protocol::target::{FilterEntry, SetAutoAttachParams, TargetFilter};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tracing::warn;

use super::instance::Browser;
use super::process::{
    BinaryNotFound, BrowserProcess, BrowserUserError, FontsDir, FontsError, Identity, LaunchConfig, Network, Sandbox,
    SiteIsolation, SpawnError, Spawned, locate, remove_abandoned,
};
use super::state::{BrowserState, Retirement};
use crate::cdp::{CallError, Client, Pipe};
use crate::config::Config;
use crate::egress::{Dialer, Proxy};

/// How long a browser may take until it can render. It takes 0.2 s on an idle machine.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// Launches browsers with the settings that work on this machine.
#[derive(Debug)]
pub(crate) struct Launcher {
    config: LaunchConfig,
    network: Network,
    dialer: Arc<Dialer>,
}

/// Why there is no browser.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The user to run it as is not usable. Configure another.
    #[error(transparent)]
    User(#[from] BrowserUserError),
    /// It is not installed.
    #[error(transparent)]
    Binary(#[from] BinaryNotFound),
    /// The operator's fonts are not usable. Correct the setting.
    #[error(transparent)]
    Fonts(#[from] FontsError),
    /// Its process did not start.
    #[error(transparent)]
    Process(#[from] SpawnError),
}

impl Launcher {
    /// Launches a first browser to determine which settings work on this machine: with a
    /// network namespace if possible, and without one unless the configuration requires it.
    pub(crate) async fn detect(config: &Config) -> Result<(Self, Browser), StartError> {
        let mut launcher = Self::new(config)?;
        remove_abandoned(&launcher.config.identity);
        if launcher.config.sandbox == Sandbox::UnsafelyOff {
            warn!("browsers run WITHOUT their sandbox: a page that compromises its renderer gets all their rights");
        }
        let first = match launcher.launch(SiteIsolation::On).await {
            // Try twice: one failure may be transient, and the result is final for this process.
            Err(StartError::Process(SpawnError::NoNamespace(_))) => launcher.launch(SiteIsolation::On).await,
            first => first,
        };
        match first {
            Err(StartError::Process(SpawnError::NoNamespace(reason))) if !config.require_netns => {
                warn!("browsers share the machine's network; only flags confine them to the proxy: {reason}");
                launcher.network = Network::Shared;
                let browser = launcher.launch(SiteIsolation::On).await?;
                Ok((launcher, browser))
            }
            started => started.map(|browser| (launcher, browser)),
        }
    }

    fn new(config: &Config) -> Result<Self, StartError> {
        let binary = locate(config.chromium.as_deref())?;
        let identity = Identity::for_browsers(&config.browser_user)?;
        let fonts = config.fonts.as_deref().map(|path| FontsDir::open(path, &identity)).transpose()?;
        let own_executable = || {
            std::env::current_exe()
                .map_err(|error| SpawnError::System("cannot find the worker's own executable", error))
        };
        let exec_program = config.launcher.clone().map_or_else(own_executable, Ok)?;
        let sandbox = if config.unsafe_no_sandbox { Sandbox::UnsafelyOff } else { Sandbox::On };
        let network = if config.no_netns { Network::Shared } else { Network::Isolated };
        let dialer = Arc::new(config.dialer());
        let opened_ports = dialer.policy.opened_ports();
        let config = LaunchConfig { binary, identity, exec_program, sandbox, fonts, opened_ports };
        Ok(Self { config, network, dialer })
    }

    /// Returns the path of the browser's binary.
    pub(crate) fn binary(&self) -> String {
        self.config.binary.path.display().to_string()
    }

    pub(crate) fn sandbox(&self) -> Sandbox {
        self.config.sandbox
    }

    pub(crate) fn network(&self) -> Network {
        self.network
    }

    /// Launches a browser and waits until it can render.
    pub(crate) async fn launch(&self, isolation: SiteIsolation) -> Result<Browser, StartError> {
        let started = timeout(START_TIMEOUT, async {
            let Spawned { mut process, pipe, listener } =
                BrowserProcess::spawn(&self.config, self.network, isolation).await?;
            let state = Arc::new(BrowserState::default());
            let (client, driver) = open(pipe, &state)?;
            let Ok(product) = initialize(&client).await else { return Err(process.exit_error().into()) };
            let proxy = self.proxy(listener)?;
            let mut browser = Browser {
                client,
                isolation,
                product: product.replacen("HeadlessChrome/", "Chromium ", 1).into(),
                proxy,
                process,
                _driver: driver,
                stored: None,
                lanes: Vec::new(),
                kind: self.config.binary.kind,
                state,
                started_at: Instant::now(),
                renders: 0,
            };
            browser.prepare_context().await.map_err(|_| browser.process.exit_error())?;
            Ok(browser)
        });
        started.await.unwrap_or_else(|_| Err(SpawnError::Timeout("the process did not start".to_owned()).into()))
    }

    fn proxy(&self, listener: std::net::TcpListener) -> Result<Proxy, SpawnError> {
        let failed = |error| SpawnError::System("cannot start the browser's proxy", error);
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Proxy::serve(TcpListener::from_std(listener).map_err(failed)?, Arc::clone(&self.dialer)))
    }
}

/// Retires the browser when dropped: its pipe is closed, so it can render nothing more.
struct RetireGuard(Arc<BrowserState>);

impl Drop for RetireGuard {
    fn drop(&mut self) {
        self.0.retire(Retirement::Exited);
    }
}

fn open(pipe: Pipe, state: &Arc<BrowserState>) -> Result<(Client, JoinSet<()>), SpawnError> {
    let (client, drive) = pipe.open().map_err(|error| SpawnError::System("cannot open the browser's pipe", error))?;
    let mut driver = JoinSet::new();
    let guard = RetireGuard(Arc::clone(state));
    driver.spawn(async move {
        drive.await;
        drop(guard);
    });
    Ok((client, driver))
}

/// Returns the browser's name and version, and has it attach to every page and pause it
/// before it runs.
async fn initialize(client: &Client) -> Result<String, CallError> {
    let product = client.call(&GetVersionParams {}).await?.product;
    let pages = FilterEntry { exclude: None, r#type: Some("page".to_owned()) };
    let attach = SetAutoAttachParams {
        auto_attach: true,
        wait_for_debugger_on_start: true,
        flatten: Some(true),
        filter: Some(TargetFilter::new(vec![pages])),
    };
    client.call(&attach).await?;
    Ok(product)
}
