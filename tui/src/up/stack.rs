//! The stack: Postgres, the API and the workers, in the order in which they start and stop.

use std::cell::Cell;
use std::convert::Infallible;
use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use domain::db::{self, DatabaseUrl};
use futures_util::future::{join_all, try_join_all};
use nix::sys::signal::Signal;
use service::signals::ShutdownSignals;

use super::banner::{self, Banner};
use super::child::{Child, ChildError, Phase, StopPolicy};
use super::error::UpError;
use super::log::Log;
use super::plan::Plan;
use super::postgres::{self, Postgres};
use super::program::{Environment, Program, RunAs, Variable};
use super::{demo, ready, secret_key};
use crate::actor;
use crate::data_dir::{DATABASE_URL_FILE, DataDir};

/// A worker finishes the pages that it is rendering, which takes at most a minute; then it
/// releases the leases that it still holds.
const WORKER_STOP: StopPolicy =
    StopPolicy { signal: Signal::SIGTERM, timeout: Duration::from_secs(70), force_signal: Signal::SIGKILL };
/// The API answers the requests that it has accepted, which takes at most 30 s. A call that
/// waits for a job is answered as soon as the API is told to stop.
const API_STOP: StopPolicy =
    StopPolicy { signal: Signal::SIGTERM, timeout: Duration::from_secs(35), force_signal: Signal::SIGKILL };

/// The running processes.
#[derive(Debug, Default)]
pub(crate) struct Stack {
    postgres: Option<Child>,
    api: Option<Child>,
    workers: Vec<Child>,
}

impl Stack {
    /// Starts everything, prints the banner, and restarts children that exit.
    pub(crate) async fn run(&mut self, plan: &Plan<'_>) -> Result<Infallible, UpError> {
        service::limits::raise_open_files();
        let logs = plan.data_dir.create_private("log")?;
        let url = match plan.database_url {
            Some(url) => url.clone(),
            None => self.start_postgres(plan, &logs).await?,
        };
        let connected = db::connect(actor::named(&url).expose(), 2).await;
        let db = connected.map_err(|error| UpError::DatabaseUnreachable(db::describe(&error)))?;
        db::migrate(&db).await?;
        let key = demo::key(&db, plan.data_dir, plan.demo_key_file()).await?;
        plan.data_dir.write(DATABASE_URL_FILE, url.expose())?;
        let secret_key = secret_key::environment(plan.data_dir)?;
        self.start_services(plan, &[database(&url)].into_iter().chain(secret_key).collect::<Vec<_>>(), &logs)?;

        let phase = Cell::new(Phase::Starting);
        let children = self.postgres.iter_mut().chain(&mut self.api).chain(&mut self.workers);
        let mut supervision = std::pin::pin!(try_join_all(children.map(|child| child.supervise(&phase))));
        tokio::select! {
            biased;
            result = &mut supervision => return never(result),
            result = ready::wait(&db, &key, plan, &logs) => result?,
        }
        phase.set(Phase::Running);
        db.close().await;
        let banner = Banner { listen: plan.listen, key: &key, database_url: &url, data_dir: plan.data_dir.path() };
        banner::print(plan.output_format, &banner)?;
        never(supervision.await)
    }

    async fn start_postgres(&mut self, plan: &Plan<'_>, logs: &Path) -> Result<DatabaseUrl, UpError> {
        let postgres = Postgres::prepare(plan.data_dir, plan.workers).await?;
        let child = self.postgres.insert(postgres.start(Log::open(logs, "postgres")?)?);
        postgres.wait_until_ready(child).await?;
        Ok(postgres.database_url())
    }

    /// Starts the API and the workers with these variables.
    fn start_services(&mut self, plan: &Plan, env: &[Variable], logs: &Path) -> Result<(), UpError> {
        let log_format = ("TINTYPE_LOG_FORMAT", OsString::from(plan.log_format.name()));
        let env = &[env, &[log_format]].concat();
        let listen = ("TINTYPE_LISTEN", OsString::from(plan.listen.to_string()));
        // No load balancer has to notice, and the API must end within its timeout.
        let drain_delay = ("TINTYPE_DRAIN_DELAY", OsString::from("0"));
        let api = service(&plan.api_program, [env.as_slice(), &[listen, drain_delay]].concat());
        self.api = Some(Child::start("tintype-api".to_owned(), api, API_STOP, Log::open(logs, "api")?)?);
        for number in 1..=plan.workers {
            let worker = service(&plan.worker_program, [env.as_slice(), worker_listen(number).as_slice()].concat());
            let log = Log::open(logs, &format!("worker-{number}"))?;
            self.workers.push(Child::start(format!("tintype-worker {number}"), worker, WORKER_STOP, log)?);
        }
        Ok(())
    }

    /// Stops everything in order, or immediately at the next signal. Only the data remains.
    pub(crate) async fn stop(&mut self, data_dir: &DataDir, signals: &mut ShutdownSignals) {
        tokio::select! {
            biased;
            () = self.stop_gracefully() => (),
            () = signals.recv() => self.force_stop().await,
        }
        let _ = fs::remove_file(data_dir.join(DATABASE_URL_FILE));
        postgres::remove_socket_dir(data_dir);
    }

    async fn stop_gracefully(&mut self) {
        join_all(self.workers.iter_mut().chain(&mut self.api).map(Child::stop)).await;
        join_all(self.postgres.iter_mut().map(Child::stop)).await;
    }

    async fn force_stop(&mut self) {
        join_all(self.workers.iter_mut().chain(&mut self.api).map(Child::force_stop)).await;
        join_all(self.postgres.iter_mut().map(Child::force_stop)).await;
    }
}

fn database(url: &DatabaseUrl) -> Variable {
    ("DATABASE_URL", OsString::from(url.expose()))
}

/// The address of the health checks of worker `number`, counted from 1: each worker has a port of its own.
fn worker_listen(number: u16) -> Option<Variable> {
    const WORKER_LISTEN: &str = "TINTYPE_WORKER_LISTEN";
    let mut first: SocketAddr = std::env::var(WORKER_LISTEN).ok()?.trim().parse().ok()?;
    if first.port() != 0 {
        first.set_port(first.port().checked_add(number - 1)?);
    }
    Some((WORKER_LISTEN, OsString::from(first.to_string())))
}

/// One of our services. Its log is a file, so it uses no colours. It may be killed: its
/// leases lapse, and other workers take over its jobs.
fn service(path: &Path, mut env: Vec<Variable>) -> Program {
    env.push(("NO_COLOR", "1".into()));
    Program {
        path: path.to_owned(),
        args: Vec::new(),
        environment: Environment::Inherit(env),
        run_as: RunAs::CurrentUser,
        death_signal: "KILL",
    }
}

/// Supervision ends only with an error: there is always a child, the API.
fn never(result: Result<Vec<Infallible>, ChildError>) -> Result<Infallible, UpError> {
    match result?.into_iter().next() {
        Some(never) => match never {},
        None => unreachable!("the API is always supervised"),
    }
}
