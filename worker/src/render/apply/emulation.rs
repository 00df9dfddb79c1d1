//! Emulation: the user and the device that the page sees.

use chromiumoxide_cdp::cdp::browser_protocol::browser::{
    BrowserContextId, PermissionDescriptor, PermissionSetting, SetPermissionParams,
};
use chromiumoxide_cdp::cdp::browser_protocol::emulation::{
    MediaFeature, SetEmulatedMediaParams, SetGeolocationOverrideParams, SetLocaleOverrideParams,
    SetTimezoneOverrideParams, SetTouchEmulationEnabledParams, SetUserAgentOverrideParams,
};
use domain::options::{Device, Emulation, Geolocation, Medium, Options, Output};

use crate::cdp::Session;

/// How many fingers a touch screen notices.
const TOUCH_POINTS: i64 = 5;

/// Emulates what is not at its default. A page with any of it is not reused, so nothing has to be
/// cleared.
pub(super) fn apply(session: &Session, options: &Options, browser: &str) {
    let emulation = &options.emulation;
    let media = media(options, None);
    if media.media.is_some() || media.features.as_ref().is_some_and(|features| !features.is_empty()) {
        session.send(&media);
    }
    if let Some(user_agent) = user_agent(emulation, browser) {
        session.send(&user_agent);
    }
    if let Some(locale) = &emulation.locale {
        session.send(&SetLocaleOverrideParams { locale: Some(locale.as_str().to_owned()) });
    }
    if let Some(timezone) = &emulation.timezone {
        session.send(&SetTimezoneOverrideParams::new(timezone.as_str()));
    }
    if emulation.device.is_some_and(Device::is_mobile) {
        let touch = SetTouchEmulationEnabledParams { enabled: true, max_touch_points: Some(TOUCH_POINTS) };
        session.send(&touch);
    }
}

/// Puts the user at a position, and lets every page of the context ask for it.
pub(super) fn apply_geolocation(session: &Session, position: &Geolocation, context: &BrowserContextId) {
    let Geolocation { latitude, longitude, accuracy } = *position;
    let permission = SetPermissionParams {
        browser_context_id: Some(context.clone()),
        ..SetPermissionParams::new(PermissionDescriptor::new("geolocation"), PermissionSetting::Granted)
    };
    session.client().send(&permission);
    session.send(&SetGeolocationOverrideParams {
        latitude: Some(latitude),
        longitude: Some(longitude),
        accuracy: Some(accuracy),
        ..Default::default()
    });
}

/// The command that emulates a medium, or else that of the request, and the media features, which it
/// would reset.
pub(crate) fn media(options: &Options, medium: Option<Medium>) -> SetEmulatedMediaParams {
    let emulation = &options.emulation;
    let requested = match (&options.output, emulation.media) {
        // Printing emulates it by itself.
        (Output::Pdf(_), Some(Medium::Print)) | (_, None) => None,
        (_, Some(medium)) => Some(medium),
    };
    SetEmulatedMediaParams {
        media: medium.or(requested).map(|medium| medium.name().to_owned()),
        features: Some(media_features(emulation)),
    }
}

fn media_features(emulation: &Emulation) -> Vec<MediaFeature> {
    let features: &[(bool, &str, &str)] = &[
        (emulation.dark_mode, "prefers-color-scheme", "dark"),
        (emulation.reduced_motion, "prefers-reduced-motion", "reduce"),
    ];
    let set = features.iter().filter(|(is_set, ..)| *is_set);
    set.map(|(_, name, value)| MediaFeature::new(*name, *value)).collect()
}

/// The command that sets the browser's name and the languages; `None` if both are its own. An empty
/// name is the browser's own.
fn user_agent(emulation: &Emulation, browser: &str) -> Option<SetUserAgentOverrideParams> {
    let device = emulation.device.and_then(|device| device_user_agent(device, browser));
    let requested = emulation.user_agent.as_ref().map(|user_agent| user_agent.as_str().to_owned());
    let accept_language = emulation.locale.as_ref().map(domain::options::Locale::accept_language);
    if device.is_none() && requested.is_none() && accept_language.is_none() {
        return None;
    }
    let platform = device.is_some().then(|| "Linux armv81".to_owned());
    let user_agent = requested.or(device).unwrap_or_default();
    Some(SetUserAgentOverrideParams { user_agent, accept_language, platform, user_agent_metadata: None })
}

/// The name of the browser on a device, in the reduced form that all of them send.
fn device_user_agent(device: Device, browser: &str) -> Option<String> {
    let (platform, mobile) = device.platform()?;
    let major = browser.rsplit(' ').next().and_then(|version| version.split('.').next()).unwrap_or_default();
    Some(format!(
        "Mozilla/5.0 ({platform}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 {mobile}Safari/537.36"
    ))
}

#[cfg(test)]
mod tests {
    use domain::options::{Device, Emulation, Locale, UserAgent};

    use super::user_agent;

    const BROWSER: &str = "Chromium 156.0.8078.108";

    #[test]
    fn a_phone_has_the_browser_of_a_phone_unless_the_request_names_another() {
        let phone = Emulation { device: Some(Device::Mobile), ..Emulation::default() };
        let named = Emulation { user_agent: UserAgent::parse("Tester/1").ok(), ..phone.clone() };

        let phone = user_agent(&phone, BROWSER).expect("an override");
        let named = user_agent(&named, BROWSER).expect("an override");

        assert!(phone.user_agent.contains("Android") && phone.user_agent.contains("Chrome/156.0.0.0 Mobile"));
        assert_eq!((named.user_agent.as_str(), named.platform.is_some()), ("Tester/1", true));
    }

    #[test]
    fn a_language_alone_keeps_the_name_of_the_browser() {
        let german = Emulation { locale: Locale::parse("de-DE").ok(), ..Emulation::default() };
        let laptop = Emulation { device: Some(Device::Laptop), ..Emulation::default() };

        let german = user_agent(&german, BROWSER).expect("an override");

        assert_eq!((german.user_agent.as_str(), german.accept_language.as_deref()), ("", Some("de-DE,de")));
        assert!(user_agent(&laptop, BROWSER).is_none());
    }
}
