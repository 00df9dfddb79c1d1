use domain::job::JobState;

use crate::console::core::data::{Data, JobData};
use crate::console::core::model::Model;
use crate::console::core::query::{JobPanel, Panel};
use crate::console::core::route::Route;
use crate::console::core::screen::jobs::testing::{answer, console, detail, press};
use crate::console::view::view;
use crate::console::widget::testing::draw;

const SIZES: [(u16, u16); 4] = [(60, 16), (80, 24), (120, 36), (200, 60)];

fn shown(size: (u16, u16), state: Option<JobState>, keys: &str) -> Model {
    let (mut model, _) = console(size);
    let found = detail(state.unwrap_or(JobState::Failed));
    model.routes.go(Route::Job(found.job.id));
    let route = model.routes.current().clone();
    let cx = model.context();
    model.screens.get_mut(route.screen()).open(&cx, &route);
    let asked = press(&mut model, "r");
    let data = JobData::Detail(found.job.id, state.map(|_| Box::new(found)));
    answer(&mut model, &asked, Panel::Job(JobPanel::Detail), Ok(Data::Job(data)));
    press(&mut model, keys);
    model
}

#[test]
fn a_job_is_drawn_in_every_state_and_size() {
    for size in SIZES {
        for (name, state, keys) in [
            ("failed", Some(JobState::Failed), ""),
            ("processing", Some(JobState::Processing), ""),
            ("events", Some(JobState::Failed), "l"),
            ("attempts", Some(JobState::Failed), "ll"),
            ("ledger", Some(JobState::Failed), "lll"),
            ("missing", None, ""),
        ] {
            let model = shown(size, state, keys);
            let screen = draw(size.0, size.1, |canvas, _| view(&model, canvas));
            insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), screen);
        }
    }
}
