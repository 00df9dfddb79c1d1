//! The database cluster: created completely, or not at all.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::{io, process};

use super::error::PostgresError;
use super::install::Install;
use crate::data_dir::DataDir;
use crate::output;
use crate::up::program::{Environment, Program, RunAs, args};

/// Creates the cluster if there is none. It gets its name only when it is complete, so an
/// interrupted creation starts over.
pub(super) async fn create(
    run_as: &RunAs,
    install: &Install,
    data_dir: &DataDir,
    cluster: &Path,
) -> Result<(), PostgresError> {
    if cluster.is_dir() {
        return Ok(());
    }
    let io_error = |error| PostgresError::Io(cluster.to_owned(), error);
    let part = data_dir.join(format!("{}.part", install.cluster_name()));
    output::note(&format!(
        "creating a database with PostgreSQL {} in {}",
        install.major_version,
        data_dir.path().display()
    ));
    create_empty_dir(run_as, &part).map_err(io_error)?;
    let initdb = initdb(run_as, install, &part).command().output().await.map_err(io_error)?;
    if !initdb.status.success() {
        return Err(PostgresError::Initdb(output_of(&initdb)));
    }
    fs::rename(&part, cluster).map_err(io_error)
}

fn create_empty_dir(run_as: &RunAs, dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => (),
    }
    DirBuilder::new().mode(0o700).create(dir)?;
    run_as.chown(dir)
}

fn initdb(run_as: &RunAs, install: &Install, dir: &Path) -> Program {
    let mut all = args(&[Path::new("-D"), dir]);
    all.extend(args(&["-U", "postgres", "--auth-local=trust", "--auth-host=reject", "-E", "UTF8", "--no-locale"]));
    Program {
        path: install.bin_dir.join("initdb"),
        args: all,
        environment: Environment::Minimal,
        run_as: run_as.clone(),
        death_signal: "KILL",
    }
}

fn output_of(process: &process::Output) -> String {
    String::from_utf8_lossy(&[process.stdout.as_slice(), &process.stderr].concat()).trim().to_owned()
}
