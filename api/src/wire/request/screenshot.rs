//! The body of `POST /v1/screenshot`.

use domain::job::{Delivery, NewJob};
use domain::options::Options;
use poem_openapi::Object;
use poem_openapi::types::Example;

use crate::error::problem::Problem;
use crate::wire::context::ParseContext;
use crate::wire::options::block::Block;
use crate::wire::options::emulation::Emulation;
use crate::wire::options::inject::Inject;
use crate::wire::options::network::Network;
use crate::wire::options::output::screenshot::ScreenshotOutput;
use crate::wire::options::readiness::Readiness;
use crate::wire::options::target;
use crate::wire::options::viewport::ViewportOptions;
use crate::wire::request::submission::Submission;

/// A page to capture as an image.
///
/// Send exactly one of `url` and `html`.
#[derive(Debug, Clone, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub(crate) struct ScreenshotRequest {
    /// The http or https URL of the page, at most 8192 bytes.
    #[oai(validator(max_length = 8192))]
    pub(crate) url: Option<String>,
    /// The HTML of the page, at most 5 MiB.
    pub(crate) html: Option<String>,
    /// The http or https URL that relative links and sources of `html` are relative to, at most
    /// 8192 bytes. Without it, a PDF contains no relative links.
    #[oai(validator(max_length = 8192))]
    pub(crate) base_url: Option<String>,
    #[oai(flatten)]
    pub(crate) viewport: ViewportOptions,
    #[oai(flatten)]
    pub(crate) output: ScreenshotOutput,
    #[oai(flatten)]
    pub(crate) readiness: Readiness,
    #[oai(flatten)]
    pub(crate) emulation: Emulation,
    #[oai(flatten)]
    pub(crate) network: Network,
    #[oai(flatten)]
    pub(crate) inject: Inject,
    #[oai(flatten)]
    pub(crate) block: Block,
    #[oai(flatten)]
    pub(crate) submission: Submission,
}

impl Example for ScreenshotRequest {
    fn example() -> Self {
        Self {
            url: None,
            html: Some("<h1 style=\"font: 64px sans-serif; text-align: center\">Hello from Tintype</h1>".to_owned()),
            base_url: None,
            output: ScreenshotOutput::default(),
            viewport: ViewportOptions::default(),
            readiness: Readiness::default(),
            emulation: Emulation::default(),
            network: Network::default(),
            inject: Inject::default(),
            block: Block::default(),
            submission: Submission::default(),
        }
    }
}

impl ScreenshotRequest {
    /// Converts the request to a job, and returns how the caller receives the result.
    pub(crate) fn parse(self, mut context: ParseContext<'_>) -> Result<(NewJob, Delivery), Problem> {
        let source = target::parse(self.url, self.html, &mut context)?;
        let base_url = target::parse_base_url(self.base_url.as_deref(), source.as_ref(), &mut context)?;
        let readiness = self.readiness.parse(&mut context);
        let lane = self.submission.lane(&context);
        let delivery = self.submission.delivery();
        let (viewport, device) = self.viewport.parse(&mut context);
        let emulation = self.emulation.parse(device, &mut context);
        let target = target::target_url(source.as_ref(), base_url.as_ref());
        let (network, secrets) = self.network.parse(target, &mut context);
        let inject = self.inject.parse(&mut context);
        let block = self.block.parse(&mut context);
        let output = self.output.parse(&mut context);
        let (Some(source), Some(readiness), true) = (source, readiness, context.errors.is_empty()) else {
            return Err(Problem::invalid(context.errors));
        };
        let options = Options { readiness, viewport, emulation, network, inject, block, base_url, output };
        Ok((NewJob { source, options, secrets, lane, reference: self.submission.reference }, delivery))
    }
}
