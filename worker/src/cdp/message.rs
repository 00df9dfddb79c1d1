//! The messages on the pipe: JSON, parsed only as far as needed.

use std::borrow::Cow;

use bytes::Bytes;
use chromiumoxide_cdp::cdp::browser_protocol::target::SessionId;
use chromiumoxide_types::Command;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// An event of the browser or of a page.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) method: Box<str>,
    params: Bytes,
}

/// A message from the browser.
#[derive(Debug)]
pub(super) enum Incoming {
    /// The reply to a command: its result, or the message of an error.
    Reply(u64, Result<Bytes, String>),
    /// An event of the page with this session id, or of the browser itself.
    Event(Option<Box<str>>, Event),
    /// A message that is neither.
    Unknown,
}

#[derive(Serialize)]
struct Outgoing<'a, C> {
    id: u64,
    method: &'a str,
    #[serde(rename = "sessionId", skip_serializing_if = "Option::is_none")]
    session: Option<&'a SessionId>,
    params: &'a C,
}

#[derive(Deserialize)]
struct Message<'a> {
    id: Option<u64>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "sessionId")]
    session: Option<Cow<'a, str>>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error: Option<ErrorReply>,
}

#[derive(Deserialize)]
struct ErrorReply {
    message: String,
}

/// Encodes a command, including the NUL that ends it.
pub(super) fn encode<C: Command>(id: u64, session: Option<&SessionId>, command: &C) -> serde_json::Result<Vec<u8>> {
    let method = command.identifier();
    let mut message = serde_json::to_vec(&Outgoing { id, method: &method, session, params: command })?;
    message.push(0);
    Ok(message)
}

/// Decodes a message. Results and event parameters stay JSON and are not copied.
pub(super) fn decode(message: &Bytes) -> Incoming {
    let Ok(Message { id, method, session, params, result, error }) = serde_json::from_slice(message) else {
        return Incoming::Unknown;
    };
    let slice = |json: Option<&RawValue>| {
        json.map_or(Bytes::from_static(b"{}"), |json| message.slice_ref(json.get().as_bytes()))
    };
    match (id, method) {
        (Some(id), _) => Incoming::Reply(id, error.map_or_else(|| Ok(slice(result)), |error| Err(error.message))),
        (None, Some(method)) => {
            let session = session.map(|session| session.as_ref().into());
            Incoming::Event(session, Event { method: method.as_ref().into(), params: slice(params) })
        }
        (None, None) => Incoming::Unknown,
    }
}

impl Event {
    /// Parses the event's parameters.
    pub(crate) fn parse<E: DeserializeOwned>(&self) -> Option<E> {
        serde_json::from_slice(&self.params).ok()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use chromiumoxide_cdp::cdp::browser_protocol::page::NavigateParams;
    use chromiumoxide_cdp::cdp::browser_protocol::target::SessionId;

    use super::{Incoming, decode, encode};

    #[test]
    fn a_command_is_json_that_ends_with_a_nul() {
        let message = encode(7, Some(&SessionId::new("s")), &NavigateParams::new("http://a/")).expect("JSON");

        let expected =
            "{\"id\":7,\"method\":\"Page.navigate\",\"sessionId\":\"s\",\"params\":{\"url\":\"http://a/\"}}\0";
        assert_eq!(String::from_utf8(message).as_deref(), Ok(expected));
    }

    #[test]
    fn a_reply_is_a_result_or_an_error() {
        let decoded = |message: &'static str| decode(&Bytes::from_static(message.as_bytes()));

        assert!(
            matches!(decoded(r#"{"id":1,"result":{"a":1}}"#), Incoming::Reply(1, Ok(result)) if result == "{\"a\":1}")
        );
        assert!(
            matches!(decoded(r#"{"id":2,"error":{"code":-1,"message":"no"}}"#), Incoming::Reply(2, Err(no)) if no == "no")
        );
        assert!(matches!(decoded("{}"), Incoming::Unknown));
        assert!(matches!(decoded("not json"), Incoming::Unknown));
    }

    #[test]
    fn the_parameters_of_an_event_are_parsed_on_demand() {
        let message = Bytes::from_static(br#"{"method":"A.b","sessionId":"s","params":{"new":["enum",1]}}"#);
        let Incoming::Event(session, event) = decode(&message) else { panic!("an event") };

        assert_eq!((session.as_deref(), event.method.as_ref()), (Some("s"), "A.b"));
        assert_eq!(event.parse::<serde_json::Value>(), Some(serde_json::json!({"new": ["enum", 1]})));
        assert_eq!(event.parse::<Vec<u8>>(), None, "parameters of another type");
    }
}
