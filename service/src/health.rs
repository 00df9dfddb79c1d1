//! The health of a process, in parts: what its health checks say.

use std::borrow::Cow;
use std::fmt::Display;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// How long examining a part may take.
const PART_TIMEOUT: Duration = Duration::from_millis(1200);

/// How long the state of the parts is repeated before they are examined again.
const MAX_AGE: Duration = Duration::from_secs(1);

/// The state of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartStatus {
    /// It works.
    Ok,
    /// It works in a way that an operator should know about. The process is ready.
    Degraded,
    /// It does not work. The process is not ready.
    Failed,
    /// It could not be examined, because another part has failed.
    Unknown,
}

/// A part of what a process needs, and its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its name.
    #[serde(skip)]
    pub name: &'static str,
    /// Its state.
    pub status: PartStatus,
    /// What there is to know, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Cow<'static, str>>,
}

impl Part {
    /// A part that works.
    pub fn ok(name: &'static str) -> Self {
        Self { name, status: PartStatus::Ok, message: None }
    }

    /// A part in any state, with a message.
    pub fn new(name: &'static str, status: PartStatus, message: impl Into<Cow<'static, str>>) -> Self {
        Self { name, status, message: Some(message.into()) }
    }

    /// A part that does not work.
    pub fn failed(name: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name, PartStatus::Failed, message)
    }
}

/// Whether a process takes work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// It does.
    Ready,
    /// A part has failed.
    NotReady,
    /// It is shutting down.
    Draining,
}

impl Readiness {
    /// The state of a process that runs, with these parts.
    pub fn of(parts: &[Part]) -> Self {
        let is_ready = !parts.iter().any(|part| part.status == PartStatus::Failed);
        if is_ready { Self::Ready } else { Self::NotReady }
    }

    /// The status of a response: 200, or 503 unless it is ready.
    pub fn status(self) -> u16 {
        match self {
            Self::Ready => 200,
            Self::NotReady | Self::Draining => 503,
        }
    }
}

/// Returns the parts as JSON: an object with a value for each name.
pub fn to_json(parts: &[Part]) -> serde_json::Value {
    let parts = parts.iter().map(|part| (part.name.to_owned(), serde_json::json!(part)));
    serde_json::Value::Object(parts.collect())
}

/// The state of the parts, for a moment: however often it is asked for, the parts are examined once a
/// second. A failure is shared only by those who asked before it was examined: what works again is ready at once.
#[derive(Debug, Default)]
pub struct HealthCache(Mutex<Option<(Instant, Vec<Part>)>>);

impl HealthCache {
    /// Returns the state of the parts, which `examine` returns if it is not known.
    pub async fn get(&self, examine: impl Future<Output = Vec<Part>>) -> Vec<Part> {
        let asked = Instant::now();
        let mut latest = self.0.lock().await;
        if let Some((at, parts)) = &*latest
            && (*at >= asked || at.elapsed() < MAX_AGE && Readiness::of(parts) == Readiness::Ready)
        {
            return parts.clone();
        }
        let started = Instant::now();
        let parts = examine.await;
        *latest = Some((started, parts.clone()));
        parts
    }
}

/// Examines the database and its schema. `part_of` names the part, of these two, that an error of `check`
/// is about.
pub async fn database<T, E: Display>(
    check: impl Future<Output = Result<T, E>>,
    part_of: impl Fn(&E) -> &'static str,
) -> Vec<Part> {
    const DATABASE: &str = "database";
    const SCHEMA: &str = "schema";
    let unknown = Part::new(SCHEMA, PartStatus::Unknown, "the database does not respond");
    match within_limit(DATABASE, check).await {
        Ok(Ok(_)) => vec![Part::ok(DATABASE), Part::ok(SCHEMA)],
        Ok(Err(error)) if part_of(&error) == SCHEMA => {
            vec![Part::ok(DATABASE), Part::failed(SCHEMA, error.to_string())]
        }
        Ok(Err(error)) => vec![Part::failed(DATABASE, error.to_string()), unknown],
        Err(late) => vec![late, unknown],
    }
}

/// Examines a part, which fails if that takes longer than a second.
pub async fn within_limit<T>(name: &'static str, examine: impl Future<Output = T>) -> Result<T, Part> {
    let late = || Part::failed(name, format!("no response within {} s", PART_TIMEOUT.as_secs()));
    timeout(PART_TIMEOUT, examine).await.map_err(|_elapsed| late())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::time::Instant;

    use super::{HealthCache, MAX_AGE, Part, PartStatus, Readiness, within_limit};

    #[test]
    fn a_process_is_ready_unless_a_part_has_failed() {
        for (status, expected) in [
            (PartStatus::Ok, Readiness::Ready),
            (PartStatus::Degraded, Readiness::Ready),
            (PartStatus::Unknown, Readiness::Ready),
            (PartStatus::Failed, Readiness::NotReady),
        ] {
            let parts = [Part::ok("one"), Part::new("two", status, "a reason")];

            assert_eq!(Readiness::of(&parts), expected, "{status:?}");
        }
    }

    #[tokio::test]
    async fn parts_are_examined_once_a_second_however_often_they_are_asked_for() {
        let (cache, examined) = (HealthCache::default(), AtomicUsize::new(0));
        let ask = || async {
            let examine = async {
                examined.fetch_add(1, Ordering::Relaxed);
                vec![Part::ok("one")]
            };
            cache.get(examine).await
        };

        let began = Instant::now();
        while began.elapsed() < MAX_AGE * 2 {
            ask().await;
            tokio::task::yield_now().await;
        }

        let examined = examined.load(Ordering::Relaxed);
        assert!((2..=3).contains(&examined), "{examined}");
    }

    #[tokio::test]
    async fn a_part_that_does_not_respond_has_failed() {
        let part = within_limit("database", std::future::pending::<()>()).await.expect_err("no response");

        assert_eq!((part.name, part.status), ("database", PartStatus::Failed));
    }
}
