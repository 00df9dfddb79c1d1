//! Man pages and shell completions, made from a program's command line.
//!
//! `tintype` has commands for them. The API and the workers print theirs for two arguments that `--help` does not
//! list, because packages need them and operators do not.

use std::ffi::OsString;
use std::io;

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;

use crate::print;

const PRINT_MAN: &str = "--print-man";
const PRINT_COMPLETIONS: &str = "--print-completions";

/// Prints the man page of a program, or its completions, if the first argument is `--print-man` or
/// `--print-completions SHELL`. Returns `None` for any other.
pub fn print_if_requested<Cli: CommandFactory>() -> Option<io::Result<()>> {
    let mut args = std::env::args_os().skip(1);
    let (first, second) = (args.next()?, args.next());
    Some(requested(&first.into_string().ok()?, second, Cli::command)?.and_then(|text| print::bytes(&text)))
}

fn requested(
    first: &str,
    second: Option<OsString>,
    command: impl FnOnce() -> clap::Command,
) -> Option<io::Result<Vec<u8>>> {
    match first {
        PRINT_MAN => Some(man_page(command())),
        PRINT_COMPLETIONS => {
            let name = second.unwrap_or_default();
            let shell = Shell::from_str(&name.to_string_lossy(), false);
            Some(shell.map(|shell| completions(command(), shell)).map_err(|_| io::Error::other(unknown_shell())))
        }
        _ => None,
    }
}

fn unknown_shell() -> String {
    let shells: Vec<_> = Shell::value_variants().iter().map(ToString::to_string).collect();
    format!("{PRINT_COMPLETIONS} takes the name of a shell: {}", shells.join(", "))
}

/// Returns the man page of a program, without those of its commands.
pub fn man_page(command: clap::Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    Ok(page)
}

/// Returns the script that completes a program's arguments in a shell.
pub fn completions(mut command: clap::Command, shell: Shell) -> Vec<u8> {
    // Into memory: `generate` panics if its output is closed.
    let (name, mut script) = (command.get_name().to_owned(), Vec::new());
    clap_complete::generate(shell, &mut command, name, &mut script);
    script
}

#[cfg(test)]
mod tests {
    use super::requested;

    fn command() -> clap::Command {
        clap::Command::new("tintype-test").about("A program").arg(clap::arg!(--size <SIZE> "How large"))
    }

    fn text(first: &str, second: Option<&str>) -> Option<Result<String, String>> {
        let made = requested(first, second.map(Into::into), command)?;
        Some(made.map(|text| String::from_utf8(text).expect("text")).map_err(|error| error.to_string()))
    }

    #[test]
    fn a_program_prints_its_man_page_and_its_completions_and_names_the_shells_it_knows() {
        let page = text("--print-man", None).expect("a page").expect("no error");
        assert!(page.contains(".TH tintype-test 1") && page.contains("How large"), "{page}");
        for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
            let script = text("--print-completions", Some(shell)).expect("a script").expect("no error");
            assert!(script.contains("size"), "{shell}: {script}");
        }
        for wrong in [None, Some("csh")] {
            let error = text("--print-completions", wrong).expect("an answer").expect_err("no such shell");
            assert!(error.contains("bash") && error.contains("fish"), "{error}");
        }
        assert_eq!(text("--help", None), None);
    }
}
