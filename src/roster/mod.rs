//! What may be done: the one waist through which pages, API and command line go. The store first, the engine second.

mod audit;
mod catalog;
mod chronicle;
mod contracts;
mod demo;
mod entries;
mod export;
mod factor;
mod history;
mod jobs;
mod journal;
mod ledger;
mod list;
mod password;
mod people;
mod query;
mod sessions;
mod shared;
mod throttle;
mod users;
mod waist;

pub use crate::store::OperatorError;
pub use audit::sweep_audit;
pub use catalog::Catalog;
pub use entries::Listed;
pub use factor::CodeError;
pub use history::{Report, remember};
pub use journal::keep;
pub use ledger::{Action, Job, JobFault, Progress};
pub use list::ListPage;
pub use password::PasswordFault;
pub use people::{Entered, PeopleError, SetupError, SignInError, add_operator, add_token, setup_secret};
pub use query::{Cursor, Filter, Found, From, ListQuery, SortBy, Under};
pub use throttle::Throttle;
pub use users::{PasswordError, UserError};
pub use waist::{Away, Health, Roster};
