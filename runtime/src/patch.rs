//! A member that leaves, clears or sets what it names.
//!
//! In: `x?: patch T` of the language. Out: one type for its three states.

/// What a member asks for: absent, null, or a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// Absent: leave it as it is.
    #[default]
    Keep,
    /// Null: remove it.
    Clear,
    /// A value: set it to this.
    Set(T),
}

impl<T> Patch<T> {
    /// Whether nothing is asked for.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// What stands there afterwards, where `current` stands now.
    pub fn apply(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}
