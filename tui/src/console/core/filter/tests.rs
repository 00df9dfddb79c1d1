use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::id::{BatchId, JobId};
use domain::job::browse::{Moment, Selection};
use domain::job::{ErrorCode, JobState, JobType};
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::TestRunner;
use uuid::Uuid;

use super::{Known, complete, parse, print};

fn now() -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(1_796_000_000, 0)
}

fn read(text: &str) -> Selection {
    parse(text, now()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn every_key_sets_its_part() {
    let id = "0198f2c1-4f6e-7c2d-a1b0-3d5c77e09b41";
    for key in super::KEYS {
        let value = match key.name {
            "status:" => "failed",
            "type:" => "pdf",
            "error:" => "tls_error",
            "id:" | "batch:" => id,
            "since:" | "until:" => "1h30m",
            "attempt:" => ">1",
            "wait:" => ">1500ms",
            _ => "x",
        };
        let text = format!("{}{value}", key.name);
        assert_ne!(read(&text), Selection::default(), "{text}");
        assert_eq!(read(&print(&read(&text))), read(&text), "{text}");
    }
}

#[test]
fn values_with_blanks_are_quoted() {
    let selection = read(r#"account:"Shop AG" url~a:b reference:"say \"a\\b\"""#);
    assert_eq!(selection.account.as_deref(), Some("Shop AG"));
    assert_eq!(selection.url.as_deref(), Some("a:b"));
    assert_eq!(selection.reference.as_deref(), Some(r#"say "a\b""#));
}

#[test]
fn a_bare_id_is_that_of_a_job_or_without_hyphens_that_of_a_request() {
    let id = Uuid::from_u128(0x0198_f2c1_4f6e_7c2d_a1b0_3d5c_77e0_9b41);
    assert_eq!(read(&id.to_string()).id, Some(JobId::from(id)));
    assert_eq!(read(&id.simple().to_string()).request, Some(id.simple().to_string()));
}

#[test]
fn a_time_of_the_day_is_the_last_one() {
    // 2026-11-29T23:33:20Z
    for (text, at) in [("since:14:32", "2026-11-29T14:32:00Z"), ("since:23:59:30", "2026-11-28T23:59:30Z")] {
        let expected = at.parse::<DateTime<Utc>>().expect("a time");
        let now = "2026-11-29T23:33:20Z".parse().ok();
        assert_eq!(parse(text, now).map(|selection| selection.since), Ok(Some(Moment::At(expected))), "{text}");
    }
    assert_eq!(read("since:-2h").since, Some(Moment::Ago(Duration::from_hours(2))));
}

#[test]
fn an_error_names_the_word_and_the_way_out() {
    for (text, hint) in [
        ("statu:failed", "did you mean status:?"),
        ("status:faild", "did you mean failed?"),
        ("status:zzz", "is one of queued, processing, completed, failed"),
        ("error:tls_eror", "did you mean TLS_ERROR?"),
        ("status", "write a value behind the key, as in status:…"),
        ("example.com", "write key:value, or url~example.com for a part of the URL"),
        ("status:", "the value is missing: queued, processing, completed or failed"),
        ("-status:failed", "a filter has no negation: name what you want to see"),
        ("account:\"a", "a quote is missing at the end"),
        ("since:yesterday", "is not a time: write 1h, 14:32, 2026-11-29 or 2026-11-29T14:32:00Z"),
        ("since:99999999999999999999h", "is not a time: write 1h, 14:32, 2026-11-29 or 2026-11-29T14:32:00Z"),
        ("attempt:2", "write a number, as in attempt:>1"),
        ("wait:30s", "write a duration, as in wait:>30s"),
        ("id:7", "is not the id of a job"),
        ("type:pdf type:pdf", "type: is there twice: remove one"),
    ] {
        let error = parse(text, now()).expect_err(text);
        assert_eq!((error.hint.as_str(), text.ends_with(&error.word)), (hint, true), "{text}");
    }
}

#[test]
fn tab_completes_keys_that_are_missing_and_then_values() {
    let known = Known { accounts: vec!["Shop AG".to_owned(), "docs".to_owned()], ..Known::default() };
    let words = |text: &str| complete(text, text.chars().count(), &known);
    assert_eq!(words("st").words, ["status:"]);
    assert_eq!(words("status:failed s").words, ["since:"]);
    assert_eq!(words("status:").words.len(), 4);
    assert_eq!(words("account:s").words, ["account:\"Shop AG\""]);
    assert_eq!(words("type:pdf error:tl").start, 9);
    assert_eq!(words("type:pdf error:tl").words, ["error:TLS_ERROR"]);
    assert!(!words("status:failed ").words.contains(&"status:".to_owned()));
}

fn selections() -> impl Strategy<Value = Selection> {
    let text = || option::of("[^\0]{1,12}");
    let id = || option::of(any::<u128>());
    let state = option::of(prop_oneof![Just(JobState::Queued), Just(JobState::Completed), Just(JobState::Failed)]);
    let kind = option::of(prop_oneof![Just(JobType::Pdf), Just(JobType::Screenshot)]);
    let error = option::of(prop_oneof![Just(ErrorCode::TlsError), Just(ErrorCode::Other("ZZ9".to_owned()))]);
    let moment = || {
        option::of(prop_oneof![
            (0..900_000_000_u64).prop_map(|ms| Moment::Ago(Duration::from_millis(ms))),
            (0..4_000_000_000_000_000_i64)
                .prop_map(|us| Moment::At(DateTime::from_timestamp_micros(us).expect("a time"))),
        ])
    };
    let numbers = (option::of(0..i16::MAX), option::of(0..900_000_000_u32));
    let texts = (text(), text(), text(), text(), text(), text());
    ((state, kind, error), (id(), id()), (moment(), moment()), numbers, texts).prop_map(
        |((state, kind, error), (id, batch), (since, until), (attempts_over, wait), texts)| Selection {
            id: id.map(|id| JobId::from(Uuid::from_u128(id))),
            state,
            kind,
            error,
            account: texts.0,
            key: texts.1,
            worker: texts.2,
            batch: batch.map(|id| BatchId::from(Uuid::from_u128(id))),
            request: texts.3,
            reference: texts.4,
            since,
            until,
            attempts_over,
            wait_over_s: wait.map(|ms| Duration::from_millis(ms.into()).as_secs_f64()),
            url: texts.5,
        },
    )
}

#[test]
fn a_printed_selection_is_parsed_as_it_was() {
    let check = |selection: Selection| {
        let text = print(&selection);
        assert_eq!(parse(&text, None), Ok(selection), "{text}");
        Ok(())
    };
    TestRunner::default().run(&selections(), check).expect("the same selection");
}

#[test]
fn no_text_makes_the_parser_or_the_completion_fail() {
    let noise = prop_oneof![any::<String>(), "(status|error|since|wait|url|account|-|!)?[:~>\"\\\\a-z0-9 ]{0,24}"];
    let check = |(text, cursor): (String, usize)| {
        if let Ok(selection) = parse(&text, now()) {
            assert_eq!(parse(&print(&selection), None), Ok(selection), "{text}");
        }
        complete(&text, cursor, &Known::default());
        Ok(())
    };
    TestRunner::default().run(&(noise, 0..30_usize), check).expect("no panic");
}
