//! A horizontal bar.

/// Returns a bar of a length proportional to the value. A value above zero is always visible.
pub(crate) fn bar(value: i64, max: i64, width: usize) -> String {
    "█".repeat(length(value, max, width))
}

fn length(value: i64, max: i64, width: usize) -> usize {
    let (value, max) = (u128::from(value.max(0).unsigned_abs()), u128::from(max.max(1).unsigned_abs()));
    let length = (value * width as u128).div_ceil(max);
    usize::try_from(length).unwrap_or(width).min(width)
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn a_value_above_zero_is_visible() {
        for (value, max, length) in
            [(0, 9, 0), (1, 1_000_000, 1), (5, 10, 4), (10, 10, 8), (-3, 0, 0), (i64::MAX, 1, 8)]
        {
            assert_eq!(bar(value, max, 8).chars().count(), length, "{value} of {max}");
        }
    }
}
