//! `GET /health/live` and `GET /health/ready`

use poem::web::Data;
use poem::{IntoResponse, Response, handler};
use serde_json::{Value, json};
use service::health::{self, Part, PartStatus, Readiness};

use crate::app::App;
use crate::error::code::Code;
use crate::error::problem::Problem;

/// Seconds after which a client may ask again.
const RETRY_AFTER: u32 = 5;

/// Returns 200 while the process is running.
#[handler]
pub(super) fn live() -> Response {
    ok(&json!({ "status": "live" }))
}

/// Returns 200 if requests can be served, and in any case the state of the parts that this needs.
#[handler]
pub(super) async fn ready(app: Data<&App>) -> poem::Result<Response> {
    let parts = app.health.parts().await;
    let readiness = if app.draining.is_cancelled() { Readiness::Draining } else { Readiness::of(&parts) };
    let problem = match readiness {
        Readiness::Ready => return Ok(ok(&json!({ "status": readiness, "parts": health::to_json(&parts) }))),
        Readiness::NotReady => Problem::new(Code::DatabaseUnavailable, first_failure(&parts)),
        Readiness::Draining => Problem::new(Code::ShuttingDown, "this server is shutting down: use another"),
    };
    let problem = problem.member("status", json!(readiness)).member("parts", health::to_json(&parts));
    Err(problem.retry_after(RETRY_AFTER).into())
}

fn first_failure(parts: &[Part]) -> &str {
    let failed = parts.iter().find(|part| part.status == PartStatus::Failed);
    failed.and_then(|part| part.message.as_deref()).unwrap_or_default()
}

fn ok(body: &Value) -> Response {
    body.to_string().with_content_type("application/json").into_response()
}
