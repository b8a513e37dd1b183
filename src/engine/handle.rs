//! Starting the engine, telling it things, and stopping it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use ipnet::IpNet;
use tokio::sync::{mpsc, oneshot};
use tokio_rustls::TlsAcceptor;

use super::agent::Agent;
use super::board::Board;
use super::command::{Command, Put, TryOut};
use super::driver::{Driver, STOP_LIMIT, UNREGISTER_LIMIT};
use super::meter::Meter;
use super::pace::PaceConfig;
use super::publisher::Publisher;
use super::resolver::Resolver;
use super::ring::{Exchange, Ring};
use super::transport::drops;
use super::transport::tcp::{Accepted, Listening};
use super::transport::tls::{self, TlsError, TlsFiles};
use super::transport::udp::{Bound, Udp};
use super::trials::{TrialNews, Trials};
use crate::domain::entry::EntryId;
use crate::domain::event::Event;
use crate::domain::status::Checkpoint;
use crate::domain::uri::HostPort;
use crate::entropy;
use crate::sip::target::Policy;
use crate::sip::timer::Timers;
use crate::sip::{Config, Locals, Transport};

/// Connections to our ports that wait to be looked at.
const ACCEPTED_WAITING: usize = 64;

/// What the engine is started with.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Host and port that Contacts announce; the local address when unset.
    pub contact: Option<HostPort>,
    /// Where a call that comes here is sent on to; it is refused when unset.
    pub calls_to: Option<HostPort>,
    /// The only name server to ask; those of the system when unset.
    pub dns_server: Option<SocketAddr>,
    /// Networks that nothing is sent to.
    pub deny: Vec<IpNet>,
    pub allow_loopback: bool,
    pub pace: PaceConfig,
    pub user_agent: String,
    /// Seconds between keep-alives over UDP; none go out when unset.
    pub keep_alive: Option<u32>,
    pub tls: TlsFiles,
}

/// What the engine listens on: a datagram socket at least. The first of a transport and address family is used unless a
/// contract chooses another.
#[derive(Debug, Default)]
pub struct Sockets {
    pub udp: Vec<Bound>,
    pub tcp: Vec<Listening>,
    pub tls: Vec<Listening>,
}

impl Sockets {
    /// The addresses, with the ports that were chosen for port 0.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn locals(&self) -> io::Result<Vec<(Transport, SocketAddr)>> {
        let udp = self.udp.iter().map(|socket| Ok((Transport::Udp, socket.local()?)));
        let tcp = self.tcp.iter().map(|socket| Ok((Transport::Tcp, socket.local()?)));
        let tls = self.tls.iter().map(|socket| Ok((Transport::Tls, socket.local()?)));
        udp.chain(tcp).chain(tls).collect()
    }
}

