//! `GET /health/live` and `GET /health/ready`

use domain::db;
use poem::web::Data;
use poem::{IntoResponse, Response, handler};

use crate::app::App;
use crate::error::code::Code;
use crate::error::problem::Problem;

/// Returns 200 while the process is running.
#[handler]
pub(super) fn live() -> Response {
    ok("live")
}

/// Returns 200 if requests can be served.
#[handler]
pub(super) async fn ready(app: Data<&App>) -> poem::Result<Response> {
    if db::has_schema(&app.db).await.map_err(Problem::from)? {
        return Ok(ok("ready"));
    }
    let message = "the database does not have Tintype's schema: run `tintype migrate`";
    Err(Problem::new(Code::DatabaseUnavailable, message).retry_after(5).into())
}

fn ok(status: &str) -> Response {
    format!("{{\"status\":\"{status}\"}}").with_content_type("application/json").into_response()
}
