//! The house: everything that runs, in the order in which it starts and stops.

use std::cell::Cell;
use std::convert::Infallible;
use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use nix::sys::signal::Signal;

use domain::schema;

use super::announce::{self, Ready};
use super::log::Log;
use super::postgres::Postgres;
use super::program::{Environment, Owner, Program};
use super::service::{Ending, Mood, Service};
use super::{UpError, demo, ready};
use crate::folder::{self, Folder};
use crate::print::Form;
use crate::signals::Signals;

/// A worker may finish what it renders, which takes a minute at most by the contract;
/// what it has not begun to finish by then it gives back.
const WORKER: Ending =
    Ending { asked_by: Signal::SIGTERM, within: Duration::from_secs(70), hurried_by: Signal::SIGKILL };
/// The API answers what it has accepted, for which it takes 30 s at most; a call that waits
/// for its job hears at once that the API stops.
const API: Ending = Ending { asked_by: Signal::SIGTERM, within: Duration::from_secs(35), hurried_by: Signal::SIGKILL };

/// What to run, and where.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// Where the data is.
    pub(crate) folder: &'a Folder,
    /// Where the API listens.
    pub(crate) listen: SocketAddr,
    /// How many workers there are.
    pub(crate) workers: u16,
    /// The database to use, instead of one of our own.
    pub(crate) database_url: Option<&'a str>,
    /// The API's program.
    pub(crate) api: PathBuf,
    /// The worker's program.
    pub(crate) worker: PathBuf,
    /// For whom to print.
    pub(crate) form: Form,
}

impl Plan<'_> {
    /// The file of the demo account's key: each database has its own.
    fn demo_key(&self) -> &'static str {
        if self.database_url.is_some() { folder::DEMO_KEY_EXTERNAL } else { folder::DEMO_KEY }
    }
}

/// Everything that runs.
#[derive(Debug, Default)]
pub(crate) struct House {
    postgres: Option<Service>,
    api: Option<Service>,
    workers: Vec<Service>,
}

impl House {
    /// Starts everything, says so, and starts again what dies.
    pub(crate) async fn live(&mut self, plan: &Plan<'_>) -> Result<Infallible, UpError> {
        let logs = plan.folder.private("log")?;
        let url = match plan.database_url {
            Some(url) => url.to_owned(),
            None => self.database(plan, &logs).await?,
        };
        let db = schema::connect(&url, 2).await.map_err(UpError::Away)?;
        schema::migrate(&db).await.map_err(|error| UpError::Migrate(error.into()))?;
        let key = demo::key(&db, plan.folder, plan.demo_key()).await?;
        plan.folder.keep(folder::DATABASE_URL, &url)?;
        self.serve(plan, &url, &logs)?;

        let mood = Cell::new(Mood::Starting);
        let everyone = self.postgres.iter_mut().chain(&mut self.api).chain(&mut self.workers);
        let mut tending = std::pin::pin!(try_join_all(everyone.map(|service| service.tend(&mood))));
        tokio::select! {
            biased;
            hopeless = &mut tending => return never(hopeless),
            ready = ready::wait(&db, &key, plan, &logs) => ready?,
        }
        mood.set(Mood::Running);
        db.close().await;
        announce::ready(
            plan.form,
            &Ready { listen: plan.listen, key: &key, database_url: &url, folder: plan.folder.path() },
        )?;
        never(tending.await)
    }

    async fn database(&mut self, plan: &Plan<'_>, logs: &Path) -> Result<String, UpError> {
        let postgres = Postgres::prepare(plan.folder, plan.workers).await?;
        let service = self.postgres.insert(postgres.start(Log::open(logs, "postgres")?)?);
        postgres.ready(service).await?;
        Ok(postgres.url().to_owned())
    }

    fn serve(&mut self, plan: &Plan, url: &str, logs: &Path) -> Result<(), UpError> {
        let database = ("DATABASE_URL", OsString::from(url));
        let api = child(&plan.api, vec![database.clone(), ("TINTYPE_LISTEN", plan.listen.to_string().into())]);
        self.api = Some(Service::start("tintype-api".to_owned(), api, API, Log::open(logs, "api")?)?);
        for number in 1..=plan.workers {
            let worker = child(&plan.worker, vec![database.clone()]);
            let log = Log::open(logs, &format!("worker-{number}"))?;
            self.workers.push(Service::start(format!("tintype-worker {number}"), worker, WORKER, log)?);
        }
        Ok(())
    }

    /// Stops everything in order; at the next signal, at once. Leaves nothing behind but
    /// the data.
    pub(crate) async fn stop(&mut self, folder: &Folder, signals: &mut Signals) {
        tokio::select! {
            biased;
            () = self.stop_in_order() => (),
            () = signals.next() => self.hurry().await,
        }
        let _ = fs::remove_file(folder.join(folder::DATABASE_URL));
        super::postgres::clear_socket(folder);
    }

    async fn stop_in_order(&mut self) {
        join_all(self.workers.iter_mut().chain(&mut self.api).map(Service::stop)).await;
        join_all(self.postgres.iter_mut().map(Service::stop)).await;
    }

    async fn hurry(&mut self) {
        join_all(self.workers.iter_mut().chain(&mut self.api).map(Service::hurry)).await;
        join_all(self.postgres.iter_mut().map(Service::hurry)).await;
    }
}

/// One of our own programs, whose log is a file and no terminal. Killed with us: its leases lapse, and its work is not lost.
fn child(path: &Path, mut added: Vec<(&'static str, OsString)>) -> Program {
    added.push(("NO_COLOR", "1".into()));
    Program {
        path: path.to_owned(),
        args: Vec::new(),
        environment: Environment::Ours(added),
        owner: Owner::Ourselves,
        dies_by: "KILL",
    }
}

/// Those who are tended to end only by failing. No one to tend to: wait all the same.
fn never(ended: Result<Vec<Infallible>, UpError>) -> Result<Infallible, UpError> {
    match ended?.into_iter().next() {
        Some(never) => match never {},
        None => unreachable!("the API is always tended to"),
    }
}
