//! "Did you mean": the nearest of several names.
//!
//! In: a name that does not exist, and those that do. Out: one that the author may have meant. Only called where there
//! is something to report already.

/// The candidate that is nearest to `wanted`, when it is near enough to be a slip.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (wanted.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(wanted.len()) <= most)
        .map(|candidate| (distance(wanted, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many insertions, removals, replacements and swaps of neighbours lead from one to the other. Letters that differ
/// only in case count as equal.
fn distance(from: &str, to: &str) -> usize {
    let fold = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
    let (from, to) = (fold(from), fold(to));
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (row, a) in from.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, b) in to.iter().enumerate() {
            let mut best = (last[column] + usize::from(a != b))
                .min(last[column + 1] + 1)
                .min(line[column] + 1);
            if row > 0 && column > 0 && *a == to[column - 1] && from[row - 1] == *b {
                best = best.min(before_last[column - 1] + 1);
            }
            line.push(best);
        }
        before_last = std::mem::replace(&mut last, line);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_mended_and_a_stranger_is_not() {
        let names = ["ThreadStartParams", "ThreadReadParams", "TurnStartParams"];
        assert_eq!(nearest("ThreadStratParams", names), Some("ThreadStartParams"));
        assert_eq!(nearest("threadreadparams", names), Some("ThreadReadParams"));
        assert_eq!(nearest("Gate", names), None);
        assert_eq!(nearest("", names), None);
    }
}
