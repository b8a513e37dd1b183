//! Real peers from Debian's packages, started by the test on loopback. A package that is missing is an error.

mod cutter;
mod kamailio;
mod lossy;
mod port;
mod postgres;
mod relay;
mod sipp;
