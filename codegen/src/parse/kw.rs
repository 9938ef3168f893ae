//! The words of the language that are not words of Rust.

macro_rules! keywords {
    ($($word:ident)*) => { $(syn::custom_keyword!($word);)* };
}

keywords! {
    // what opens an item
    closed envelope error foreign gate handshake namespace open protocol reserved service union
    // what stands in one
    accepts all bare caller client content not notification null outside patch request server tagged to topic
    untagged version
}
