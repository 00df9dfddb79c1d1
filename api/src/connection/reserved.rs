//! Refuses requests on connections beyond the bound, except for health checks.

use poem::{Endpoint, Middleware, Request};
use service::http::Admission;

use crate::error::code::Code;
use crate::error::problem::Problem;

/// The path below which the health checks are.
const HEALTH: &str = "/health/";

/// Serves only health checks on connections that are beyond the bound.
pub(crate) struct HealthOnly;

/// An endpoint with [`HealthOnly`] around it.
pub(crate) struct Bounded<E>(E);

impl<E: Endpoint> Middleware<E> for HealthOnly {
    type Output = Bounded<E>;

    fn transform(&self, inner: E) -> Bounded<E> {
        Bounded(inner)
    }
}

impl<E: Endpoint> Endpoint for Bounded<E> {
    type Output = E::Output;

    async fn call(&self, request: Request) -> poem::Result<E::Output> {
        let is_reserved = request.extensions().get() == Some(&Admission::Reserved);
        if is_reserved && !request.uri().path().starts_with(HEALTH) {
            let message = "the server has as many connections as it can serve; retry later";
            return Err(Problem::new(Code::TooManyConnections, message).retry_after(1).into());
        }
        self.0.call(request).await
    }
}
