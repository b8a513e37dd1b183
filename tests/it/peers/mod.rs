//! Real peers from Debian's packages, started by the test on loopback. A package that is missing is an error.

mod kamailio;
mod port;
mod postgres;
mod relay;
mod sipp;
