//! The only sockets of the house.

mod batch;
pub mod connection;
pub mod drops;
pub mod flows;
pub mod framing;
pub mod issuer;
pub mod news;
pub mod tcp;
pub mod tls;
pub mod udp;
pub mod verifier;
