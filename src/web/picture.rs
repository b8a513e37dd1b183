//! Pictures of a day, drawn on the server: what fits into an SVG without a script or a style of its own.

/// Slots of a picture: five minutes of a day each.
pub(crate) const SLOTS: usize = 288;
/// How high a picture is, in its own measure.
pub(crate) const HEIGHT: u64 = 60;
const DAY: i64 = 86_400_000;

/// The slot of a moment, when it lies within the day that ends now.
pub(crate) fn slot(at: i64, now: i64) -> Option<usize> {
    let since = at.checked_sub(now - DAY).filter(|since| (0..=DAY).contains(since))?;
    let slots = i64::try_from(SLOTS).ok()?;
    usize::try_from(since * slots / DAY).ok().map(|slot| slot.min(SLOTS - 1))
}

/// The outline of an area over the slots: as high as each value is of `most`; slots without a value are gaps.
pub(crate) fn area(values: &[Option<u64>], most: u64) -> String {
    let mut path = String::new();
    let mut at = 0;
    while at < values.len() {
        let Some(value) = values[at] else {
            at += 1;
            continue;
        };
        // Neighbours that are as high are one piece.
        let end = at + values[at..].iter().take_while(|other| **other == Some(value)).count();
        let height = (value.min(most) * HEIGHT).checked_div(most).unwrap_or(0);
        // What is there is seen, however little it is.
        let height = if value > 0 { height.max(1) } else { 0 };
        if height > 0 {
            path.push_str(&format!("M{at} {HEIGHT}V{}H{end}V{HEIGHT}Z", HEIGHT - height));
        }
        at = end;
    }
    path
}

/// A value for each slot: the last one holds until the next, at most for `holds` slots.
pub(crate) fn held(mut values: Vec<Option<u64>>, holds: usize) -> Vec<Option<u64>> {
    let mut last: Option<(usize, u64)> = None;
    for (at, value) in values.iter_mut().enumerate() {
        match (*value, last) {
            (Some(value), _) => last = Some((at, value)),
            (None, Some((since, before))) if at - since <= holds => *value = Some(before),
            (None, _) => {}
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_its_slots_and_areas_their_outline() {
        let now = 10 * DAY;
        assert_eq!([slot(now, now), slot(now - 1, now), slot(now - DAY, now)], [Some(287), Some(287), Some(0)]);
        assert_eq!([slot(now - DAY - 1, now), slot(now - DAY / 2, now)], [None, Some(144)]);
        let values = [None, Some(10), Some(10), Some(0), Some(1), Some(99)];
        assert_eq!(area(&values, 10), "M1 60V0H3V60ZM4 60V54H5V60ZM5 60V0H6V60Z");
        assert_eq!(area(&[Some(1)], 1_000_000), "M0 60V59H1V60Z");
        assert_eq!(area(&[Some(5)], 0), "M0 60V59H1V60Z");
        assert_eq!(held(vec![None, Some(1), None, None, Some(2)], 1), [None, Some(1), Some(1), None, Some(2)]);
    }
}
