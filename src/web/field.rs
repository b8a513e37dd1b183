//! A field of a form, ready to be shown: its words, its help, what was typed and what is wrong with that.

use crate::domain::entry::EntryId;

/// A field, ready to be shown.
pub(crate) struct FieldView {
    pub name: &'static str,
    pub label: String,
    pub hint: String,
    pub help: String,
    pub value: String,
    pub required: bool,
    pub max: usize,
    /// The field that it comes from while it is empty, what stands before that field's value, and the whole.
    pub derived_from: Option<&'static str>,
    pub derived_start: &'static str,
    pub derived: Option<String>,
    /// What the provider calls it.
    pub called: Option<String>,
    pub fault: Option<FaultView>,
}

/// What is wrong with it.
#[derive(Clone)]
pub(crate) struct FaultView {
    pub field: &'static str,
    pub label: String,
    pub text: String,
    /// The entry that has the value.
    pub other: Option<EntryId>,
}

/// A value to choose.
pub(crate) struct Choice {
    pub id: String,
    pub name: String,
    pub chosen: bool,
}
