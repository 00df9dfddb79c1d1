//! Starting browsers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chromiumoxide_cdp::cdp::browser_protocol::browser::GetVersionParams;
use chromiumoxide_cdp::cdp::browser_protocol::target::{FilterEntry, SetAutoAttachParams, TargetFilter};
use domain::egress::Dialer;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tracing::warn;

use super::process::{Begun, NotStarted, Process};
use super::{Binary, Browser, Heard, Identity, Net, StartError, State, find, identity};
use crate::cdp::{Client, Link};
use crate::config::Config;
use crate::egress::Proxy;

/// How long a browser may take to be of use. It takes a fifth of a second on an idle machine.
const START: Duration = Duration::from_secs(30);

/// Whether Chromium keeps its renderers in its own sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sandbox {
    On,
    UnsafelyOff,
}

/// How browsers are started here.
#[derive(Debug)]
pub(crate) struct Launcher {
    pub(super) binary: Binary,
    pub(super) identity: Identity,
    /// The program that becomes the browser: the worker's own.
    pub(super) init: PathBuf,
    pub(super) sandbox: Sandbox,
    net: Net,
    dialer: Arc<Dialer>,
}

impl Launcher {
    /// Finds out how browsers can be started here, by starting one: with a network of its
    /// own if the system allows that, without unless that is required.
    pub(crate) async fn try_out(config: &Config) -> Result<(Self, Browser), StartError> {
        let mut launcher = Self::new(config)?;
        super::home::sweep(&launcher.identity);
        if launcher.sandbox == Sandbox::UnsafelyOff {
            warn!("browsers run WITHOUT their sandbox: a page that takes over its renderer has all that they have");
        }
        let first = match launcher.start().await {
            // Once may be chance, and what is decided here holds for as long as the worker lives.
            Err(StartError::Process(NotStarted::NoNamespace(_))) => launcher.start().await,
            first => first,
        };
        match first {
            Err(StartError::Process(NotStarted::NoNamespace(why))) if !config.require_netns => {
                warn!("browsers share the machine's network, and only their flags keep them to the proxy: {why}");
                launcher.net = Net::Shared;
                let browser = launcher.start().await?;
                Ok((launcher, browser))
            }
            started => started.map(|browser| (launcher, browser)),
        }
    }

    fn new(config: &Config) -> Result<Self, StartError> {
        let binary = find(config.chromium.as_deref())?;
        let identity = identity(&config.browser_user)?;
        let own =
            || std::env::current_exe().map_err(|e| NotStarted::Machine("the worker's own program is not found", e));
        let init = config.launcher.clone().map_or_else(own, Ok)?;
        let sandbox = if config.unsafe_no_sandbox { Sandbox::UnsafelyOff } else { Sandbox::On };
        let net = if config.no_netns { Net::Shared } else { Net::Own };
        Ok(Self { binary, identity, init, sandbox, net, dialer: Arc::new(config.dialer()) })
    }

    /// Where the browser's program is.
    pub(crate) fn binary(&self) -> String {
        self.binary.path.display().to_string()
    }

    /// Whether browsers have their sandbox.
    pub(crate) fn sandbox(&self) -> Sandbox {
        self.sandbox
    }

    /// Which network browsers are in.
    pub(crate) fn net(&self) -> Net {
        self.net
    }

    /// Starts a browser, and waits until it is of use.
    pub(crate) async fn start(&self) -> Result<Browser, StartError> {
        let started = timeout(START, async {
            let Begun { mut process, link, exit } = Process::spawn(self, self.net).await?;
            let state = Arc::new(State::default());
            let (client, driver) = open(link, &state)?;
            let Ok(product) = meet(&client).await else { return Err(process.silent().into()) };
            let proxy = self.proxy(exit)?;
            let product = product.into();
            let (kept, born, renders) = (None, Instant::now(), 0);
            let mut browser = Browser { client, product, proxy, process, _driver: driver, kept, state, born, renders };
            browser.prepare().await.map_err(|_| browser.process.silent())?;
            Ok(browser)
        });
        started.await.unwrap_or_else(|_| Err(NotStarted::Mute("it has not even begun".to_owned()).into()))
    }

    fn proxy(&self, exit: std::net::TcpListener) -> Result<Proxy, NotStarted> {
        let lacks = |error| NotStarted::Machine("no proxy for the browser", error);
        exit.set_nonblocking(true).map_err(lacks)?;
        Ok(Proxy::serve(TcpListener::from_std(exit).map_err(lacks)?, Arc::clone(&self.dialer)))
    }
}

fn open(link: Link, state: &Arc<State>) -> Result<(Client, JoinSet<()>), NotStarted> {
    let (client, drive) = link.open().map_err(|error| NotStarted::Machine("no pipe for the browser", error))?;
    let mut driver = JoinSet::new();
    let heard = Heard(Arc::clone(state));
    driver.spawn(async move {
        drive.await;
        drop(heard);
    });
    Ok((client, driver))
}

/// Has a browser say who it is, and show every page before that does anything.
async fn meet(client: &Client) -> Result<String, crate::cdp::CallError> {
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
