//! The real program as its users meet it: HTTP in, SIP out, on loopback.
