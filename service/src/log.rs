//! Logging to standard error: one line an event, as text for people or as JSON for programs.

mod fields;
mod line;

use std::io::{IsTerminal, Write};

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use fields::Fields;
use line::Line;

use crate::stderr::LogWriter;

/// The filter without `RUST_LOG`. The errors of sqlx's pool repeat ours.
const DEFAULT_FILTER: &str = "info,sqlx=error,sqlx_core=error";

/// How log lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// The time, the level, where it happened, the message, and fields as `name=value`.
    #[default]
    Text,
    /// One flat JSON object a line.
    Json,
}

impl LogFormat {
    /// Returns its name, as `--log-format` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// Logs to standard error from now on.
pub fn init(format: LogFormat) {
    // An empty filter would turn everything off.
    let filter = std::env::var(EnvFilter::DEFAULT_ENV).ok().filter(|filter| !filter.trim().is_empty());
    let filter = filter.and_then(|filter| EnvFilter::try_new(filter).ok()).unwrap_or_else(|| DEFAULT_FILTER.into());
    let colors = format == LogFormat::Text && std::io::stderr().is_terminal();
    let lines = Lines { format, colors, writer: LogWriter };
    tracing_subscriber::registry().with(filter).with(lines).init();
}

/// Writes each event, with the fields of the spans around it, as one line in one write.
struct Lines<W> {
    format: LogFormat,
    colors: bool,
    writer: W,
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(tracing_subscriber::registry::Scope::from_root) {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.extend(outer);
            }
        }
        event.record(&mut fields);
        let metadata = event.metadata();
        let line = Line::new(*metadata.level(), metadata.target(), fields);
        let line = match self.format {
            LogFormat::Text => line.text(self.colors),
            LogFormat::Json => line.json(),
        };
        // A log that cannot be written must not stop the service.
        let _lost = self.writer.make_writer_for(metadata).write_all(line.as_bytes());
    }
}
