//! What an administrator wants to know of the program itself.

use std::net::SocketAddr;

use super::waist::{Health, Roster};
use crate::domain::uri::Transport;
use crate::engine::Figures;

/// The program, as it stands.
#[derive(Clone, Debug)]
pub struct System {
    pub health: Health,
    /// The name of this machine.
    pub node: String,
    pub is_postgres: bool,
    /// Bytes that the database takes up.
    pub size: Option<i64>,
    /// Milliseconds since the start.
    pub uptime: u64,
    /// What the engine did since the start.
    pub figures: Figures,
    /// Entries that wait for their turn now.
    pub waiting: usize,
    /// Datagrams that the kernel dropped, as far as the system tells.
    pub overrun: Option<u64>,
    pub listens: Vec<(Transport, SocketAddr)>,
    /// Tells one sealing key from another, and nothing else of it.
    pub key: String,
}

impl Roster {
    /// The program, as it stands.
    pub async fn system(&self) -> System {
        let (is_postgres, size) = self.ask(|store| store.size()).await.unwrap_or((false, None));
        let print = self.store.derived_key(b"fingerprint");
        System {
            health: self.health().await,
            node: std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned(),
            is_postgres,
            size,
            uptime: self.clock.ms(),
            figures: self.engine.meter().whole(),
            waiting: self.engine.meter().waiting(),
            overrun: self.engine.overrun(),
            listens: self.engine.bound().to_vec(),
            key: print.iter().take(8).map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}
