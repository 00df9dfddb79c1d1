//! Bodies: requests that must keep arriving, and responses whose end is noticed.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::clock::{InProgress, STOP_REST_GRACE};
use super::limits::Limits;

/// A body, of a request or of a response.
pub type Body = BoxBody<Bytes, io::Error>;

/// The body of a request. Reading it fails with [`io::ErrorKind::TimedOut`] once it arrives too
/// slowly. Only the time in which it is read counts. Once the shutdown has begun, it may pause for a
/// few seconds only.
pub(super) struct RequestBody {
    body: Incoming,
    limits: Limits,
    received: u64,
    /// How long has been waited for all frames before the one that is waited for now.
    waited: Duration,
    /// Since when the next frame is waited for.
    since: Option<Instant>,
    sleep: Pin<Box<Sleep>>,
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
    stopped: Option<Instant>,
}

impl RequestBody {
    pub(super) fn new(body: Incoming, limits: Limits, stop: &CancellationToken) -> Self {
        let (sleep, stop) = (Box::pin(sleep(limits.body)), Box::pin(stop.clone().cancelled_owned()));
        Self { body, limits, received: 0, waited: Duration::ZERO, since: None, sleep, stop, stopped: None }
    }

    /// Waits for the next frame, but not longer than it may take.
    fn poll_limit(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let since = *self.since.get_or_insert_with(Instant::now);
        let earned = Duration::from_secs(self.received / self.limits.body_rate.max(1));
        let left = (self.limits.body + earned).saturating_sub(self.waited);
        if self.stopped.is_none() && self.stop.as_mut().poll(cx).is_ready() {
            self.stopped = Some(Instant::now());
        }
        let deadline = since + left.min(self.limits.body);
        let deadline = self.stopped.map_or(deadline, |stopped| deadline.min(stopped.max(since) + STOP_REST_GRACE));
        if self.sleep.deadline() != deadline {
            self.sleep.as_mut().reset(deadline);
        }
        let timed_out = || io::Error::new(io::ErrorKind::TimedOut, "the body did not arrive in time");
        self.sleep.as_mut().poll(cx).map(|()| timed_out())
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
            return self.poll_limit(cx).map(|error| Some(Err(error)));
        };
        if let Some(since) = self.since.take() {
            self.waited += since.elapsed();
        }
        if let Some(Ok(frame)) = &frame {
            self.received += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        Poll::Ready(frame.map(|frame| frame.map_err(io::Error::other)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of a response. The request is in progress until it ends.
pub(super) struct ResponseBody {
    body: Body,
    _request: InProgress,
}

impl ResponseBody {
    pub(super) fn new(body: Body, request: InProgress) -> Self {
        Self { body, _request: request }
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
