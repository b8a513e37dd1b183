//! What may be done: the one waist through which pages, API and command line go. The store first, the engine second.

mod catalog;
mod chronicle;
mod contracts;
mod demo;
mod entries;
mod export;
mod history;
mod jobs;
mod journal;
mod ledger;
mod list;
mod people;
mod query;
mod sessions;
mod shared;
mod throttle;
mod waist;

pub use catalog::Catalog;
pub use entries::Listed;
pub use history::{Report, remember};
pub use journal::keep;
pub use ledger::{Action, Job, JobFault, Progress};
pub use list::ListPage;
pub use people::{PasswordFault, PeopleError, SetupError, SignInError, add_operator, add_token, setup_secret};
pub use query::{Cursor, Filter, Found, From, ListQuery, SortBy, Under};
pub use throttle::Throttle;
pub use waist::{Away, Health, Roster};
