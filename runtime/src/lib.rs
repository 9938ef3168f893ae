//! The thin runtime that generated protocol code stands on.
