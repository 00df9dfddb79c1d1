//! What an error of the database means: whether to try again, and whether its connection is of
//! further use. Decided by SQLSTATE, in one table.

use Meaning::{Away, AwayAndClose, Defect};

use super::error::{DbError, sqlstate};

/// What an error of the database means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The statement may succeed later, or elsewhere: try again.
    Away,
    /// The same, on another connection: this one is closed.
    AwayAndClose,
    /// The statement fails however often it is tried.
    Defect,
}

/// A session that cannot write: the server is a standby, was demoted, or the role may only read.
pub(super) const READ_ONLY: &str = "25006";

/// The codes and classes of PostgreSQL's Appendix A, what each means, and why. A code is looked
/// up before its class.
const MEANINGS: [(&str, Meaning, &str); 58] = [
    ("00", Defect, "success: not an error"),
    ("01", Defect, "a warning: not an error"),
    ("02", Defect, "no data: the statement expected a row"),
    ("03", Defect, "a statement that is not complete: a program's error"),
    ("08", AwayAndClose, "the connection failed; poolers report their own errors under 08P01"),
    ("09", Defect, "a trigger is wrong"),
    ("0A", Defect, "the server does not support the statement"),
    ("0A000", AwayAndClose, "a migration changed the result of a statement that this connection has prepared"),
    ("0B", Defect, "a transaction cannot begin like this"),
    ("0F", Defect, "no locator is used"),
    ("0L", Defect, "grants are made by operators"),
    ("0P", Away, "the role was dropped or renamed, until an operator creates it"),
    ("0Z", Defect, "a diagnostics statement of a function is wrong"),
    ("10", Defect, "no XML query is used"),
    ("20", Defect, "a function's `case` is not complete"),
    ("21", Defect, "a subquery returned more than one row"),
    ("22", Defect, "a value is out of range or malformed"),
    ("23", Defect, "a constraint: the verbs handle those that they expect"),
    ("24", Defect, "no cursor is used"),
    ("25", AwayAndClose, "the session is in another transaction state than expected"),
    (READ_ONLY, AwayAndClose, "the server is a standby or was demoted: the primary is elsewhere"),
    ("25P04", AwayAndClose, "the transaction took too long, and the session was ended"),
    ("26", AwayAndClose, "the prepared statement is gone: a pooler in transaction mode, or a reset session"),
    ("27", Defect, "a trigger changed the row that is being changed"),
    ("28", Away, "the password or pg_hba.conf is being changed"),
    ("2B", Defect, "privileges are revoked by operators"),
    ("2D", AwayAndClose, "the session is in another transaction state than expected"),
    ("2F", Defect, "a function is wrong"),
    ("34", AwayAndClose, "the portal is gone: a pooler in transaction mode"),
    ("38", Defect, "a function is wrong"),
    ("39", Defect, "a function is wrong"),
    ("3B", Defect, "no savepoint is used"),
    ("3D", Away, "the database does not exist, until it is created or restored"),
    ("3F", Away, "the schema does not exist, until it is created or restored"),
    ("40", Away, "the transaction was rolled back because of others: a deadlock or a conflict"),
    ("40002", Defect, "a deferred constraint"),
    ("40003", AwayAndClose, "it is not known whether the statement took effect"),
    ("42", Defect, "the statement does not fit the schema"),
    ("42501", Away, "a privilege is missing, until an operator grants it"),
    ("42703", Away, "a column is missing: the schema is older, until it is migrated"),
    ("42704", Away, "a type or a setting is missing: the schema is older, until it is migrated"),
    ("42883", Away, "a function is missing: the schema is older, until it is migrated"),
    ("42P01", Away, "a table is missing: the schema is absent or older, until it is migrated"),
    ("42P05", AwayAndClose, "the prepared statement exists: a pooler in transaction mode"),
    ("44", Defect, "no view has a check option"),
    ("53", Away, "memory, disk space or connections are used up"),
    ("54", Defect, "the statement is beyond a limit of the server"),
    ("55", Defect, "the object is in another state than the statement needs"),
    ("55006", Away, "the object is in use"),
    ("55P03", Away, "the lock was not available in time"),
    ("57", AwayAndClose, "the server is shutting down, starting or dropping the session"),
    ("57014", Away, "the statement took too long, or an operator cancelled it"),
    ("57P05", AwayAndClose, "the session was idle for too long, and was ended"),
    ("58", Away, "the operating system failed the server: an I/O error, or a missing file"),
    ("F0", Away, "the server's configuration is being changed"),
    ("HV", Defect, "no foreign table is used"),
    ("P0", Defect, "a function raised an error: the verbs handle those that they expect"),
    ("XX", Defect, "an internal error or damaged data: an operator must look"),
];

