//! Whether this process lives, and whether it can serve.

use domain::schema;
use poem::web::Data;
use poem::{IntoResponse, Response, handler};

use crate::problem::{Code, Problem};
use crate::service::Service;

#[handler]
pub(super) fn live() -> Response {
    ok("live")
}

#[handler]
pub(super) async fn ready(service: Data<&Service>) -> poem::Result<Response> {
    if schema::ready(&service.db).await.map_err(Problem::from)? {
        return Ok(ok("ready"));
    }
    let message = "the database has not our schema: run `tintype migrate`";
    Err(Problem::new(Code::DatabaseUnavailable, message).retry_after(5).into())
}

fn ok(status: &str) -> Response {
    format!("{{\"status\":\"{status}\"}}").with_content_type("application/json").into_response()
}
