//! The settings that units, containers and the chart name exist.

use std::collections::BTreeSet;
use std::fs::{read_dir, read_to_string};
use std::path::Path;

use harness::binary;
use tokio::process::Command;

use super::{output, path, printed};

/// Returns the variables `TINTYPE_…` that a text names.
fn variables(text: &str) -> BTreeSet<String> {
    let words = text.split(|end: char| !(end.is_ascii_uppercase() || end.is_ascii_digit() || end == '_'));
    words.filter(|word| word.starts_with("TINTYPE_")).map(str::to_owned).collect()
}

fn collect(directory: &Path, text: &mut String) {
    for entry in read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, text);
        } else {
            text.push_str(&read_to_string(&path).unwrap_or_default());
        }
    }
}

#[tokio::test]
async fn every_setting_that_a_package_names_is_a_setting_of_a_program() {
    let mut known = BTreeSet::new();
    for program in ["tintype", "tintype-api", "tintype-worker"] {
        known.extend(variables(&printed(&output(Command::new(binary(program)).arg("--help")).await)));
    }
    let mut packages =
        read_to_string(path("Dockerfile")).expect("a file") + &read_to_string(path("docs/deploy.md")).expect("a file");
    collect(&path("deploy"), &mut packages);

    let unknown: Vec<_> = variables(&packages).difference(&known).cloned().collect();

    assert_eq!(unknown, Vec::<String>::new());
}
