//! Iterates over the operations of the document.

use serde_json::{Map, Value};

/// An operation of the document.
pub(super) struct Operation<'a> {
    pub(super) path: &'a str,
    pub(super) value: &'a mut Map<String, Value>,
}

impl Operation<'_> {
    /// The operation's id, such as `createPdf`.
    pub(super) fn id(&self) -> String {
        self.value.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The responses, by their status.
    pub(super) fn responses(&mut self) -> impl Iterator<Item = (&String, &mut Map<String, Value>)> {
        let responses = self.value.get_mut("responses").and_then(Value::as_object_mut);
        responses.into_iter().flatten().filter_map(|(status, response)| Some((status, response.as_object_mut()?)))
    }

    /// The parameters.
    pub(super) fn parameters(&mut self) -> impl Iterator<Item = &mut Map<String, Value>> {
        let parameters = self.value.get_mut("parameters").and_then(Value::as_array_mut);
        parameters.into_iter().flatten().filter_map(Value::as_object_mut)
    }
}

/// Calls a function with every operation.
pub(super) fn for_each(document: &mut Value, mut change: impl FnMut(Operation<'_>)) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, operations) in paths.into_iter().flatten() {
        for value in operations.as_object_mut().into_iter().flat_map(Map::values_mut) {
            if let Some(value) = value.as_object_mut() {
                change(Operation { path, value });
            }
        }
    }
}

/// Returns the named schemas.
pub(super) fn schemas(document: &mut Value) -> Option<&mut Map<String, Value>> {
    document.pointer_mut("/components/schemas")?.as_object_mut()
}
