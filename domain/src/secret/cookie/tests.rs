use super::{Cookie, SameSite, UnknownSameSite};
use crate::options::TargetUrl;

fn url(raw: &str) -> TargetUrl {
    TargetUrl::parse(raw).expect(raw)
}

fn named(name: &str, value: &str) -> Cookie {
    Cookie { domain: Some("example.com".to_owned()), ..Cookie::new(name, value) }
}

fn fields(cookie: &Cookie) -> Vec<String> {
    cookie.validate("cookies[0]").into_iter().map(|error| error.field).collect()
}

#[test]
fn cookies_that_browsers_store_are_valid() {
    let plain = named("session", "a=b, c \u{1f36a}");
    let longest = named("n", &"v".repeat(4095));
    for cookie in [
        plain.clone(),
        longest,
        named("empty", ""),
        Cookie { domain: Some(".example.com".to_owned()), ..plain.clone() },
        Cookie { domain: Some("EXAMPLE.com".to_owned()), url: Some(url("https://www.example.com/a")), ..plain.clone() },
        Cookie {
            domain: Some("b\u{fc}cher.example".to_owned()),
            url: Some(url("https://xn--bcher-kva.example/")),
            ..plain.clone()
        },
        Cookie { domain: Some("127.0.0.1".to_owned()), url: Some(url("http://127.0.0.1:8080/")), ..plain.clone() },
        Cookie { domain: Some("[::1]".to_owned()), ..plain.clone() },
        Cookie { domain: None, url: Some(url("http://localhost:3000/")), ..plain.clone() },
        Cookie { path: Some("/a b".to_owned()), expires: Some(1_900_000_000.5), ..plain.clone() },
        Cookie { same_site: Some(SameSite::None), secure: true, ..plain.clone() },
        Cookie { same_site: Some(SameSite::Strict), http_only: true, ..plain.clone() },
        Cookie { domain: None, url: Some(url("https://example.com/")), secure: true, ..Cookie::new("__Host-id", "1") },
        Cookie { secure: true, ..named("__Secure-id", "1") },
    ] {
        assert!(cookie.validate("cookies[0]").is_empty(), "{:?}", cookie.validate("cookies[0]"));
    }
}

#[test]
fn a_cookie_has_a_site() {
    assert_eq!(fields(&Cookie::new("a", "b")), ["cookies[0]"]);
}

#[test]
fn a_domain_is_a_host() {
    for raw in [
        "",
        ".",
        "..example.com",
        "https://example.com",
        "example.com:80",
        "example.com/a",
        "*.example.com",
        "a b",
        "a\0",
    ] {
        let cookie = Cookie { domain: Some(raw.to_owned()), ..Cookie::new("a", "b") };

        assert_eq!(fields(&cookie), ["cookies[0].domain"], "{raw:?}");
    }
}

#[test]
fn a_domain_and_a_url_must_agree() {
    for (of_cookie, of_url) in [
        ("example.com", "https://example.org/"),
        ("www.example.com", "https://example.com/"),
        ("example.com", "https://notexample.com/"),
        ("0.0.1", "http://127.0.0.1/"),
        ("127.0.0.1", "http://127.0.0.2/"),
    ] {
        let cookie = Cookie { domain: Some(of_cookie.to_owned()), url: Some(url(of_url)), ..Cookie::new("a", "b") };

        assert_eq!(fields(&cookie), ["cookies[0].domain"], "{of_cookie} {of_url}");
    }
}

#[test]
fn names_and_values_that_would_be_another_cookie_are_rejected() {
    for name in ["", "a=b", "a;b", "a\rb", "a\nb", "a\0", " a", "a\u{7f}"] {
        assert_eq!(fields(&named(name, "1")), ["cookies[0].name"], "{name:?}");
    }
    let long = "v".repeat(5000);
    for value in ["a;b", "a\r\nSet-Cookie: b", "a\0", "a\tb", long.as_str()] {
        assert_eq!(fields(&named("a", value)), ["cookies[0].value"], "{value:?}");
    }
}

#[test]
fn cookies_that_browsers_reject_are_rejected() {
    let host =
        Cookie { domain: None, url: Some(url("https://example.com/")), secure: true, ..Cookie::new("__Host-a", "1") };
    for cookie in [
        Cookie { secure: true, ..named("__Host-a", "1") },
        Cookie { secure: false, ..host.clone() },
        Cookie { path: Some("/a".to_owned()), ..host },
        named("__Secure-a", "1"),
        named("__secure-a", "1"),
    ] {
        assert_eq!(fields(&cookie), ["cookies[0].name"], "{}", cookie.name);
    }
    let none = Cookie { same_site: Some(SameSite::None), ..named("a", "b") };
    assert_eq!(fields(&none), ["cookies[0].same_site"]);
}

#[test]
fn times_that_are_not_times_are_rejected() {
    for expires in [-1.0, 0.0, 1e300, f64::NAN, f64::INFINITY, 1_900_000_000_000.0] {
        let cookie = Cookie { expires: Some(expires), ..named("a", "b") };

        assert_eq!(fields(&cookie), ["cookies[0].expires"], "{expires}");
    }
}

#[test]
fn paths_begin_with_a_slash() {
    for path in ["", "a", "/a;b", "/a\nb", &format!("/{}", "a".repeat(1024))] {
        let cookie = Cookie { path: Some(path.to_owned()), ..named("a", "b") };

        assert_eq!(fields(&cookie), ["cookies[0].path"], "{path:?}");
    }
}

#[test]
fn same_site_is_read_in_any_case() {
    for (raw, expected) in [("Lax", SameSite::Lax), ("lax", SameSite::Lax), ("STRICT", SameSite::Strict)] {
        assert_eq!(SameSite::parse(raw), Ok(expected));
    }
    assert_eq!(SameSite::parse("none"), Ok(SameSite::None));
    assert_eq!(SameSite::parse("no_restriction"), Err(UnknownSameSite));
}
