//! The command line and the environment variables of a program, parsed once, at its start.

use std::env;
use std::ffi::OsString;

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command, Error, Parser};

/// Parses the command line, or prints what is wrong and exits.
///
/// A variable with an empty value counts as not set: Compose files and unit files set optional
/// variables that way. An error names the variable that its value comes from.
pub fn parse<T: Parser>() -> T {
    try_parse_from(env::args_os().collect()).unwrap_or_else(|error| error.exit())
}

fn try_parse_from<T: Parser>(arguments: Vec<OsString>) -> Result<T, Error> {
    let mut command = without_empty_variables(T::command());
    command.build(); // without which no argument can be printed
    let given = arguments.clone();
    let parsed = command.clone().try_get_matches_from(arguments);
    parsed.and_then(|mut matches| T::from_arg_matches_mut(&mut matches)).map_err(|error| {
        let is_given = |arg: &Arg| given.iter().any(|given| names(arg, given));
        explain(error, &command, is_given)
    })
}

fn without_empty_variables(command: Command) -> Command {
    let is_empty = |arg: &Arg| {
        let value = arg.get_env().and_then(env::var_os);
        value.is_some_and(|value| value.to_str().is_some_and(|value| value.trim().is_empty()))
    };
    let command = command.mut_args(|arg| if is_empty(&arg) { arg.env(Resettable::Reset) } else { arg });
    command.mut_subcommands(without_empty_variables)
}

/// Adds the variable to an error whose value comes from one, and removes a value that is secret.
fn explain(mut error: Error, command: &Command, is_given: impl Fn(&Arg) -> bool) -> Error {
    let Some(ContextValue::String(invalid)) = error.get(ContextKind::InvalidArg) else { return error };
    let Some(arg) = find(command, invalid) else { return error };
    let Some(variable) = arg.get_env().and_then(|name| name.to_str()) else { return error };
    if arg.is_hide_env_values_set() && error.get(ContextKind::InvalidValue).is_some() {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".to_owned()));
    }
    if env::var_os(variable).is_some() && !is_given(arg) {
        let tip = format!("the value is that of the environment variable {variable}");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

fn find<'a>(command: &'a Command, shown: &str) -> Option<&'a Arg> {
    let own = command.get_arguments().find(|arg| arg.to_string() == shown);
    own.or_else(|| command.get_subcommands().find_map(|command| find(command, shown)))
}

/// Whether an argument of the command line is this flag.
fn names(arg: &Arg, given: &OsString) -> bool {
    let (Some(long), Some(given)) = (arg.get_long(), given.to_str()) else { return false };
    given.strip_prefix("--").and_then(|given| given.split('=').next()) == Some(long)
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::try_parse_from;

    /// `PATH` is a variable that is always set, and no number.
    #[derive(Debug, clap::Parser)]
    struct Args {
        #[arg(long, env = "PATH", hide_env_values = true)]
        secret: u16,
    }

    #[test]
    fn an_error_names_the_variable_that_the_value_comes_from_and_repeats_no_secret() {
        let error = |args: &[&str]| {
            let args = [&["program"], args].concat().into_iter().map(Into::into).collect();
            try_parse_from::<Args>(args).map(|args| args.secret).expect_err("no number").to_string()
        };
        let path = env::var("PATH").expect("a variable");

        let (of_variable, of_flag) = (error(&[]), error(&["--secret=hunter2"]));

        assert!(
            of_variable.contains("--secret") && of_variable.contains("the environment variable PATH"),
            "{of_variable}"
        );
        assert!(!of_variable.contains(&path) && !of_flag.contains("hunter2"), "{of_variable} {of_flag}");
        assert!(of_flag.contains("--secret") && !of_flag.contains("environment variable"), "{of_flag}");
    }
}
