//! Closes the connection after an error response whose request was not read to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{StreamExt, stream};
use poem::http::{HeaderValue, header};
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response};

/// Adds `Connection: close` to the response if the body of the request was rejected unread. The
/// client then knows that it may stop sending.
pub(crate) struct CloseUnread;

/// An endpoint with [`CloseUnread`] around it.
pub(crate) struct Closing<E>(E);

impl<E: Endpoint> Middleware<E> for CloseUnread {
    type Output = Closing<E>;

    fn transform(&self, inner: E) -> Closing<E> {
        Closing(inner)
    }
}

impl<E: Endpoint> Endpoint for Closing<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let body = request.take_body();
        let is_read = Arc::new(AtomicBool::new(body.is_empty()));
        if !is_read.load(Ordering::Relaxed) {
            let reached = Arc::clone(&is_read);
            let end = stream::once(async move { reached.store(true, Ordering::Relaxed) }).filter_map(async |()| None);
            request.set_body(Body::from_bytes_stream(body.into_bytes_stream().chain(end)));
        }
        let mut response = self.0.call(request).await?.into_response();
        let is_error = response.status().is_client_error() || response.status().is_server_error();
        if is_error && !is_read.load(Ordering::Relaxed) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response)
    }
}
