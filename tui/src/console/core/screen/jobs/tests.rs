use domain::job::JobState;
use domain::job::browse::{JobPage, JobProgress, Selection};

use super::testing::{answer, console, hit, id, line, page, press, queries};
use crate::console::core::access::WriteAccess;
use crate::console::core::command::Command;
use crate::console::core::data::{Data, JobData};
use crate::console::core::input::Code;
use crate::console::core::model::Model;
use crate::console::core::overlay::Overlay;
use crate::console::core::query::{JobPanel, JobQuery, Panel, Query};
use crate::console::core::route::{Route, Screen};
use crate::console::core::write::{JobChange, JobWrite, Jobs, Level, Write};

const PAGE: Panel = Panel::Job(JobPanel::Page);
const NEXT: Panel = Panel::Job(JobPanel::Next);

fn loaded(size: (u16, u16)) -> (Model, Vec<Command>) {
    let (mut model, asked) = console(size);
    let first = page(100..140, Some(id(100)));
    let commands = answer(&mut model, &asked, PAGE, Ok(Data::Job(JobData::Page(first))));
    (model, commands)
}

fn unlocked() -> Model {
    let (mut model, _) = loaded((120, 36));
    model.access = WriteAccess::Unlocked(model.now * 100);
    model
}

fn confirmed(model: &Model) -> &Write {
    match model.overlays.last() {
        Some(Overlay::Confirm(confirm)) => &confirm.write,
        other => panic!("a confirmation: {other:?} {:?}", model.toast),
    }
}

#[test]
fn the_first_page_is_asked_once_and_the_next_one_near_its_end() {
    let (mut model, _) = loaded((80, 24));
    let commands = hit(&mut model, Code::End);
    assert!(queries(&commands).contains(&&Query::Job(JobQuery::Next(Selection::default(), id(100)))), "{commands:?}");

    let data = Data::Job(JobData::Next(id(100), page(60..100, None)));
    let commands = answer(&mut model, &commands, NEXT, Ok(data));

    assert_eq!(model.screens.jobs.list.rows().len(), 80);
    assert_eq!(model.screens.jobs.list.selected().map(|row| row.id), Some(id(100)));
    assert!(
        !queries(&commands).iter().any(|query| matches!(query, Query::Job(JobQuery::Page(..) | JobQuery::Next(..))))
    );
}

#[test]
fn new_jobs_are_counted_and_shown_on_request_while_the_cursor_stays_on_its_job() {
    let (mut model, asked) = loaded((80, 24));
    press(&mut model, "jjj");
    let newer = Panel::Job(JobPanel::Newer);
    answer(&mut model, &asked, newer, Ok(Data::Job(JobData::Newer(id(139), 5))));
    assert_eq!((model.screens.jobs.newer, model.screens.jobs.list.selected().map(|row| row.id)), (5, Some(id(136))));

    let asked = press(&mut model, "r");
    let page = page(105..145, Some(id(105)));
    answer(&mut model, &asked, PAGE, Ok(Data::Job(JobData::Page(page))));

    let jobs = &model.screens.jobs;
    assert_eq!((jobs.newer, jobs.list.rows().len()), (0, 45));
    assert_eq!(jobs.list.selected().map(|row| row.id), Some(id(136)));
}

#[test]
fn only_unfinished_jobs_on_the_screen_are_read_again() {
    let (mut model, asked) = loaded((80, 24));
    let asked_again = queries(&asked).into_iter().find_map(|query| match query {
        Query::Job(JobQuery::Progress(jobs)) => Some(jobs.clone()),
        _ => None,
    });
    let jobs = asked_again.expect("unfinished jobs");
    let row = |state: &Model, job| state.screens.jobs.list.rows().iter().find(|row| row.id == job).cloned();
    assert!(jobs.iter().all(|job| row(&model, *job).is_some_and(|row| !row.state.is_terminal())), "{jobs:?}");

    let JobProgressed { job, progress } = failed(jobs[0]);
    answer(&mut model, &asked, Panel::Job(JobPanel::Progress), Ok(Data::Job(JobData::Progress(vec![progress]))));
    assert_eq!(row(&model, job).map(|row| row.state), Some(JobState::Failed));
}

struct JobProgressed {
    job: domain::id::JobId,
    progress: JobProgress,
}

fn failed(job: domain::id::JobId) -> JobProgressed {
    let line = line(7, JobState::Failed);
    let (attempt, started_at, completed_at, error_code) =
        (line.attempt, line.started_at, line.completed_at, line.error_code);
    let state = JobState::Failed;
    JobProgressed { job, progress: JobProgress { id: job, state, attempt, started_at, completed_at, error_code } }
}

