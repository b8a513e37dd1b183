//! Formats that entries travel in to and from other programs. Pure.

pub mod csv;
pub mod preset;