impl Meaning {
    /// Returns what an error means.
    pub fn of(error: &DbError) -> Self {
        if let Some(code) = sqlstate(error) {
            return Self::of_code(&code);
        }
        // The response is lost, or is not what the protocol demands.
        let is_lost = matches!(error, DbError::Io(_) | DbError::Tls(_) | DbError::Protocol(_) | DbError::BeginFailed);
        // A type that the statement uses is missing: the schema is older.
        let is_later = matches!(error, DbError::PoolTimedOut | DbError::PoolClosed | DbError::TypeNotFound { .. });
        if is_lost || matches!(error, DbError::WorkerCrashed) {
            AwayAndClose
        } else if is_later {
            Away
        } else {
            Defect
        }
    }

    /// Returns what a SQLSTATE means. Those that PostgreSQL does not define are defects.
    fn of_code(code: &str) -> Self {
        let row = |key: &str| MEANINGS.iter().find(|(code, ..)| *code == key).map(|(_, meaning, _)| *meaning);
        row(code).or_else(|| row(code.get(..2)?)).unwrap_or(Defect)
    }
}

/// Whether the database may answer if asked again, as opposed to a statement that is wrong.
pub fn is_away(error: &DbError) -> bool {
    Meaning::of(error) != Defect
}

/// Whether the statement certainly had no effect, for a reason that parts of it may not have: a constraint, a value, or
/// a deadlock.
pub(crate) fn was_rolled_back(error: &DbError) -> bool {
    sqlstate(error).is_some_and(|code| was_rolled_back_by(&code))
}

fn was_rolled_back_by(code: &str) -> bool {
    match Meaning::of_code(code) {
        Defect => true,
        Away => code.starts_with("40"),
        AwayAndClose => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{MEANINGS, Meaning, was_rolled_back_by};
    use crate::DbError;

    /// The classes of Appendix A.
    const CLASSES: &str = "00 01 02 03 08 09 0A 0B 0F 0L 0P 0Z 10 20 21 22 23 24 25 26 27 28 2B 2D 2F 34 38 39 3B 3D 3F \
        40 42 44 53 54 55 57 58 F0 HV P0 XX";

    #[test]
    fn every_class_of_sqlstates_is_decided_once_and_with_a_reason() {
        for class in CLASSES.split_whitespace() {
            assert_eq!(MEANINGS.iter().filter(|(code, ..)| *code == class).count(), 1, "{class}");
        }
        for (code, _, reason) in MEANINGS {
            assert_eq!(MEANINGS.iter().filter(|row| row.0 == code).count(), 1, "{code}");
            assert!(CLASSES.split_whitespace().any(|class| code.starts_with(class)), "{code}");
            assert!(!reason.is_empty(), "{code}");
        }
    }

    #[test]
    fn a_statement_that_may_have_been_committed_or_was_slow_was_not_rolled_back_for_its_parts() {
        for code in ["23505", "22P05", "40001", "40P01"] {
            assert!(was_rolled_back_by(code), "{code}");
        }
        for code in ["40003", "08006", "57P01", "57014", "55P03", "53100", "42P01"] {
            assert!(!was_rolled_back_by(code), "{code}");
        }
    }

    #[test]
    fn a_code_means_what_operators_see_happen() {
        for (codes, meaning) in [
            ("25006 57P01 57P02 57P03 57P05 0A000 26000 42P05 08006 08P01 25P02 25P03 25P04", Meaning::AwayAndClose),
            ("40001 40P01 53100 53200 53300 53400 55P03 57014 3D000 28P01 28000 42501 58030", Meaning::Away),
            ("42P01 42703 42883 42704", Meaning::Away),
            ("22P02 22021 23505 42601 42804 42702 54001 55000 P0001 XX000 XX001 99999 00000 4", Meaning::Defect),
        ] {
            for code in codes.split_whitespace() {
                assert_eq!(Meaning::of_code(code), meaning, "{code}");
            }
        }
    }

    #[test]
    fn an_error_of_the_driver_is_away_if_the_connection_failed_and_a_defect_if_the_statement_is_wrong() {
        let broken = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        for (error, meaning) in [
            (DbError::Io(broken()), Meaning::AwayAndClose),
            (DbError::Tls(Box::new(broken())), Meaning::AwayAndClose),
            (DbError::Protocol("unexpected".to_owned()), Meaning::AwayAndClose),
            (DbError::WorkerCrashed, Meaning::AwayAndClose),
            (DbError::BeginFailed, Meaning::AwayAndClose),
            (DbError::PoolTimedOut, Meaning::Away),
            (DbError::PoolClosed, Meaning::Away),
            (DbError::TypeNotFound { type_name: "job_state".to_owned() }, Meaning::Away),
            (DbError::RowNotFound, Meaning::Defect),
            (DbError::ColumnNotFound("id".to_owned()), Meaning::Defect),
            (DbError::Decode("no number".into()), Meaning::Defect),
            (DbError::Configuration("no URL".into()), Meaning::Defect),
        ] {
            assert_eq!(Meaning::of(&error), meaning, "{error}");
        }
    }
}
