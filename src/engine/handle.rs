//! Starting the engine, telling it things, and stopping it.

use std::io;
use std::net::SocketAddr;

use ipnet::IpNet;
use tokio::sync::{mpsc, oneshot};

use super::agent::Agent;
use super::board::Board;
use super::command::{Command, Put};
use super::driver::{Driver, STOP_LIMIT};
use super::pace::PaceConfig;
use super::resolver::Resolver;
use super::transport::udp::Bound;
use crate::domain::entry::EntryId;
use crate::domain::status::Checkpoint;
use crate::domain::uri::HostPort;
use crate::entropy;
use crate::sip::Config;
use crate::sip::target::Policy;
use crate::sip::timer::Timers;

/// What the engine is started with.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Host and port that Contacts announce; the local address when unset.
    pub contact: Option<HostPort>,
    /// The only name server to ask; those of the system when unset.
    pub dns_server: Option<SocketAddr>,
    /// Networks that nothing is sent to.
    pub deny: Vec<IpNet>,
    pub allow_loopback: bool,
    pub pace: PaceConfig,
    pub user_agent: String,
}

/// A running engine.
pub struct Engine {
    pub handle: Handle,
    /// The address that it listens on.
    pub bound: SocketAddr,
    /// What is to be remembered; ends when the engine has.
    pub checkpoints: mpsc::UnboundedReceiver<(EntryId, Checkpoint)>,
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot use the engine's socket: {0}")]
    Socket(io::Error),
    #[error(transparent)]
    Entropy(#[from] entropy::Unavailable),
    #[error("cannot start the engine's thread: {0}")]
    Thread(io::Error),
}

/// Tells a running engine what to do. Nothing here waits for the wire.
#[derive(Clone, Debug)]
pub struct Handle {
    commands: mpsc::UnboundedSender<Command>,
    board: Board,
}

/// Runs the loop on a thread of its own, on this socket, with these entries.
///
/// # Errors
/// See [`StartError`]; nothing runs then.
pub fn start(config: EngineConfig, socket: Bound, puts: Vec<Put>) -> Result<Engine, StartError> {
    let bound = socket.local().map_err(StartError::Socket)?;
    let agent = Agent::new(
        Config {
            local: bound,
            contact: config.contact,
            user_agent: config.user_agent,
            policy: Policy { deny: config.deny, allow_loopback: config.allow_loopback },
            seed: entropy::bytes()?,
        },
        config.pace,
    );
    let board = Board::default();
    let (commands, obeyed) = mpsc::unbounded_channel();
    let (remember, checkpoints) = mpsc::unbounded_channel();
    // The receiver is still here, so this cannot fail.
    let _ = commands.send(Command::Put(puts));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
    let shown = board.clone();
    let run = move || {
        runtime.block_on(async move {
            match socket.drive() {
                Ok(udp) => {
                    Driver::new(agent, udp, Resolver::new(config.dns_server), shown, obeyed, remember).run().await
                }
                Err(error) => tracing::error!(%error, "the engine cannot use its socket"),
            }
        });
    };
    std::thread::Builder::new().name("engine".into()).spawn(run).map_err(StartError::Thread)?;
    Ok(Engine { handle: Handle { commands, board }, bound, checkpoints })
}

impl Handle {
    fn tell(&self, command: Command) {
        if self.commands.send(command).is_err() {
            tracing::error!("the engine has stopped: a command was lost");
        }
    }

    /// Takes an entry in, or what was edited of it.
    pub fn put(&self, put: Put) {
        self.put_many(vec![put]);
    }

    /// The same for many at once.
    pub fn put_many(&self, puts: Vec<Put>) {
        self.tell(Command::Put(puts));
    }

    /// The entry is deleted: its binding is undone, then it is forgotten.
    pub fn remove(&self, id: EntryId) {
        self.tell(Command::Remove(id));
    }

    /// *Register now*.
    pub fn refresh(&self, id: EntryId) {
        self.tell(Command::Refresh(id));
    }

    /// *Unregister*, until *Register now* or an edit.
    pub fn unregister(&self, id: EntryId) {
        self.tell(Command::Unregister(id));
    }

    /// Makes a host name mean an address of this program's own.
    pub fn pin(&self, host: &str, to: SocketAddr, timers: Timers) {
        self.tell(Command::Pin(host.to_owned(), to, timers));
    }

    /// Whether the engine runs.
    pub fn alive(&self) -> bool {
        !self.commands.is_closed()
    }

    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Ends the engine; bindings stay at their registrars, so that a restart costs no call. Waits until its last
    /// checkpoints are out, at most five seconds.
    pub async fn stop(&self) {
        let (done, ended) = oneshot::channel();
        self.tell(Command::Stop(done));
        let _ = tokio::time::timeout(STOP_LIMIT, ended).await;
    }
}
