//! Joins the lines of descriptions, which doc comments break for the reader of the code. Swagger
//! UI would break them at the same places.

use serde_json::Value;

pub(super) fn unwrap(node: &mut Value) {
    match node {
        Value::Object(object) => {
            if let Some(Value::String(description)) = object.get_mut("description") {
                *description = unwrapped(description);
            }
            object.values_mut().for_each(unwrap);
        }
        Value::Array(items) => items.iter_mut().for_each(unwrap),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Keeps the breaks between paragraphs and before items of lists.
fn unwrapped(text: &str) -> String {
    let mut joined = String::new();
    for line in text.lines() {
        let is_continued = !joined.is_empty() && !joined.ends_with('\n') && !line.is_empty() && !begins_block(line);
        if is_continued {
            joined.push(' ');
        } else if !joined.is_empty() {
            joined.push('\n');
        }
        joined.push_str(line.trim_end());
    }
    joined
}

fn begins_block(line: &str) -> bool {
    let after_number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with("* ")
        || line.starts_with('#')
        || (after_number.len() < line.len() && after_number.starts_with(". "))
}

#[cfg(test)]
mod tests {
    use super::unwrapped;

    #[test]
    fn only_the_lines_of_a_paragraph_or_an_item_are_joined() {
        let text = "One\n8192 bytes.\n\nAnother.\n\n* An\nitem.\n* A second.\n\n1. First.\n2. Second.";

        assert_eq!(unwrapped(text), "One 8192 bytes.\n\nAnother.\n\n* An item.\n* A second.\n\n1. First.\n2. Second.");
        assert_eq!(unwrapped(&unwrapped(text)), unwrapped(text));
    }
}