/// A running engine.
pub struct Engine {
    pub handle: Handle,
    /// The addresses that it listens on.
    pub bound: Vec<(Transport, SocketAddr)>,
    /// What is to be remembered; ends when the engine has.
    pub checkpoints: mpsc::UnboundedReceiver<(EntryId, Checkpoint)>,
    /// Every change of a state or a cause, and which entries are gone; ends when the engine has.
    pub history: mpsc::UnboundedReceiver<(EntryId, Option<Event>)>,
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot use the engine's socket: {0}")]
    Socket(io::Error),
    #[error(transparent)]
    Tls(#[from] TlsError),
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
    ring: Ring,
    meter: Meter,
    bound: Arc<[(Transport, SocketAddr)]>,
}

/// Runs the loop on a thread of its own, on these sockets; entries are put in afterwards.
///
/// # Errors
/// See [`StartError`]; nothing runs then.
pub fn start(config: EngineConfig, sockets: Sockets) -> Result<Engine, StartError> {
    let bound = sockets.locals().map_err(StartError::Socket)?;
    let connector = tls::connector(&config.tls)?;
    let acceptor = if sockets.tls.is_empty() { None } else { Some(tls::acceptor(&config.tls)?) };
    let agent = Agent::new(
        Config {
            locals: Locals::new(bound.clone()),
            contact: config.contact,
            calls_to: config.calls_to,
            user_agent: config.user_agent,
            keep_alive: config.keep_alive.map(|seconds| u64::from(seconds) * 1000),
            policy: Policy { deny: config.deny, allow_loopback: config.allow_loopback },
            seed: entropy::bytes()?,
        },
        config.pace,
    );
    let board = Board::default();
    let (commands, obeyed) = mpsc::unbounded_channel();
    let (remember, checkpoints) = mpsc::unbounded_channel();
    let (tell, history) = mpsc::unbounded_channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
    let ring = Ring::default();
    let meter = Meter::default();
    let publisher = Publisher {
        board: board.clone(),
        ring: ring.clone(),
        trials: Trials::default(),
        checkpoints: remember,
        history: tell,
        changed: Vec::new(),
    };
    let shown = (publisher, meter.clone());
    let run = move || {
        runtime.block_on(async move {
            match drive(sockets, acceptor) {
                Ok((udp, accepted)) => {
                    let resolver = Resolver::new(config.dns_server);
                    let driver = Driver::new(agent, udp, connector, accepted, resolver, shown, obeyed);
                    driver.run().await;
                }
                Err(error) => tracing::error!(%error, "the engine cannot use its sockets"),
            }
        });
    };
    std::thread::Builder::new().name("engine".into()).spawn(run).map_err(StartError::Thread)?;
    let handle = Handle { commands, board, ring, meter, bound: bound.clone().into() };
    Ok(Engine { handle, bound, checkpoints, history })
}

/// Hands the sockets to the runtime of the calling task.
fn drive(sockets: Sockets, acceptor: Option<TlsAcceptor>) -> io::Result<(Vec<Udp>, mpsc::Receiver<Accepted>)> {
    let (accept, accepted) = mpsc::channel(ACCEPTED_WAITING);
    for listening in sockets.tcp {
        listening.drive(None, accept.clone())?;
    }
    for listening in sockets.tls {
        listening.drive(acceptor.clone(), accept.clone())?;
    }
    Ok((sockets.udp.into_iter().map(Bound::drive).collect::<io::Result<_>>()?, accepted))
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

    /// The same for many at once. What is given back comes once they are taken in, or there is no engine any more.
    pub fn put_many(&self, puts: Vec<Put>) -> oneshot::Receiver<()> {
        let (taken, told) = oneshot::channel();
        self.tell(Command::Put(puts, taken));
        told
    }

    /// The entry is deleted: its binding is undone, then it is forgotten.
    pub fn remove(&self, id: EntryId) {
        self.tell(Command::Remove(id));
    }

    /// *Register now*: for a person who waits (`urgent`), or for one of many.
    pub fn refresh(&self, id: EntryId, urgent: bool) {
        self.tell(Command::Refresh { id, urgent });
    }

    /// *Unregister*, until *Register now* or an edit.
    pub fn unregister(&self, id: EntryId, urgent: bool) {
        self.tell(Command::Unregister { id, urgent });
    }

    /// Tries an account out; what is told of it, until nothing is left of it.
    pub fn try_out(&self, wanted: TryOut) -> mpsc::UnboundedReceiver<TrialNews> {
        let (tell, told) = mpsc::unbounded_channel();
        self.tell(Command::TryOut(Box::new(wanted), tell));
        told
    }

    /// Makes a host name mean an address of this program's own.
    pub fn pin(&self, host: &str, to: SocketAddr, timers: Timers) {
        self.tell(Command::Pin(host.to_owned(), to, timers));
    }

    /// Whether the engine runs.
    pub fn alive(&self) -> bool {
        !self.commands.is_closed()
    }

    /// The addresses that it listens on.
    pub fn bound(&self) -> &[(Transport, SocketAddr)] {
        &self.bound
    }

    /// The last messages of an entry, the oldest first.
    pub fn exchanges(&self, id: EntryId) -> Vec<Exchange> {
        self.ring.of(id)
    }

    /// How the engine does.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Datagrams that the kernel dropped, since the sockets' buffers were full; as far as the system tells.
    pub fn overrun(&self) -> Option<u64> {
        drops::of(self.bound.iter().filter(|(transport, _)| *transport == Transport::Udp).map(|(_, address)| *address))
    }

    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Ends the engine, and waits until its last checkpoints are out, at most five seconds. Bindings stay at their
    /// registrars, so that a restart costs no call; with `unregister` they are undone first, which may take twenty seconds.
    pub async fn stop(&self, unregister: bool) {
        let (done, ended) = oneshot::channel();
        let unregister = unregister.then_some(UNREGISTER_LIMIT);
        self.tell(Command::Stop { done, unregister });
        let _ = tokio::time::timeout(STOP_LIMIT + unregister.unwrap_or_default(), ended).await;
    }
}
