//! Polling: one query a second, with back-off after failures.

use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep};

use super::query::{SLOW_AFTER, fetch, no_response};
use crate::backoff;
use crate::console::message::Message;
use crate::console::model::PollFailure;
use crate::target::Target;

/// The delay between two queries.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// The longest delay after a failure.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(5);

/// Polls the database until the receiver is dropped.
pub(in crate::console) async fn poll(target: Target, start: Instant, sender: Sender<Message>) {
    let mut db = None;
    let mut attempts = 0;
    while !sender.is_closed() {
        let on_slow = || {
            let reason = no_response(SLOW_AFTER);
            let failure = PollFailure { reason, attempts: attempts + 1, retry_at: None };
            drop(sender.try_send(Message::PollFailed(failure)));
        };
        let on_schema = |hint| drop(sender.try_send(Message::Schema(hint)));
        let (message, delay) = match fetch(&target, &mut db, on_slow, on_schema).await {
            Ok(overview) => {
                attempts = 0;
                (Message::Overview(Box::new(overview)), POLL_INTERVAL)
            }
            Err(reason) => {
                db = None;
                attempts += 1;
                let delay = backoff::delay(attempts, MAX_RETRY_DELAY);
                let retry_at = Some(start.elapsed() + delay);
                (Message::PollFailed(PollFailure { reason, attempts, retry_at }), delay)
            }
        };
        if sender.send(message).await.is_err() {
            return;
        }
        sleep(delay).await;
    }
}
