//! What may be done: the one waist through which pages, API and command line go. The store first, the engine second.

mod contracts;
mod demo;
mod entries;
mod journal;
mod people;
mod sessions;
mod throttle;
mod waist;

pub use entries::{ListPage, Listed};
pub use journal::keep;
pub use people::{PasswordFault, PeopleError, SetupError, SignInError, add_operator, add_token, setup_secret};
pub use throttle::Throttle;
pub use waist::{Away, Health, Roster};
