//! Connecting to a target within a session: budgets, policy, resolution, dialling.

use std::sync::Arc;
use std::time::Instant;

use url::Host;

use super::dial::{DialError, ResolvedHost};
use super::meter::MeteredStream;
use super::state::{ActivePermit, SessionState};
use super::status::ConnectError;
use super::target::Target;

/// Connects to a target, and records how it went.
///
/// The permit is the caller's to keep for as long as the connection is in use. It is separate
/// from the connection, so that an idle one does not keep others waiting.
pub(super) async fn connect(
    session: &Arc<SessionState>,
    target: &Target,
) -> Result<(MeteredStream, ActivePermit), ConnectError> {
    let connected = match session.start_attempt(target) {
        Ok(()) => establish(session, target).await,
        Err(budget) => Err(ConnectError::OverBudget(budget)),
    };
    match &connected {
        Ok(_) => session.record_connected(target),
        Err(error) => session.record_error(target, *error),
    }
    connected
}

/// Resolves the host once per session: concurrent attempts wait for the first one's lookup.
async fn establish(
    session: &Arc<SessionState>,
    target: &Target,
) -> Result<(MeteredStream, ActivePermit), ConnectError> {
    let dialer = &session.dialer;
    dialer.policy.check_host(&target.host, target.port)?;
    let pinned = session.pinned_host(&target.host)?;
    let resolved = pinned.get_or_init(|| resolve(session, &target.host)).await.as_ref();
    let vetted = dialer.vet(resolved.map_err(|error| *error)?, target.port)?;
    let permit = session.acquire().await?;
    let start = Instant::now();
    let stream = dialer.dial(&vetted).await?;
    session.record_connect_duration(start.elapsed());
    Ok((MeteredStream::new(stream, Arc::clone(session), target.clone()), permit))
}

async fn resolve(session: &SessionState, host: &Host) -> Result<ResolvedHost, DialError> {
    let start = Instant::now();
    let resolved = session.dialer.resolve(host).await;
    session.record_resolve_duration(start.elapsed());
    resolved
}
