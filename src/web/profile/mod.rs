//! One's own profile: language and time zone, password, second factor, sessions.

pub(crate) mod factor;
pub(crate) mod password;
pub(crate) mod sessions;
pub(crate) mod show;
