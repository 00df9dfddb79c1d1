//! The engine of a list.

use adblock::lists::ParseOptions;
use adblock::{Engine, FilterSet};

/// Makes the engine of the texts of some lists.
pub(super) fn parse(texts: impl IntoIterator<Item = String>) -> Engine {
    let mut set = FilterSet::new(false);
    for text in texts {
        set.add_filter_list(text, ParseOptions::default());
    }
    Engine::new_with_filter_set(set)
}

/// The name that filter lists have for a type of the protocol.
pub(super) fn filter_type(resource_type: &str) -> &'static str {
    match resource_type {
        "Document" => "subdocument",
        "Stylesheet" => "stylesheet",
        "Image" => "image",
        "Media" | "TextTrack" => "media",
        "Font" => "font",
        "Script" => "script",
        "XHR" | "Fetch" | "EventSource" | "Preflight" => "xmlhttprequest",
        "WebSocket" => "websocket",
        "Ping" => "ping",
        "CSPViolationReport" => "csp_report",
        _ => "other",
    }
}
