//! `DATABASE_URL`: understood as a whole, or refused with what is wrong and the way out.

use std::convert::Infallible;
use std::net::Ipv6Addr;
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;
use url::{Url, form_urlencoded};

use super::invalid_url::InvalidUrl;
use super::parameter::{self, Support};

/// Where the database is. It may hold a password, so it is never printed.
#[derive(Debug, Clone)]
pub struct DatabaseUrl(SecretString);

/// How to connect: what the driver needs, and what is set when the session has begun.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) options: PgConnectOptions,
    /// The settings of the parameter `options`. They are not startup parameters, because poolers refuse those.
    pub(super) settings: Vec<(String, String)>,
    /// The parameter `connect_timeout`.
    pub(super) connect_timeout: Option<Duration>,
}

impl DatabaseUrl {
    /// The URL itself, for connecting.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The host and the name of the database, such as `db1.eu/render`.
    pub fn place(&self) -> String {
        let Ok(url) = parse(self.expose()) else { return String::new() };
        let host = url.host_str().filter(|host| !host.is_empty()).unwrap_or("localhost");
        // A socket is named by its directory, percent-encoded.
        let host = if host.starts_with('%') || host.starts_with('/') { "localhost" } else { host };
        format!("{host}/{}", url.path().trim_start_matches('/'))
    }

    /// Names the program in the server's list of sessions, unless the URL or `PGAPPNAME` does.
    #[must_use]
    pub fn named(&self, program: &str) -> Self {
        let raw = self.expose();
        let is_named = raw.contains("application_name=") || std::env::var_os("PGAPPNAME").is_some();
        if is_named || raw.is_empty() || raw.contains('#') {
            return self.clone();
        }
        // The server would shorten it and replace other characters, too.
        let name: String =
            program.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).take(63).collect();
        let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let separator = if raw.contains('?') { '&' } else { '?' };
        Self(format!("{}{separator}application_name={name}", raw.trim_end()).into())
    }
}

impl FromStr for DatabaseUrl {
    type Err = Infallible;

    /// Accepts any text: an error of the command line would print it. [`InvalidUrl`] is returned when it is used.
    fn from_str(raw: &str) -> Result<Self, Infallible> {
        Ok(Self(raw.into()))
    }
}

impl FromStr for Address {
    type Err = InvalidUrl;

    fn from_str(raw: &str) -> Result<Self, InvalidUrl> {
        let mut url = parse(raw.trim())?;
        let (mut settings, mut connect_timeout, mut kept) = (Vec::new(), None, Vec::new());
        for (name, value) in url.query_pairs().into_owned() {
            match parameter::check(&name, &value)? {
                Support::Driver => kept.push((name, value)),
                Support::Fixed => (),
                Support::ConnectTimeout(seconds) => connect_timeout = seconds,
                Support::Settings(found) => settings.extend(found),
            }
        }
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(&kept);
        }
        let options: PgConnectOptions = url.as_str().parse().map_err(|_| InvalidUrl::Unencoded)?;
        let address = options.get_host().strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let options = match address.and_then(|address| address.parse::<Ipv6Addr>().ok()) {
            Some(address) => options.host(&address.to_string()),
            None => options,
        };
        let name = options.get_application_name().unwrap_or("tintype").to_owned();
        Ok(Self { options: options.application_name(&name).extra_float_digits(None), settings, connect_timeout })
    }
}

fn parse(raw: &str) -> Result<Url, InvalidUrl> {
    if raw.is_empty() {
        return Err(InvalidUrl::Empty);
    }
    let (scheme, rest) = raw.split_once("://").ok_or(InvalidUrl::NoScheme)?;
    if !["postgres", "postgresql"].contains(&scheme.to_ascii_lowercase().as_str()) {
        let is_name = !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        return Err(if is_name { InvalidUrl::Scheme(scheme.to_owned()) } else { InvalidUrl::NoScheme });
    }
    // In front of the host there may be a user and a password, in which these end the host.
    let (authority, behind) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let is_cut_short = !authority.contains('@') && authority.contains(':') && behind.contains('@');
    let host = authority.rsplit('@').next().unwrap_or_default();
    if is_cut_short || raw.contains('#') {
        return Err(InvalidUrl::Unencoded);
    }
    if host.contains(',') {
        return Err(InvalidUrl::Hosts);
    }
    if raw.contains("%00") {
        return Err(InvalidUrl::Nul);
    }
    let has_password = authority.split_once('@').is_some_and(|(user, _)| user.contains(':'));
    Url::parse(raw).map_err(|error| if has_password { InvalidUrl::Unencoded } else { InvalidUrl::Malformed(error) })
}

#[cfg(test)]
mod tests {
    use super::{Address, DatabaseUrl, InvalidUrl};

    fn error(url: &str) -> InvalidUrl {
        url.parse::<Address>().expect_err(url)
    }

    #[test]
    fn a_database_url_is_not_printed() {
        let url: DatabaseUrl = "postgres://tintype:hunter2@localhost/tintype".parse().expect("any text is accepted");

        assert!(!format!("{url:?}").contains("hunter2"));
        assert!(url.expose().contains("hunter2"));
    }

