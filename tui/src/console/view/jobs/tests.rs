use domain::job::browse::JobPage;

use crate::console::core::data::{Data, JobData};
use crate::console::core::input::Code;
use crate::console::core::link::Outage;
use crate::console::core::message::Message;
use crate::console::core::model::Model;
use crate::console::core::query::{JobPanel, Panel};
use crate::console::core::screen::jobs::testing::{S, answer, console, hit, id, page, press};
use crate::console::core::update::update;
use crate::console::view::view;
use crate::console::widget::testing::draw;

const SIZES: [(u16, u16); 4] = [(60, 16), (80, 24), (120, 36), (200, 60)];

fn with(size: (u16, u16), data: Result<JobPage, String>) -> Model {
    let (mut model, asked) = console(size);
    let data = data.map(|page| Data::Job(JobData::Page(page)));
    answer(&mut model, &asked, Panel::Job(JobPanel::Page), data);
    model
}

fn loaded(size: (u16, u16)) -> Model {
    with(size, Ok(page(100..140, Some(id(100)))))
}

fn marked(size: (u16, u16)) -> Model {
    let mut model = loaded(size);
    press(&mut model, "j jjjv");
    model
}

fn filtered(size: (u16, u16)) -> Model {
    let mut model = loaded(size);
    press(&mut model, "/url~shop wait:>30s");
    let asked = hit(&mut model, Code::Enter);
    let found = JobPage { is_scan_limited: true, ..page(100..103, Some(id(9))) };
    answer(&mut model, &asked, Panel::Job(JobPanel::Page), Ok(Data::Job(JobData::Page(found))));
    model
}

fn edited(size: (u16, u16)) -> Model {
    let mut model = loaded(size);
    press(&mut model, "/status:");
    model
}

fn wrong(size: (u16, u16)) -> Model {
    let mut model = loaded(size);
    press(&mut model, "/status:faild");
    hit(&mut model, Code::Enter);
    model
}

fn stale(size: (u16, u16)) -> Model {
    let mut model = loaded(size);
    let reason = "connection refused".to_owned();
    update(&mut model, 13 * S, Message::Disconnected(Outage { reason, attempts: 3, retry_at: Some(15 * S) }));
    model
}

#[test]
#[expect(clippy::large_stack_arrays, reason = "a model has some kilobytes")]
fn the_list_is_drawn_in_every_state_and_size() {
    for size in SIZES {
        for (state, model) in [
            ("loading", console(size).0),
            ("loaded", loaded(size)),
            ("marked", marked(size)),
            ("filtered", filtered(size)),
            ("edited", edited(size)),
            ("wrong", wrong(size)),
            ("empty", with(size, Ok(JobPage::default()))),
            ("error", with(size, Err("permission denied for table job".to_owned()))),
            ("stale", stale(size)),
        ] {
            let screen = draw(size.0, size.1, |canvas, _| view(&model, canvas));
            insta::assert_snapshot!(format!("{state}_{}x{}", size.0, size.1), screen);
        }
    }
}
