//! The user and the device that a page sees.

use domain::options::{self, Device, Locale, TimeZone, UserAgent};
use poem_openapi::{Enum, Object};

use crate::wire::context::ParseContext;

/// The emulation options of a request.
#[derive(Debug, Clone, Default, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Emulation {
    /// The `User-Agent` header, and `navigator.userAgent`, instead of the browser's own. 1 to 512
    /// visible ASCII characters and spaces.
    #[oai(validator(max_length = 512))]
    pub(crate) user_agent: Option<String>,
    /// The language of the user: a BCP 47 tag such as `de-DE`. Sets `Accept-Language`,
    /// `navigator.language`, and how numbers and dates are formatted.
    #[oai(validator(max_length = 64))]
    pub(crate) locale: Option<String>,
    /// The time zone of the user: a name of the IANA database such as `Europe/Berlin`.
    #[oai(validator(max_length = 64))]
    pub(crate) timezone: Option<String>,
    /// Where the user is. Only secure pages (https, or `html`) may ask for it; permission is
    /// granted.
    pub(crate) geolocation: Option<Geolocation>,
    /// The medium of the style sheets. Without it, `screen` for a screenshot and `print` for a PDF.
    pub(crate) media: Option<Medium>,
    /// Emulate `prefers-color-scheme: dark`.
    #[oai(default)]
    pub(crate) dark_mode: bool,
    /// Emulate `prefers-reduced-motion: reduce`.
    #[oai(default)]
    pub(crate) reduced_motion: bool,
}

/// A position on earth (WGS 84).
#[derive(Debug, Clone, Copy, Object)]
pub(crate) struct Geolocation {
    /// Latitude in degrees.
    #[oai(validator(minimum(value = "-90"), maximum(value = "90")))]
    pub(crate) latitude: f64,
    /// Longitude in degrees.
    #[oai(validator(minimum(value = "-180"), maximum(value = "180")))]
    pub(crate) longitude: f64,
    /// Accuracy in metres.
    #[oai(default = "Geolocation::default_accuracy", validator(minimum(value = "0"), maximum(value = "10000000")))]
    pub(crate) accuracy: f64,
}

/// A medium of style sheets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum Medium {
    /// As on a screen.
    Screen,
    /// As on paper.
    Print,
}

impl Geolocation {
    fn default_accuracy() -> f64 {
        options::Geolocation::DEFAULT_ACCURACY
    }
}

impl Emulation {
    /// Converts the options, or reports errors that the schema cannot express.
    pub(crate) fn parse(self, device: Option<Device>, context: &mut ParseContext<'_>) -> options::Emulation {
        let user_agent = self.user_agent.and_then(|raw| context.check("user_agent", UserAgent::parse(&raw)));
        let locale = self.locale.and_then(|raw| context.check("locale", Locale::parse(&raw)));
        let timezone = self.timezone.and_then(|raw| parse_time_zone(&raw, context));
        let geolocation = self.geolocation.and_then(|position| position.parse(context));
        options::Emulation {
            device,
            user_agent,
            locale,
            timezone,
            geolocation,
            media: self.media.map(Into::into),
            dark_mode: self.dark_mode,
            reduced_motion: self.reduced_motion,
        }
    }
}

impl Geolocation {
    fn parse(self, context: &mut ParseContext<'_>) -> Option<options::Geolocation> {
        let Self { latitude, longitude, accuracy } = self;
        match options::Geolocation::new(latitude, longitude, accuracy) {
            Ok(position) => Some(position),
            Err(error) => {
                context.error(&format!("geolocation.{}", error.0), error.to_string());
                None
            }
        }
    }
}

fn parse_time_zone(raw: &str, context: &mut ParseContext<'_>) -> Option<TimeZone> {
    let nearest = TimeZone::nearest(raw);
    match TimeZone::parse(raw) {
        Ok(zone) => Some(zone),
        Err(error) => {
            let hint = nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default();
            context.error("timezone", format!("{error}{hint}"));
            None
        }
    }
}

impl From<Medium> for options::Medium {
    fn from(medium: Medium) -> Self {
        match medium {
            Medium::Screen => Self::Screen,
            Medium::Print => Self::Print,
        }
    }
}
