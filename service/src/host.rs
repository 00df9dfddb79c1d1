//! The name of this process among those of the fleet.

/// Returns the host's name and the process's id, as `host:pid`.
pub fn host_and_process() -> String {
    let host = nix::unistd::gethostname().ok().and_then(|host| host.into_string().ok());
    format!("{}:{}", host.unwrap_or_default(), std::process::id())
}
