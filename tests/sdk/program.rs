//! Programs that use the service, in a directory of their own.

use std::fs::{copy, create_dir, read, write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use harness::{Service, TEST_TIMEOUT, skip};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::timeout;

/// A directory that programs run in.
pub(super) struct Directory(TempDir);

impl Directory {
    pub(super) fn create() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    /// Returns the content of a file that a program wrote.
    pub(super) fn read(&self, name: &str) -> Vec<u8> {
        read(self.0.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs a program to its end, with the service and the key in its environment. It must succeed. Returns its
    /// standard output.
    pub(super) async fn run(&self, service: &Service, key: &str, command: &mut Command) -> String {
        let output = self.output(command.env("TINTYPE_URL", &service.url).env("TINTYPE_KEY", key)).await;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{:?} {}:\n{stdout}\n{stderr}", command.as_std(), output.status);
        stdout
    }

    /// Compiles a TypeScript program against the generated client, and returns the command that runs it.
    pub(super) async fn typescript(&self, client: &Path, source: &str) -> Command {
        let modules = self.0.path().join("node_modules");
        create_dir(&modules).expect("a directory");
        symlink(client, modules.join("tintype-client")).expect("a link");
        symlink(client.join("node_modules/@types"), modules.join("@types")).expect("a link");
        copy(root().join(source), self.0.path().join("main.ts")).expect("a copy");
        copy(root().join("examples/typescript/tsconfig.json"), self.0.path().join("tsconfig.json")).expect("a copy");
        write(self.0.path().join("package.json"), r#"{"type": "module"}"#).expect("a file");
        let output = self.output(&mut Command::new(client.join("node_modules/.bin/tsc"))).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let mut command = Command::new("node");
        command.arg("dist/main.js");
        command
    }

    async fn output(&self, command: &mut Command) -> Output {
        command.current_dir(self.0.path()).stdin(Stdio::null()).kill_on_drop(true);
        timeout(TEST_TIMEOUT, command.output()).await.expect("the program ends in time").expect("the program runs")
    }
}

/// Returns a command that runs a Python program of this repository.
pub(super) fn python(source: &str) -> Command {
    let mut command = Command::new("python3");
    command.arg("-B").arg(root().join(source));
    command.env("PYTHONPATH", format!("{0}/target/sdk/python:{0}/.tools/python", root().display()));
    command
}

/// Returns where the generated client of this language is, if it has been generated.
pub(super) fn client(language: &str) -> Option<PathBuf> {
    let (client, stamp) = ("target/sdk/", ".stamp");
    if !root().join(format!("{client}{language}{stamp}")).exists() {
        skip(&format!("there is no generated client: run `./bootstrap just sdk {language}`"));
        return None;
    }
    Some(root().join(format!("{client}{language}")))
}

/// Returns the root of this repository.
pub(super) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.expect("a directory above the tests").to_owned()
}
