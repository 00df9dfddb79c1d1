//! Playback: responds to queries from a recording, at the pace at which it was made.

use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::Instant;

use super::job::Job;
use super::recording::Recording;
use crate::console::core::link::Database;
use crate::console::core::message::Message;

/// Responds until the console ends.
pub(super) async fn play(recording: Recording, start: Instant, mut jobs: Receiver<Job>, out: Sender<Message>) {
    let name = format!("recording {}", recording.name());
    drop(out.send(Message::Connected(Database { name, is_standby: true, hint: None })).await);
    while let Some(job) = jobs.recv().await {
        let Job::Fetch(fetch) = job else { continue };
        let panel = fetch.query.panel();
        let result = recording.at(panel, start.elapsed()).ok_or_else(|| "this was not recorded".to_owned());
        let response = Message::Response { panel, generation: fetch.generation, result, took: Duration::ZERO };
        if out.send(response).await.is_err() {
            return;
        }
    }
}
