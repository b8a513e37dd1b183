//! The registering user agent, pure: no socket, clock, chance, task, lock or log. Time, seed, DNS answers and datagrams
//! are arguments; what is to happen comes out of `poll_*`.

pub mod digest;
pub mod header;
pub mod scan;
pub mod seed;
pub mod timer;
pub mod wire;
