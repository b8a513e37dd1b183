//! The registering user agent, pure: no socket, clock, chance, task, lock or log. Time, seed, DNS answers and datagrams
//! are arguments; what is to happen comes out of `poll_*`.

pub mod attempt;
pub mod called;
pub mod choice;
pub mod digest;
pub mod hash;
pub mod header;
pub mod keep;
pub mod known;
pub mod likeness;
pub mod locals;
pub mod message;
pub mod names;
pub mod outcome;
pub mod peers;
pub mod plan;
pub mod registration;
pub mod report;
pub mod scan;
pub mod seed;
pub mod shared;
pub mod target;
pub mod timer;
pub mod trace;
pub mod transaction;
pub mod trial;
pub mod uac;
pub mod uas;
pub mod view;
pub mod wire;
pub mod wish;

pub use locals::Locals;
pub use plan::{Held, Put, Rank, Resume};
pub use report::{Dropped, Ended, Event, How, Ready};
pub use uac::{Config, Uac};
pub use view::Mark;
pub use wire::{Flow, Time, TlsFault, Transmit, Transport, Unsent};
