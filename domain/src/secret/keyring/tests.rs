use std::error::Error;
use std::fs;

use secrecy::ExposeSecret;

use super::{InvalidKeyring, KeyList, Keyring};

const BASE64: &str = "ABEiM0RVZneImaq7zN3u/wECAwQFBgcICQoLDA0ODxA=";
const HEX: &str = "00112233445566778899aabbccddeeff0102030405060708090a0b0c0d0e0f10";

fn ids(keys: &str) -> Vec<String> {
    Keyring::parse(keys).expect("valid keys").keys().iter().map(|key| key.id().to_owned()).collect()
}

#[test]
fn a_key_has_the_same_id_in_every_spelling() {
    let id = ids(BASE64);
    assert_eq!(id.len(), 1);

    for spelling in [
        HEX,
        &HEX.to_uppercase(),
        BASE64.trim_end_matches('='),
        &BASE64.replace('/', "_"),
        &format!(" {BASE64}\n"),
        &format!("{HEX},"),
    ] {
        assert_eq!(ids(spelling), id, "{spelling}");
    }
}

#[test]
fn several_keys_are_separated_by_commas_or_lines() {
    let other = Keyring::generate();
    let other = other.expose_secret();

    let expected = [ids(other), ids(BASE64)].concat();

    assert_eq!(ids(&format!("{other},{BASE64}")), expected);
    assert_eq!(ids(&format!("{other}, {BASE64}\n")), expected);
    assert_eq!(ids(&format!("{other}\n{HEX}\n")), expected);
}

#[test]
fn nonsense_is_an_error_that_does_not_repeat_it() {
    let short = &BASE64[..40];
    for nonsense in [
        "hunter2",
        short,
        &HEX[..62],
        &HEX.replace('f', "g"),
        &"A".repeat(43),
        &"0".repeat(64),
        &"ab".repeat(32),
        "ключ",
    ] {
        let error = Keyring::parse(&format!("{BASE64},{nonsense}")).expect_err(nonsense);

        assert!(matches!(error, InvalidKeyring::Malformed(2)), "{error}");
        assert!(!format!("{error} {error:?}").contains(nonsense), "{error}");
    }
}

#[test]
fn no_key_is_no_error_but_a_file_without_one_is() {
    let dir = std::env::temp_dir().join(format!("tintype-keyring-{}", std::process::id()));
    fs::create_dir_all(&dir).expect("a directory");
    let file = dir.join("secret-key");

    assert!(Keyring::load(None, None).expect("no keys").keys().is_empty());
    let empty: KeyList = "".parse().expect("never fails");
    assert!(Keyring::load(Some(&empty), None).expect("no keys").keys().is_empty());
    let missing = Keyring::load(None, Some(&file)).expect_err("no file");
    assert!(missing.source().is_some(), "{missing}");
    fs::write(&file, "\n").expect("a file");
    assert!(matches!(Keyring::load(None, Some(&file)), Err(InvalidKeyring::Empty(_))));
    fs::write(&file, format!("{BASE64}\n")).expect("a file");
    assert_eq!(Keyring::load(None, Some(&file)).expect("a key").keys().len(), 1);
    assert_eq!(Keyring::load(Some(&empty), Some(&file)).expect("a key").keys().len(), 1);

    fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn a_generated_key_is_a_key_and_is_not_printed() {
    let key = Keyring::generate();

    let keyring = Keyring::parse(key.expose_secret()).expect("a key");

    assert!(!format!("{keyring:?} {key:?}").contains(key.expose_secret()));
}
