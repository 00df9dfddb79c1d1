//! What goes over the pipe: JSON, of which no more is read than somebody needs.

use std::borrow::Cow;

use bytes::Bytes;
use chromiumoxide_cdp::cdp::browser_protocol::target::SessionId;
use chromiumoxide_types::Command;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Something that happened in a browser.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) method: Box<str>,
    params: Bytes,
}

/// What a browser says.
#[derive(Debug)]
pub(super) enum Said {
    /// The answer to a command, or why there is none.
    Answer(u64, Result<Bytes, String>),
    /// Something happened, on a page or to the browser itself.
    Event(Option<Box<str>>, Event),
    /// Nothing that we know.
    Noise,
}

#[derive(Serialize)]
struct Call<'a, C> {
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
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

/// Writes a command as it goes over the pipe.
pub(super) fn written<C: Command>(id: u64, session: Option<&SessionId>, command: &C) -> serde_json::Result<Vec<u8>> {
    let method = command.identifier();
    let mut message = serde_json::to_vec(&Call { id, method: &method, session, params: command })?;
    message.push(0);
    Ok(message)
}

/// Reads what came over the pipe. Answers and events stay JSON, in place.
pub(super) fn read(message: &Bytes) -> Said {
    let Ok(Message { id, method, session, params, result, error }) = serde_json::from_slice(message) else {
        return Said::Noise;
    };
    let part = |part: Option<&RawValue>| {
        part.map_or(Bytes::from_static(b"{}"), |part| message.slice_ref(part.get().as_bytes()))
    };
    match (id, method) {
        (Some(id), _) => Said::Answer(id, error.map_or_else(|| Ok(part(result)), |error| Err(error.message))),
        (None, Some(method)) => {
            let session = session.map(|session| session.as_ref().into());
            Said::Event(session, Event { method: method.as_ref().into(), params: part(params) })
        }
        (None, None) => Said::Noise,
    }
}

impl Event {
    /// Reads an event as what the protocol says it is.
    pub(crate) fn read<E: DeserializeOwned>(&self) -> Option<E> {
        serde_json::from_slice(&self.params).ok()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use chromiumoxide_cdp::cdp::browser_protocol::page::NavigateParams;
    use chromiumoxide_cdp::cdp::browser_protocol::target::SessionId;

    use super::{Said, read, written};

    #[test]
    fn a_command_is_json_that_ends_with_a_nul() {
        let message = written(7, Some(&SessionId::new("s")), &NavigateParams::new("http://a/")).expect("it is written");

        let expected =
            "{\"id\":7,\"method\":\"Page.navigate\",\"sessionId\":\"s\",\"params\":{\"url\":\"http://a/\"}}\0";
        assert_eq!(String::from_utf8(message).as_deref(), Ok(expected));
    }

    #[test]
    fn an_answer_is_its_result_or_its_refusal() {
        let said = |message: &'static str| read(&Bytes::from_static(message.as_bytes()));

        assert!(matches!(said(r#"{"id":1,"result":{"a":1}}"#), Said::Answer(1, Ok(result)) if result == "{\"a\":1}"));
        assert!(
            matches!(said(r#"{"id":2,"error":{"code":-1,"message":"no"}}"#), Said::Answer(2, Err(no)) if no == "no")
        );
        assert!(matches!(said("{}"), Said::Noise));
        assert!(matches!(said("not json"), Said::Noise));
    }

    #[test]
    fn an_event_keeps_what_it_says_until_somebody_reads_it() {
        let message = Bytes::from_static(br#"{"method":"A.b","sessionId":"s","params":{"new":["enum",1]}}"#);
        let Said::Event(session, event) = read(&message) else { panic!("an event") };

        assert_eq!((session.as_deref(), event.method.as_ref()), (Some("s"), "A.b"));
        assert_eq!(event.read::<serde_json::Value>(), Some(serde_json::json!({"new": ["enum", 1]})));
        assert_eq!(event.read::<Vec<u8>>(), None, "what is not as expected is no event");
    }
}
