//! Languages: which one, what is said in it, and how numbers and times are written. The only room that knows Fluent.

mod catalog;
mod format;
mod locale;
mod zone;

pub use catalog::{Value, ids, text};
pub use format::{clock, date, date_time, iso, number, span};
pub use locale::Locale;
pub use zone::Zone;
