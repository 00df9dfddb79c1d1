use std::path::Path;

use super::config::Config;
use super::{Profile, ProfileError, has_password, resolve};
use crate::console::ThemeName;
use crate::target::Target;

fn config(text: &str) -> Result<Config, ProfileError> {
    Config::parse(text, Path::new("/home/ada/.config/tintype/config.toml"))
}

fn prod(text: &str) -> Result<Profile, ProfileError> {
    let config = config(text)?;
    resolve("prod", &config.environments["prod"], &config)
}

fn url(target: &Target) -> &str {
    let Target::Url(url) = target else { panic!("{target:?}") };
    url.expose()
}

#[test]
fn an_environment_is_read_only_unless_its_profile_says_otherwise() {
    let text = "[environments.prod]\ndatabase_url = 'postgres://db1/render'\nprotected = true\ntheme = 'light'\n\
        [environments.staging]\ndata = '/srv/tintype'";

    let profile = prod(text).unwrap();

    let environment = &profile.environment;
    assert!(environment.is_read_only && environment.is_protected);
    assert_eq!((environment.name.as_str(), environment.confirm_word.as_str()), ("prod", "PROD"));
    assert_eq!(environment.others, ["staging"]);
    assert_eq!(profile.theme, Some(ThemeName::Light));
    let read_only = "postgres://db1/render?options=-c%20default_transaction_read_only%3Don";
    assert_eq!((url(&profile.target), url(&profile.write_target)), (read_only, read_only));
}

#[test]
fn an_environment_that_may_be_changed_has_its_own_word() {
    let text = "[environments.prod]\ndatabase_url = 'postgres://db1/render'\nread_only = false\nconfirm_word = 'live'";

    let profile = prod(text).unwrap();

    assert!(!profile.environment.is_read_only);
    assert_eq!(profile.environment.confirm_word, "live");
    assert_eq!(url(&profile.target), "postgres://db1/render");
}

#[test]
fn a_password_in_the_file_is_refused_and_not_printed() {
    for (url, is_refused) in [
        ("postgres://ada:hunter2@db1/render", true),
        ("postgres://ada:hun@ter2@db1/render", true),
        ("postgres://db1/render?password=hunter2", true),
        ("postgres://ada@db1:5432/render", false),
        ("postgres://db1:5432/render", false),
        ("postgres://ada@[::1]:5432/render", false),
    ] {
        assert_eq!(has_password(url), is_refused, "{url}");
        let result = prod(&format!("[environments.prod]\ndatabase_url = '{url}'"));
        if is_refused {
            let message = result.unwrap_err().to_string();
            assert!(message.contains("environments.prod.database_url contains a password"), "{message}");
            assert!(message.contains("database_url_env") && !message.contains("hun"), "{message}");
        } else {
            assert!(result.is_ok(), "{url}");
        }
    }
}

#[test]
fn what_is_wrong_is_said_by_its_field() {
    for (text, says) in [
        ("[environments.prod]", "environments.prod.database_url: set exactly one of"),
        ("[environments.prod]\ndata = '/x'\ndatabase_url = 'postgres://h/d'", "set exactly one of"),
        (
            "[environments.prod]\ndatabase_url_env = 'TINTYPE_TEST_UNSET'",
            "the variable TINTYPE_TEST_UNSET, which is not set",
        ),
        ("[environments.prod]\ndata = '/x'\nreadonly = true", "line 3: unknown field `readonly`, expected one of"),
        ("[environments.prod]\ndata = '/x'\ntheme = 'pink'", "line 3: unknown variant `pink`"),
        ("[environments.prod]\ndata = '/x'\nrefresh = 0", "environments.prod.refresh must be from 1 to 3600"),
        ("[environment.prod]\ndata = '/x'", "line 1: unknown field `environment`"),
        ("[environments.prod\n", "config.toml, line 1: "),
    ] {
        let message = prod(text).unwrap_err().to_string();
        assert!(message.contains(says), "{text}: {message}");
    }
}
