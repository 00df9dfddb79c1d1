//! Names that do not belong to the public internet.

/// Top-level and second-level domains reserved by RFC 6761, 6762, 7686, 8375 and 9476, or used for
/// private networks by convention.
const RESERVED_SUFFIXES: [&str; 14] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "lan",
    "home.arpa",
    "corp",
    "home",
    "invalid",
    "test",
    "onion",
    "alt",
];

/// Domains in which the DNS of a cluster publishes services. Their names tell what runs there, and none is public.
///
/// Kubernetes: `service.namespace.svc.cluster.local` and its short forms, in the two namespaces that each cluster
/// has. Then Consul, Mesos and the container managers of one host.
const CLUSTER_SUFFIXES: [&str; 9] =
    ["svc", "cluster.local", "default", "kube-system", "consul", "mesos", "docker", "lxd", "incus"];

/// The site of html jobs, each of which is served at an origin of its own, once, and only to itself. Nothing is ever
/// requested from it. A browser trusts `localhost` as it trusts https, so pages can use what needs a secure context,
/// and still load `http:` images.
pub const HTML_SITE: &str = "render.localhost";

/// Whether a name belongs to [`HTML_SITE`].
pub(super) fn is_html_site(name: &str) -> bool {
    is_within(name, HTML_SITE)
}

/// Whether a name is reserved: a single label, or a reserved domain or a subdomain of one.
pub(super) fn is_reserved(name: &str) -> bool {
    !name.trim_end_matches('.').contains('.') || RESERVED_SUFFIXES.iter().any(|suffix| is_within(name, suffix))
}

/// Whether a name belongs to the DNS of a cluster.
pub(super) fn is_cluster(name: &str) -> bool {
    !cfg!(feature = "mutant-names") && CLUSTER_SUFFIXES.iter().any(|suffix| is_within(name, suffix))
}

/// Whether a name denotes this machine (RFC 6761, section 6.3).
pub fn is_loopback_name(name: &str) -> bool {
    is_within(name, "localhost")
}

/// Whether a name is a domain or a subdomain of it.
pub(super) fn is_within(name: &str, domain: &str) -> bool {
    let rest = name.trim_end_matches('.').strip_suffix(domain);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
