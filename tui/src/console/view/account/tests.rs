use crate::console::core::route::Route;
use crate::console::view::money_tests::{Outcome, SIZES, frame, frames, loaded, model};

#[test]
fn an_account_is_shown_with_its_ledger_in_every_state() {
    for size in SIZES {
        for (state, model) in frames(&Route::Account("acct-214".to_owned()), size) {
            insta::assert_snapshot!(format!("account_{state}_{}x{}", size.0, size.1), frame(&model));
        }
    }
}

#[test]
fn a_ledger_that_does_not_add_up_is_said_to_be_wrong() {
    let mut model = model(&Route::Account("acct-214".to_owned()), (120, 36));
    loaded(&mut model, Outcome::Loaded);
    assert!(frame(&model).contains("adds up to the balance ✓"));

    let pane = &mut model.screens.account.pane;
    pane.entries.rows_mut().last_mut().expect("a movement").amount += 1;

    assert!(frame(&model).contains("does NOT add up to the balance ✗"));
}
