//! The announcement: the service is up, and this is how to use it.

use std::net::SocketAddr;
use std::path::Path;
use std::{env, io};

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

/// How to start the console from anywhere.
fn console(folder: &Path) -> String {
    let tool = env::current_exe().unwrap_or_else(|_| "tintype".into());
    let tool = quoted(&tool);
    if folder::is_default_everywhere(folder) { tool } else { format!("{tool} --data {}", quoted(folder)) }
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+:@%,".contains(letter);
    if path.chars().all(plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{console, quoted};

    #[test]
    fn a_shell_reads_every_path_whole() {
        for (path, word) in [
            ("/var/lib/tintype", "/var/lib/tintype"),
            ("/home/ada/my data", "'/home/ada/my data'"),
            ("/home/o'hara/$x", r"'/home/o'\''hara/$x'"),
        ] {
            assert_eq!(quoted(Path::new(path)), word);
        }
    }

    #[test]
    fn the_console_is_named_so_that_it_starts_from_anywhere() {
        let command = console(Path::new("/srv/tintype"));

        assert!(command.starts_with(['/', '\'']), "{command}");
        assert!(command.ends_with(" --data /srv/tintype"), "{command}");
    }
}
