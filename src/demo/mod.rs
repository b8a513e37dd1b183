//! The demo provider: a registrar inside the program, on loopback only. The very same pure registrar answers in the
//! simulation.

pub mod provider;
pub mod registrar;
pub mod script;

/// The demo provider's domain; `.invalid` never exists in DNS (RFC 6761).
pub const DOMAIN: &str = "demo.invalid";
