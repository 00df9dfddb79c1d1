//! Whether this process lives, and whether it can serve.

use domain::schema;
use poem::web::Data;
use poem::{IntoResponse, Response, handler};

use crate::problem::Problem;
use crate::service::Service;

#[handler]
pub(super) fn live() -> Response {
    ok("live")
}

#[handler]
pub(super) async fn ready(service: Data<&Service>) -> poem::Result<Response> {
    schema::ready(&service.db).await.map_err(Problem::from)?;
    Ok(ok("ready"))
}

fn ok(status: &str) -> Response {
    format!("{{\"status\":\"{status}\"}}").with_content_type("application/json").into_response()
}
