//! The default actor: the operating system's user and host.

use domain::db::DatabaseUrl;
use domain::event::Actor;
use nix::unistd::{User, gethostname, getuid};

/// The longest name of an actor that the database accepts, in characters.
pub(crate) const MAX_NAME_LENGTH: usize = 200;

/// Returns the user who runs this process and the host, such as `ada@host-1`.
pub(crate) fn current() -> Actor {
    let uid = getuid();
    let user = User::from_uid(uid).ok().flatten().map_or_else(|| format!("uid {uid}"), |user| user.name);
    let host = gethostname().map_or_else(|_| "localhost".to_owned(), |host| host.to_string_lossy().into_owned());
    Actor::new(format!("{user}@{host}").chars().take(MAX_NAME_LENGTH).collect::<String>())
}

/// Names the tool and its user in the server's list of sessions.
pub(crate) fn named(url: &DatabaseUrl) -> DatabaseUrl {
    url.named(&format!("tintype {}", current().name))
}

#[cfg(test)]
mod tests {
    use super::current;

    #[test]
    fn the_default_actor_is_a_user_at_a_host() {
        let actor = current();

        let (user, host) = actor.name.split_once('@').unwrap();
        assert!(!user.is_empty() && !host.is_empty(), "{actor:?}");
        assert_eq!(actor.reason, None);
    }
}
