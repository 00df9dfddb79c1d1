//! The body of `POST /v1/pdf`.

use domain::job::{Delivery, NewJob};
use domain::options::{Options, Viewport};
use poem_openapi::Object;
use poem_openapi::types::Example;

use crate::error::problem::Problem;
use crate::wire::context::ParseContext;
use crate::wire::options::block::Block;
use crate::wire::options::emulation::Emulation;
use crate::wire::options::inject::Inject;
use crate::wire::options::network::Network;
use crate::wire::options::output::pdf::PdfOutput;
use crate::wire::options::readiness::Readiness;
use crate::wire::options::target;
use crate::wire::request::submission::Submission;

/// A page to print as a PDF.
///
/// Send exactly one of `url` and `html`.
#[derive(Debug, Clone, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub(crate) struct PdfRequest {
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
    pub(crate) output: PdfOutput,
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

impl Example for PdfRequest {
    fn example() -> Self {
        Self {
            url: None,
            html: Some("<h1>Invoice 42</h1><p>Thank you for your order.</p>".to_owned()),
            base_url: None,
            output: PdfOutput::default(),
            readiness: Readiness::default(),
            emulation: Emulation::default(),
            network: Network::default(),
            inject: Inject::default(),
            block: Block::default(),
            submission: Submission::default(),
        }
    }
}

impl PdfRequest {
    /// Converts the request to a job, and returns how the caller receives the result.
    pub(crate) fn parse(self, mut context: ParseContext<'_>) -> Result<(NewJob, Delivery), Problem> {
        let source = target::parse(self.url, self.html, &mut context)?;
        let base_url = target::parse_base_url(self.base_url.as_deref(), source.as_ref(), &mut context)?;
        let readiness = self.readiness.parse(&mut context);
        let lane = self.submission.lane(&context);
        let delivery = self.submission.delivery();
        let output = self.output.parse(&mut context);
        let emulation = self.emulation.parse(None, &mut context);
        let target = target::target_url(source.as_ref(), base_url.as_ref());
        let (network, secrets) = self.network.parse(target, &mut context);
        let inject = self.inject.parse(&mut context);
        let block = self.block.parse(&mut context);
        let (Some(source), Some(readiness), Some(output), true) =
            (source, readiness, output, context.errors.is_empty())
        else {
            return Err(Problem::invalid(context.errors));
        };
        let viewport = Viewport::default();
        let options = Options { readiness, viewport, emulation, network, inject, block, base_url, output };
        Ok((NewJob { source, options, secrets, lane, reference: self.submission.reference }, delivery))
    }
}
