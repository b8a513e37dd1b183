//! What an administrator wants to know of the program itself.

use std::net::SocketAddr;

use super::waist::{Health, Roster};
use crate::domain::uri::Transport;

/// The program, as it stands.
#[derive(Clone, Debug)]
pub struct System {
    pub health: Health,
    pub is_postgres: bool,
    /// Bytes that the database takes up.
    pub size: Option<i64>,
    /// Milliseconds since the start.
    pub uptime: u64,
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
            is_postgres,
            size,
            uptime: self.clock.ms(),
            listens: self.engine.bound().to_vec(),
            key: print.iter().take(8).map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}
