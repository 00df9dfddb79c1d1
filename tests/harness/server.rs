//! The Postgres server that the tests run on.

use sqlx::{Connection, PgConnection};

/// Connects to the maintenance database of a server.
pub(crate) async fn admin_connection(server: &str) -> PgConnection {
    PgConnection::connect(server).await.expect("a connection to the server of DATABASE_URL")
}

/// Returns the URL of the server that the tests run on.
pub(crate) fn server() -> String {
    std::env::var("DATABASE_URL").expect("DATABASE_URL must name a Postgres server: run the tests with `just test`")
}

/// Replaces the database in a server's URL.
pub(crate) fn url_of(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let root = base.rsplit_once('/').map_or(base, |(root, _)| root);
    format!("{root}/{name}?{query}")
}
