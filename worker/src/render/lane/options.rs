//! Which options the static lane can render.

use domain::options::{Area, Block, Emulation, Inject, Options, Output, Pdf, Readiness, Scroll, Template, WaitFor};

/// Whether a document with these options may take the lane: nothing else is set in the page than its window,
/// its backdrop and its paper, and nothing is waited for that a script would bring.
pub(crate) fn admits(options: &Options) -> bool {
    // Without `..`, so that a new group must be handled here. The network group refuses responses, and
    // there are none.
    let Options { readiness, viewport: _, emulation, network: _, inject, block, base_url, output } = options;
    is_still(readiness)
        && *emulation == Emulation::default()
        && *inject == Inject::default()
        && *block == Block::default()
        && base_url.is_none()
        && match output {
            Output::Screenshot(screenshot) => !matches!(screenshot.area, Area::Element(_)),
            Output::Pdf(pdf) => !shows_address(pdf),
        }
}

fn is_still(readiness: &Readiness) -> bool {
    let Readiness { wait_for, timeout_fallback_to: _, delay_ms, scroll, timeout_ms: _ } = readiness;
    matches!(wait_for, WaitFor::Milestone(_)) && *delay_ms == 0 && *scroll == Scroll::No
}

/// Whether a header or footer may show the address of the document, or its title, which is the address of one
/// without a title.
fn shows_address(pdf: &Pdf) -> bool {
    let shows = |template: &Template| ["url", "title"].iter().any(|class| template.as_str().contains(class));
    pdf.header.iter().chain(&pdf.footer).any(shows)
}

#[cfg(test)]
mod tests {
    use domain::options::{
        Area, Backdrop, Emulation, ImageFormat, Inject, Milestone, Options, Output, Pdf, Readiness, Screenshot, Scroll,
        Template, Viewport, WaitFor,
    };

    use super::admits;

    fn screenshot(area: Area) -> Options {
        Options::new(Output::Screenshot(Screenshot { format: ImageFormat::Png, area, backdrop: Backdrop::Transparent }))
    }

    #[test]
    fn windows_backdrops_milestones_and_paper_are_for_the_lane() {
        let mut options = screenshot(Area::FullPage);
        options.viewport = Viewport { width: 320, height: 200, device_scale_factor: 2.0 };
        options.readiness.wait_for = WaitFor::Milestone(Milestone::NetworkIdle);
        assert!(admits(&options));
        let footer = Template::parse("<span class=pageNumber></span>").ok();
        assert!(admits(&Options::new(Output::Pdf(Pdf { footer, ..Pdf::new() }))));
    }

    #[test]
    fn what_else_is_set_or_waited_for_is_not() {
        let plain = || screenshot(Area::Viewport);
        let selector = WaitFor::Selector("p".to_owned());
        let footer = Template::parse("<span class=url></span>").ok();
        for refused in [
            screenshot(Area::Element("p".to_owned())),
            Options { readiness: Readiness { wait_for: selector, ..Readiness::default() }, ..plain() },
            Options { readiness: Readiness { delay_ms: 1, ..Readiness::default() }, ..plain() },
            Options { readiness: Readiness { scroll: Scroll::Through, ..Readiness::default() }, ..plain() },
            Options { emulation: Emulation { dark_mode: true, ..Emulation::default() }, ..plain() },
            Options { inject: Inject { css: Some("p {}".to_owned()), ..Inject::default() }, ..plain() },
            Options::new(Output::Pdf(Pdf { footer, ..Pdf::new() })),
        ] {
            assert!(!admits(&refused), "{refused:?}");
        }
    }
}
