//! Holds the emitted Rust types to the fixtures, to derived twins, to the emitted JSON Schema and to random messages.
//!
//! In: the generated crate with its feature `oracle`, the model, and `fixtures/`. Out: one test for each thing that must
//! hold over every definition; a failure lists all that went wrong, and a success says how much was compared.

mod coverage;
mod fixtures;
mod gates;
mod instances;
mod messages;
mod mutations;
mod normal_form;
mod random;
mod reference;
mod repository;
mod schemas;
mod sights;
mod skeletons;
mod spelling;
mod twins;
