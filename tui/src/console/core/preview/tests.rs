use super::{Fetched, Picture, PictureKey, PreviewMode, Previews, ResultFacts, Wanted};

fn wanted(number: u8) -> Wanted {
    let job = format!("0198f2b7-10aa-7d01-9c3e-55d1e2a0c7{number:02x}").parse().expect("an id");
    Wanted { job, columns: 40, lines: 10 }
}

fn fetched(previews: &Previews, number: u8) -> Fetched {
    let query = previews.query(wanted(number)).expect("it is not known");
    let result = Some(ResultFacts { content_type: "image/png".to_owned(), size: 9 });
    Fetched { query, result, picture: Some(vec![number].into()), head: Vec::new() }
}

#[test]
fn what_is_decoded_is_not_fetched_again_until_it_is_shown_in_another_way() {
    let mut previews = Previews::default();
    let first = fetched(&previews, 1);
    previews.arrived(first);
    let decode = previews.decode(wanted(1)).expect("a picture");
    assert_eq!(previews.decode(wanted(1)), None, "it is being decoded");
    previews.decoded(decode.key, Ok(Picture::new(1_u8)));
    assert_eq!((previews.query(wanted(1)), previews.decode(wanted(1))), (None, None));

    previews.mode = PreviewMode::Full;
    assert!(previews.query(wanted(1)).is_some_and(|query| query.max_bytes > 1 << 20));
    previews.is_over_ssh = true;
    assert_eq!(previews.query(wanted(1)).map(|query| query.max_bytes), Some(256 << 10));
    previews.mode = PreviewMode::Off;
    assert_eq!(previews.query(wanted(1)), None);
}

#[test]
fn the_newest_is_decoded_and_eight_are_kept() {
    let mut previews = Previews::default();
    for number in 1..=10 {
        let next = fetched(&previews, number);
        previews.arrived(next);
        let key = previews.decode(wanted(number)).expect("a picture").key;
        previews.decoded(key, Ok(Picture::new(number)));
    }
    let known = (1..=10).filter(|number| previews.picture(wanted(*number)).is_some()).count();
    assert_eq!((known, previews.picture(wanted(2))), (8, None));
    assert_eq!(previews.picture(wanted(9)).and_then(|picture| picture.as_ref().ok()?.get::<u8>()), Some(&9));

    // A late answer to what is no longer wanted is kept, and stops nothing.
    let late = PictureKey { wanted: wanted(11), mode: PreviewMode::Thumbnail };
    previews.decoded(late, Err("broken".to_owned()));
    assert!(previews.picture(wanted(11)).is_some_and(Result::is_err));
    previews.forget();
    assert!(previews.decode(wanted(10)).is_some(), "it must be drawn again");
}
