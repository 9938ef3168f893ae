//! "Did you mean": the nearest of several names.
//!
//! In: a name that does not exist, and those that do. Out: one that the author may have meant. Only called where there
//! is something to report already.

/// The candidate that is nearest to `wanted`, when it is near enough to be a slip. Case alone makes no distance.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (wanted.chars().count() / 3).clamp(1, 4);
    let folded = wanted.to_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(wanted.len()) <= most)
        .map(|candidate| {
            (
                strsim::osa_distance(&folded, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Whether two names are so much alike that one may be the other after an edit: `modelName` and `model`.
pub(crate) fn alike(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    one.starts_with(&other) || other.starts_with(&one) || strsim::normalized_levenshtein(&one, &other) > 0.5
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
