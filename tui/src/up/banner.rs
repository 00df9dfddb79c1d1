//! The banner: printed when the service is ready, with what is needed to use it.

use std::net::SocketAddr;
use std::path::Path;
use std::{env, io, thread};

use domain::db::DatabaseUrl;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use service::print as stdout;

use super::listen;
use crate::data_dir;
use crate::output::{self, OutputFormat};

/// The contents of the banner.
#[derive(Debug)]
pub(crate) struct Banner<'a> {
    /// The address that the API listens on.
    pub(crate) listen: SocketAddr,
    /// The demo account's key.
    pub(crate) key: &'a SecretString,
    /// The URL of the database.
    pub(crate) database_url: &'a DatabaseUrl,
    /// The data directory.
    pub(crate) data_dir: &'a Path,
}

/// The banner as JSON.
#[derive(Serialize)]
struct JsonBanner<'a> {
    url: &'a str,
    key: &'a str,
    database_url: &'a str,
}

/// Prints the banner.
pub(crate) fn print(format: OutputFormat, banner: &Banner) -> io::Result<()> {
    let url = format!("http://{}", listen::connect_address(banner.listen));
    let (key, database_url) = (banner.key.expose_secret(), banner.database_url.expose());
    let text = format.format(&JsonBanner { url: &url, key, database_url }, || text(&url, key, banner.data_dir))?;
    // On a thread: the service must run on if nobody reads the banner, or a disk is full.
    thread::Builder::new().name("banner".to_owned()).spawn(move || {
        if let Err(error) = stdout::line(&text) {
            output::note(&format!("the service is running, but how to use it cannot be printed: {error}"));
        }
    })?;
    Ok(())
}

fn text(url: &str, key: &str, data_dir: &Path) -> String {
    let console = console_command(data_dir);
    let data_dir = data_dir.display();
    format!(
        r#"
Tintype is running.

  url    {url}
  docs   {url}/docs
  key    {key}
  data   {data_dir}
  logs   {data_dir}/log

Render a page:

  curl -sS {url}/v1/screenshot -o hello.png \
    -H 'X-API-Key: {key}' \
    -H 'Content-Type: application/json' \
    -d '{{"html": "<h1>Hello from Tintype</h1>"}}'

Open the console in another terminal:

  {console}

Press Ctrl-C to stop everything."#
    )
}

/// The command that opens the console from any directory.
fn console_command(data_dir: &Path) -> String {
    let tool = env::current_exe().unwrap_or_else(|_| "tintype".into());
    let tool = shell_word(&tool);
    if data_dir::is_global_default(data_dir) { tool } else { format!("{tool} --data {}", shell_word(data_dir)) }
}

/// Quotes a path for a shell.
fn shell_word(path: &Path) -> String {
    let path = path.to_string_lossy();
    shlex::try_quote(&path).unwrap_or_default().into_owned() // no path contains NUL
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{console_command, shell_word};

    #[test]
    fn a_shell_reads_every_path_as_one_word() {
        for path in ["/var/lib/tintype", "/home/ada/my data", "/home/o'hara/$x", "/a\"b\\c"] {
            assert_eq!(shlex::split(&shell_word(Path::new(path))), Some(vec![path.to_owned()]));
        }
    }

    #[test]
    fn only_paths_that_need_quoting_are_quoted() {
        for (path, word) in [("/var/lib/tintype", "/var/lib/tintype"), ("/home/ada/my data", "'/home/ada/my data'")] {
            assert_eq!(shell_word(Path::new(path)), word);
        }
    }

    #[test]
    fn the_console_command_works_from_any_directory() {
        let command = console_command(Path::new("/srv/tintype"));

        assert!(command.starts_with(['/', '\'']), "{command}");
        assert!(command.ends_with(" --data /srv/tintype"), "{command}");
    }
}
