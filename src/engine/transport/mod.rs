//! The only sockets of the house.

pub mod udp;
