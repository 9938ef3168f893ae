//! The words of the language that are not words of Rust.

macro_rules! keywords {
    ($($word:ident)*) => { $(syn::custom_keyword!($word);)* };
}

keywords! {
    // what stands at the begin of an item
    closed namespace open reserved
    // what stands in one
    accepts all bare caller client content not notification null of outside patch request server tagged to topic
    untagged version
}
