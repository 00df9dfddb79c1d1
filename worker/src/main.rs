//! `tintype-worker`: renders jobs until it is told to stop.

use anyhow::Context;
use clap::Parser;
use domain::schema::connect_lazily;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use worker::Args;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Args { database_url, config } = Args::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let db = connect_lazily(database_url.expose(), config.connections()).context("DATABASE_URL cannot be read")?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let told = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    Ok(worker::run(config, db, told).await?)
}