#[test]
fn a_filter_is_completed_corrected_applied_and_removed_by_esc() {
    let (mut model, _) = loaded((80, 24));
    press(&mut model, "/stat");
    hit(&mut model, Code::Tab);
    press(&mut model, "faild");
    hit(&mut model, Code::Enter);
    let editor = model.screens.jobs.editor.as_ref().expect("it is still edited");
    assert_eq!(editor.error.as_deref(), Some("\"status:faild\": did you mean failed?"));

    hit(&mut model, Code::Backspace);
    press(&mut model, "ed");
    let commands = hit(&mut model, Code::Enter);

    let failed = Selection { state: Some(JobState::Failed), ..Selection::default() };
    assert_eq!(model.screens.jobs.selection, failed);
    assert_eq!(model.routes.current(), &Route::Jobs(Some("status:failed".to_owned())));
    assert!(queries(&commands).contains(&&Query::Job(JobQuery::Page(failed, None))), "{commands:?}");
    hit(&mut model, Code::Escape);
    assert_eq!((&model.screens.jobs.selection, model.screen()), (&Selection::default(), Screen::Jobs));
}

#[test]
fn a_filter_that_led_here_is_left_with_one_esc() {
    let (mut model, _) = loaded((80, 24));
    press(&mut model, "1");
    model.routes.go(Route::Jobs(Some("status:failed".to_owned())));
    hit(&mut model, Code::Escape);
    assert_eq!(model.screen(), Screen::Overview);
}

#[test]
fn a_time_is_gone_to_by_the_smallest_id_of_its_millisecond() {
    let (mut model, _) = loaded((80, 24));
    press(&mut model, "@14:30");
    let commands = hit(&mut model, Code::Enter);
    let before = queries(&commands).into_iter().find_map(|query| match query {
        Query::Job(JobQuery::Page(_, before)) => *before,
        _ => None,
    });
    assert_eq!(before.map(|id| id.to_string()).as_deref(), Some("019de3f2-4a40-0000-0000-000000000000"));
}

#[test]
fn a_search_that_examined_too_much_goes_on_only_when_asked() {
    let (mut model, asked) = console((80, 24));
    let empty = JobPage { jobs: Vec::new(), next: Some(id(9)), is_scan_limited: true };
    let commands = answer(&mut model, &asked, PAGE, Ok(Data::Job(JobData::Page(empty))));
    assert!(!queries(&commands).iter().any(|query| query.panel() == NEXT), "{commands:?}");

    let commands = hit(&mut model, Code::PageDown);
    assert!(queries(&commands).iter().any(|query| query.panel() == NEXT), "{commands:?}");
}

#[test]
fn nothing_is_changed_while_changes_are_locked() {
    let (mut model, _) = loaded((80, 24));
    press(&mut model, "R");
    assert!(model.overlays.is_empty());
    assert!(model.toast.as_ref().is_some_and(|(text, _)| text.contains("press W")), "{:?}", model.toast);
}

#[test]
fn the_job_of_the_cursor_the_marked_ones_or_all_that_match_are_changed() {
    let mut model = unlocked();
    press(&mut model, "R");
    let one = JobWrite { change: JobChange::Retry, jobs: Jobs::Ids(vec![id(139)]), reason: String::new() };
    assert_eq!((confirmed(&model), confirmed(&model).level()), (&Write::Job(one), Level::Row));
    hit(&mut model, Code::Escape);

    press(&mut model, " jjv");
    press(&mut model, "X");
    assert_eq!(confirmed(&model).confirmation(), "4");
    assert_eq!(confirmed(&model).title(), "cancel 4 jobs");
    hit(&mut model, Code::Escape);

    let asked = press(&mut model, "V");
    press(&mut model, "R");
    assert!(model.overlays.is_empty(), "they are still being counted");
    let matches = (0..508).map(id).collect();
    answer(&mut model, &asked, Panel::Job(JobPanel::Matches), Ok(Data::Job(JobData::Matches(matches))));
    press(&mut model, "R");
    assert_eq!(confirmed(&model).command_line(), "tintype jobs retry --filter '' --expect 508");
}

#[test]
fn a_change_that_cannot_have_an_effect_is_refused_with_the_reason() {
    let mut model = unlocked();
    press(&mut model, "X");
    let reason = "Only unfinished jobs can be cancelled: this one is failed.";
    assert_eq!(model.toast.as_ref().map(|(text, _)| text.as_str()), Some(reason));
}

#[test]
fn the_next_job_is_shown_from_the_job_before() {
    let (mut model, _) = loaded((80, 24));
    hit(&mut model, Code::Enter);
    assert_eq!(model.routes.current(), &Route::Job(id(139)));
    let asked = press(&mut model, "r");
    let found = Some(Box::new(super::testing::detail(JobState::Failed)));
    answer(&mut model, &asked, Panel::Job(JobPanel::Detail), Ok(Data::Job(JobData::Detail(id(139), found))));
    // The detail is that of another job, so there is no neighbour: the way back is the same.
    hit(&mut model, Code::Escape);
    assert_eq!(model.screen(), Screen::Jobs);
    assert_eq!(model.screens.jobs.neighbour(id(139), true), Some(id(138)));
    assert_eq!(model.screens.jobs.neighbour(id(139), false), None);
}
