//! The real program against real peers from Debian's packages, started by the tests on free loopback ports.
