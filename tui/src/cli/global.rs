//! The options of every command.

use std::path::PathBuf;

use clap::Args;
use domain::db::DatabaseUrl;

use crate::output::OutputFormat;

/// The options of every command.
#[derive(Debug, Args)]
pub(crate) struct GlobalArgs {
    /// Print JSON: one value on one line
    #[arg(long, global = true)]
    json: bool,
    /// The Postgres database to use, instead of that of `tintype up`
    #[arg(long, global = true, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<DatabaseUrl>,
    /// The data directory of `tintype up` [default: .tintype; as root: /var/lib/tintype]
    #[arg(long, global = true, value_name = "DIR", env = "TINTYPE_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// The environment to use, from `config.toml` in `~/.config/tintype`, instead of the above
    #[arg(short = 'e', long = "env", global = true, value_name = "NAME", env = "TINTYPE_ENV")]
    environment: Option<String>,
}

impl GlobalArgs {
    /// How results and errors are printed.
    pub(crate) fn output_format(&self) -> OutputFormat {
        if self.json { OutputFormat::Json } else { OutputFormat::Text }
    }

    /// The name of the chosen environment.
    pub(crate) fn environment(&self) -> Option<&str> {
        self.environment.as_deref().filter(|name| !name.is_empty())
    }

    /// The given database. An empty URL counts as absent.
    pub(crate) fn database_url(&self) -> Option<&DatabaseUrl> {
        self.database_url.as_ref().filter(|url| !url.expose().is_empty())
    }
}
