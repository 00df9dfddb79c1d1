//! Making the database: whole, or not at all.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::{io, process};

use super::PostgresError;
use super::server::Server;
use crate::folder::Folder;
use crate::print;
use crate::up::program::{Environment, Owner, Program, args};

/// Makes the database if there is none, under another name first: one that was
/// interrupted is begun anew.
pub(super) async fn make(owner: &Owner, server: &Server, folder: &Folder, cluster: &Path) -> Result<(), PostgresError> {
    if cluster.is_dir() {
        return Ok(());
    }
    let refused = |error| PostgresError::Io(cluster.to_owned(), error);
    let part = folder.join(format!("{}.part", server.cluster()));
    print::note(&format!("making a database with PostgreSQL {} in {}", server.major, folder.path().display()));
    begin(owner, &part).map_err(refused)?;
    let made = initdb(owner, server, &part).command().output().await.map_err(refused)?;
    if !made.status.success() {
        return Err(PostgresError::Initdb(said(&made)));
    }
    fs::rename(&part, cluster).map_err(refused)
}

/// An empty folder for the database.
fn begin(owner: &Owner, part: &Path) -> io::Result<()> {
    match fs::remove_dir_all(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => (),
    }
    DirBuilder::new().mode(0o700).create(part)?;
    owner.give(part)
}

fn initdb(owner: &Owner, server: &Server, part: &Path) -> Program {
    let mut all = args(&[Path::new("-D"), part]);
    all.extend(args(&["-U", "postgres", "--auth-local=trust", "--auth-host=reject", "-E", "UTF8", "--no-locale"]));
    Program {
        path: server.bin.join("initdb"),
        args: all,
        environment: Environment::Bare,
        owner: owner.clone(),
        dies_by: "KILL",
    }
}

fn said(made: &process::Output) -> String {
    String::from_utf8_lossy(&[made.stdout.as_slice(), &made.stderr].concat()).trim().to_owned()
}
