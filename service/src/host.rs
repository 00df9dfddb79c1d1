//! The name of this process among those of the fleet.

/// Returns the host's name and the process's id, as `host:pid`.
pub fn host_and_process() -> String {
    format!("{}:{}", host().unwrap_or_default(), std::process::id())
}

/// Returns the host's name, if it has one that is text.
pub fn host() -> Option<String> {
    nix::unistd::gethostname().ok().and_then(|host| host.into_string().ok())
}
