//! Scripts that run in the page, in an isolated world, where the page's scripts cannot have replaced
//! anything. Customer input is passed as an argument, never as code.

/// The last of the files is a script that uses the functions of the others.
macro_rules! script_with {
    ($($functions:literal,)+ => $script:literal) => {
        concat!(
            "function (...args) {",
            $(include_str!($functions),)+
            "return (",
            include_str!($script),
            ").apply(this, args); }"
        )
    };
}

pub(super) use script_with;

/// Run in every document before its scripts, in the isolated world.
pub(super) const DOCUMENT_START: &str = include_str!("scripts/document_start.js");

/// Run in every document that is printed, before its scripts and in their world: a canvas without a
/// preserved buffer is blank once it has been shown, and printing draws it again.
pub(super) const PRESERVE_WEBGL: &str = include_str!("scripts/preserve_webgl.js");

/// Waits until the fonts in use have loaded: for how many milliseconds at most. Returns whether
/// they have.
pub(super) const LOAD_FONTS: &str = include_str!("scripts/load_fonts.js");

/// Scrolls through the page: from where, and for how many milliseconds at most.
pub(super) const SCROLL: &str = script_with!("scripts/layout.js", => "scripts/scroll.js");

/// Scrolls back to where the page was before [`SCROLL`].
pub(super) const SCROLL_BACK: &str = include_str!("scripts/scroll_back.js");

/// Waits until animations that end have ended: for how many milliseconds at most. Returns how
/// many have not.
pub(super) const FINISH_ANIMATIONS: &str = script_with!("scripts/layout.js", => "scripts/finish_animations.js");

/// Prepares a page for being captured as a whole.
pub(super) const PREPARE_FULL_PAGE: &str = script_with!("scripts/layout.js", => "scripts/full_page.js");

/// Scrolls to a part of a frame that is outside of the window: which one, and from where in it.
pub(super) const SHOW_FRAME: &str = script_with!("scripts/layout.js", => "scripts/show_frame.js");

/// Gives a frame pictures of its content as its background: which one, and the pictures.
pub(super) const KEEP_FRAME: &str = include_str!("scripts/keep_frame.js");

/// Scrolls back to the top of the page after frames were shown.
pub(super) const END_FRAMES: &str = include_str!("scripts/end_frames.js");

/// Prepares a page for being printed on the paper of the request, and returns the paper.
pub(super) const PREPARE_PAPER: &str =
    script_with!("scripts/layout.js", "scripts/split_tables.js", => "scripts/paper.js");

/// Returns how much wider than the window the content is.
pub(super) const MEASURE_OVERFLOW: &str = include_str!("scripts/overflow.js");

/// Adds a style sheet to the page.
pub(super) const ADD_STYLE: &str = include_str!("scripts/add_style.js");

/// Hides the elements that match any of several selectors.
pub(super) const HIDE: &str = script_with!("scripts/layout.js", => "scripts/hide.js");

/// Clicks the first element that matches a selector.
pub(super) const CLICK: &str = include_str!("scripts/click.js");

/// Returns the area of the first element that matches a selector.
pub(super) const ELEMENT_AREA: &str = include_str!("scripts/element_area.js");
