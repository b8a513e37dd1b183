//! The demo provider as it runs: the registrar on a UDP port of 127.0.0.1, with three accounts that show what an
//! operator meets.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use super::registrar::Registrar;
use super::script::{Login, Script};
use crate::clock::Monotonic;
use crate::engine::transport::udp::{Bound, Sending};
use crate::sip::timer::Timers;

/// The account that is accepted.
pub const HAPPY: &str = "happy";
/// The account whose entry has a wrong password.
pub const WRONG_PASSWORD: &str = "wrong-password";
/// The account that is never answered.
pub const SILENT: &str = "silent";
/// The password that the accounts have at the provider; it guards nothing.
pub const PASSWORD: &str = "demo-password";

/// Shorter than the standard's, so that *Unreachable* is seen within a minute: three attempts of four seconds.
pub const TIMERS: Timers = Timers {
    t1: 500,
    t2: 2_000,
    give_up: 4_000,
    back_off: 6_000,
    back_off_most: 120_000,
    slow: 900_000,
    slow_most: 3_600_000,
};

/// A provider that runs as long as the program does.
///
/// # Errors
/// What the operating system says of the port.
pub fn start() -> io::Result<SocketAddr> {
    let socket = Bound::to((Ipv4Addr::LOCALHOST, 0).into())?;
    let address = socket.local()?;
    let udp = socket.drive()?;
    let script = [HAPPY, WRONG_PASSWORD, SILENT].into_iter().fold(Script::new(super::DOMAIN), |script, user| {
        let silent = user == SILENT;
        script.login(user, Login { silent, ..Login::new(PASSWORD) })
    });
    // A grant of two minutes lets a newcomer watch a refresh.
    let mut registrar = Registrar::new(Script { grant: 60..=120, ..script });
    let clock = Monotonic::new();
    tokio::spawn(async move {
        let mut buffer = vec![0; 65_536];
        while udp.readable().await.is_ok() {
            match udp.receive(&mut buffer) {
                Ok((length, from)) => {
                    if let Some(answer) = registrar.handle(clock.ms(), &buffer[..length]) {
                        // What does not leave is sent again when the request comes again.
                        if udp.send(from, &answer) == Sending::Full && udp.writable().await.is_ok() {
                            let _ = udp.send(from, &answer);
                        }
                    }
                }
                Err(_) => while udp.next_unsent().is_some() {},
            }
        }
    });
    Ok(address)
}
