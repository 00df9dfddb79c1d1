//! Emulation: the user and the device that the page sees.

use chromiumoxide_cdp::cdp::browser_protocol::emulation::{MediaFeature, SetEmulatedMediaParams};
use domain::options::Emulation;

use crate::cdp::Session;

/// Emulates the media features that are not at their default. A page with any of them is not
/// reused, so none has to be cleared.
pub(super) fn apply(session: &Session, emulation: &Emulation) {
    let media = media(emulation, None);
    if media.features.as_ref().is_some_and(|features| !features.is_empty()) {
        session.send(&media);
    }
}

/// The command that emulates a medium, or none, and the media features, which it would reset.
pub(crate) fn media(emulation: &Emulation, medium: Option<&str>) -> SetEmulatedMediaParams {
    SetEmulatedMediaParams { media: medium.map(str::to_owned), features: Some(media_features(emulation)) }
}

fn media_features(emulation: &Emulation) -> Vec<MediaFeature> {
    let features: &[(bool, &str, &str)] = &[
        (emulation.dark_mode, "prefers-color-scheme", "dark"),
        (emulation.reduced_motion, "prefers-reduced-motion", "reduce"),
    ];
    let set = features.iter().filter(|(is_set, ..)| *is_set);
    set.map(|(_, name, value)| MediaFeature::new(*name, *value)).collect()
}