    #[test]
    fn a_url_that_cannot_be_used_is_refused_with_the_way_out_and_without_its_password() {
        for (url, says) in [
            ("", "is empty"),
            (" \n", "is empty"),
            ("host=localhost password=hunter2", "has no scheme"),
            ("localhost/tintype", "has no scheme"),
            ("mysql://u:hunter2@host/db", "the scheme `mysql`"),
            ("u:hunter2@host://db", "has no scheme"),
            ("postgres://u:hun/ter2@host/db", "%2F"),
            ("postgres://u:hun?ter2@host/db", "%3F"),
            ("postgres://u:hun#ter2@host/db", "%23"),
            ("postgres://u:123#ter2@host/db", "%23"),
            ("postgres://u:123?ter2@host/db", "%3F"),
            ("postgres://u:123/ter2@host/db", "%2F"),
            ("postgres://u:hunter2@host:99999/db", "percent-encoding"),
            ("postgres://host:99999/db", "invalid port number"),
            ("postgres://[::1/db", "invalid IPv6 address"),
            ("postgres://a:5432,b:5432/db", "several hosts"),
            ("postgres://u:hunter2@a,b/db", "several hosts"),
            ("postgres://u:hunter2%00@host/db", "%00"),
            ("postgres://host/db?sslmod=require", "`sslmod` of the database URL is not known: did you mean `sslmode`?"),
            ("postgres://host/db?applicaton_name=x", "did you mean `application_name`?"),
            ("postgres://host/db?ssl_root_cert=x", "did you mean `sslrootcert`?"),
            ("postgres://host/db?pgbouncer=true", "`pgbouncer` of the database URL is not known: remove it"),
            ("postgres://host/db?sslmode=on", "`sslmode` of the database URL must be disable, allow"),
            ("postgres://host/db?port=x", "`port` of the database URL must be a number"),
            ("postgres://host/db?connect_timeout=soon", "`connect_timeout` of the database URL must be"),
            ("postgres://host/db?target_session_attrs=standby", "must be any, read-write or primary"),
            ("postgres://host/db?channel_binding=require", "must be disable or prefer"),
            ("postgres://host/db?options=endpoint%3Da", "`options` of the database URL must be"),
            ("postgres://host/db?sslrootcert=/nonexistent", "`sslrootcert` of the database URL names cannot be read"),
            ("postgres://host/db?host=a,b", "several hosts"),
        ] {
            let message = error(url).to_string();
            assert!(message.contains(says), "{url}: {message}");
            assert!(!message.contains("hun") && !message.contains("ter2"), "{message}");
        }
    }

    #[test]
    fn hosts_may_be_names_addresses_and_sockets() {
        for (url, host, socket) in [
            ("postgres://db.example.com/x", "db.example.com", None),
            ("postgresql://10.0.0.1:6432/x", "10.0.0.1", None),
            ("postgres://u:p@[::1]:5433/x", "::1", None),
            ("postgres://[2001:db8::7]/x", "2001:db8::7", None),
            ("postgres://localhost/x?host=::1", "::1", None),
            ("postgres://u:p@ss@host/x\n", "host", None),
            ("postgres:///x?host=/run/postgresql", "", Some("/run/postgresql")),
            ("postgres://u@%2Frun%2Fpg/x?port=5433", "", Some("/run/pg")),
        ] {
            let address: Address = url.parse().expect(url);
            match socket {
                Some(socket) => assert_eq!(address.options.get_socket().and_then(|path| path.to_str()), Some(socket)),
                None => assert_eq!(address.options.get_host(), host),
            }
        }
    }

    #[test]
    fn settings_in_the_url_are_set_in_the_session_and_not_at_its_start() {
        let url = r"postgres://host/db?options=-c%20search_path%3Dapp%20--lock_timeout%3D1s%20-cwork_mem%3D4\%20MB&options[jit]=on";
        let address: Address = url.parse().expect("a URL");

        let settings = [("search_path", "app"), ("lock_timeout", "1s"), ("work_mem", "4 MB"), ("jit", "on")];
        assert_eq!(address.settings, settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(address.options.get_options(), None);
    }

    #[test]
    fn what_is_already_so_may_be_asked_for() {
        let url = "postgres://host/db?target_session_attrs=read-write&channel_binding=prefer&gssencmode=disable\
            &client_encoding=utf8&connect_timeout=3&sslrootcert=system&sslmode=verify-full";
        let address: Address = url.parse().expect("a URL");

        assert_eq!(address.connect_timeout.map(|wait| wait.as_secs()), Some(3));
    }

    #[test]
    fn a_program_names_itself_unless_the_url_does() {
        let named = |url: &str, program: &str| {
            let url = url.parse::<DatabaseUrl>().expect("any text").named(program);
            let address: Address = url.expose().parse().expect("a URL");
            address.options.get_application_name().map(str::to_owned)
        };
        let long = "w".repeat(80);

        assert_eq!(named("postgres://h/db", "tintype-worker a&b=1").as_deref(), Some("tintype-worker a&b=1"));
        assert_eq!(named("postgres://h/db?sslmode=disable", "tintype ada@host").as_deref(), Some("tintype ada@host"));
        assert_eq!(named("postgres://h/db?application_name=mine", "tintype").as_deref(), Some("mine"));
        assert_eq!(named("postgres://h/db", "tintype-worker é").as_deref(), Some("tintype-worker ?"));
        assert_eq!(named("postgres://h/db", &long).map(|name| name.len()), Some(63));
        assert_eq!("".parse::<DatabaseUrl>().expect("any text").named("tintype").expose(), "");
    }
}
