//! Who asks, as the guard found out for everything behind it.

use crate::domain::operator::Operator;
use crate::i18n::Locale;

/// Name of the cookie that remembers the language.
pub(crate) const LANGUAGE_COOKIE: &str = "alta-language";
/// Who asks, and in which language.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub operator: Option<Operator>,
    /// What a form of theirs has to carry.
    pub csrf: String,
    pub locale: Locale,
}
