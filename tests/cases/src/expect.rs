//! Expectations: a value, or one of `over`, `under`, `near`, `not`, `has` and `begins`.

use serde_json::Value;

/// Whether a value is as expected.
///
/// `{"near": [goal, tolerance]}` takes numbers and lists of numbers; `not` compares lists; `has` and `begins`
/// compare text.
pub(crate) fn holds(found: &Value, wanted: &Value) -> bool {
    let Some((how, value)) = wanted.as_object().and_then(|wanted| wanted.iter().next()) else {
        return same(found, wanted);
    };
    let text = || Some((found.as_str()?, value.as_str()?));
    let numbers = || Some((found.as_f64()?, value.as_f64()?));
    match how.as_str() {
        "over" => numbers().is_some_and(|(found, limit)| found > limit),
        "under" => numbers().is_some_and(|(found, limit)| found < limit),
        "near" => is_near(found, value),
        "not" => found.is_array() && !same(found, value),
        "has" => text().is_some_and(|(found, part)| found.contains(part)),
        "begins" => text().is_some_and(|(found, start)| found.starts_with(start)),
        _unknown => false,
    }
}

fn is_near(found: &Value, wanted: &Value) -> bool {
    let Some([goal, tolerance]) = wanted.as_array().map(Vec::as_slice) else { return false };
    let (Some(found), Some(goal), Some(tolerance)) = (numbers(found), numbers(goal), tolerance.as_f64()) else {
        return false;
    };
    found.len() == goal.len() && found.iter().zip(&goal).all(|(found, goal)| (found - goal).abs() <= tolerance)
}

/// Compares numbers by value: 1 is 1.0.
fn same(found: &Value, wanted: &Value) -> bool {
    match (numbers(found), numbers(wanted)) {
        (Some(found_numbers), Some(wanted_numbers)) => {
            found.is_array() == wanted.is_array() && found_numbers == wanted_numbers
        }
        _not_numbers => found == wanted,
    }
}

fn numbers(value: &Value) -> Option<Vec<f64>> {
    match value.as_array() {
        Some(values) => values.iter().map(Value::as_f64).collect(),
        None => value.as_f64().map(|number| vec![number]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::holds;

    #[test]
    fn an_expectation_holds_for_the_right_values_only() {
        let table: [(Value, Value, bool); 14] = [
            (json!(200), json!(200), true),
            (json!(200), json!(500), false),
            (json!([596, 842]), json!([596.0, 842.0]), true),
            (json!([255, 0, 3]), json!({"near": [[255, 0, 0], 3]}), true),
            (json!([255, 0, 4]), json!({"near": [[255, 0, 0], 3]}), false),
            (json!([255, 0]), json!({"near": [[255, 0, 0], 3]}), false),
            (json!("outside"), json!({"near": [[255, 0, 0], 3]}), false),
            (json!(5), json!({"near": [4, 1]}), true),
            (json!(900), json!({"under": 900}), false),
            (json!("500"), json!({"over": 3}), false),
            (json!("outside"), json!({"not": [34, 34, 68]}), false),
            (json!([34, 34, 69]), json!({"not": [34, 34, 68]}), true),
            (json!("the right end"), json!({"has": "right"}), true),
            (json!("the right end"), json!({"begins": "right"}), false),
        ];
        for (found, wanted, expected) in table {
            assert_eq!(holds(&found, &wanted), expected, "{found} and {wanted}");
        }
    }
}
