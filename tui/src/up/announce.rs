//! The announcement: the service is up, and this is how to use it.

use std::net::SocketAddr;
use std::path::Path;
use std::{env, fs, io};

use serde::Serialize;

use super::listen;
use crate::folder;
use crate::print::{self, Form};

/// What is worth knowing of a service that is up.
#[derive(Debug)]
pub(crate) struct Ready<'a> {
    /// Where the API listens.
    pub(crate) listen: SocketAddr,
    /// The demo account's key.
    pub(crate) key: &'a str,
    /// Where the database is.
    pub(crate) database_url: &'a str,
    /// Where the data is.
    pub(crate) folder: &'a Path,
}

/// The line for programs.
#[derive(Debug, Serialize)]
struct Line<'a> {
    url: &'a str,
    key: &'a str,
    database_url: &'a str,
}

/// Says that the service is up.
pub(crate) fn ready(form: Form, ready: &Ready) -> io::Result<()> {
    let url = format!("http://{}", listen::reached_at(ready.listen));
    match form {
        Form::Json => print::json(&Line { url: &url, key: ready.key, database_url: ready.database_url }),
        Form::Text => print::line(&tell(&url, ready)),
    }
}

fn tell(url: &str, Ready { key, folder, .. }: &Ready) -> String {
    let console = console(folder);
    let folder = folder.display();
    format!(
        r#"
Tintype is up.

  url    {url}
  docs   {url}/docs
  key    {key}
  data   {folder}
  logs   {folder}/log

Render a page:

  curl -sS {url}/v1/screenshot -o hello.png \
    -H 'X-API-Key: {key}' \
    -H 'Content-Type: application/json' \
    -d '{{"html": "<h1>Hello from Tintype</h1>"}}'

The console, in another terminal:

  {console}

Ctrl-C stops everything."#
    )
}

/// How to start the console from anywhere: as we were started, on the same folder.
fn console(folder: &Path) -> String {
    let tool = env::args().next().unwrap_or_else(|| "tintype".to_owned());
    let default = folder::locate(None).ok().and_then(|path| fs::canonicalize(path).ok());
    if default.as_deref() == Some(folder) { tool } else { format!("{tool} --data '{}'", folder.display()) }
}
