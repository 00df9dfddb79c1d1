use crate::console::core::route::Route;
use crate::console::view::money_tests::{SIZES, frame, frames};

#[test]
fn keys_are_listed_in_every_state() {
    for size in SIZES {
        for (state, model) in frames(&Route::Keys(None), size) {
            insta::assert_snapshot!(format!("keys_{state}_{}x{}", size.0, size.1), frame(&model));
        }
    }
}
