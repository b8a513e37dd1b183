//! A provider that is connected to: the scripted registrar behind a TCP or TLS port of loopback.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use alta::clock::Monotonic;
use alta::demo::registrar::{Registrar, Seen};
use alta::engine::transport::framing::{Frame, Framer};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{broadcast, mpsc};
use tokio_rustls::TlsAcceptor;

use super::provider::script;
use super::wait_for;

/// Between two bytes of a slow answer.
const SLOW: Duration = Duration::from_millis(1);

/// How it writes its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Whole,
    /// Byte by byte.
    Slow,
    /// Together, as soon as there are so many; cut in the middle of the first.
    Together(usize),
    /// Without Content-Length.
    Endless,
    /// Keep-alives are not answered.
    Deaf,
}

/// See the module. It ends when it is dropped.
pub(crate) struct Exchange {
    pub(crate) at: SocketAddr,
    inner: Arc<Mutex<Inner>>,
    clock: Monotonic,
    hang_up: broadcast::Sender<()>,
    runtime: Option<Runtime>,
}

struct Inner {
    registrar: Registrar,
    manner: Manner,
    /// Answers that wait for others.
    held: Vec<u8>,
    held_count: usize,
    /// Who connected, in order.
    callers: Vec<IpAddr>,
    /// One for each connection that stands.
    lines: Vec<mpsc::UnboundedSender<Vec<u8>>>,
    /// What came, ping by ping and message by message.
    heard: Vec<String>,
    /// Certificates that were shown by whoever connected.
    shown: Vec<Vec<u8>>,
}

impl Exchange {
    /// Speaks TCP, and has these accounts, all with the tests' password.
    pub(crate) fn tcp(users: &[&str]) -> Self {
        Self::start(users, None)
    }

    /// Speaks TLS.
    pub(crate) fn tls(users: &[&str], config: Arc<ServerConfig>) -> Self {
        Self::start(users, Some(TlsAcceptor::from(config)))
    }

    fn start(users: &[&str], acceptor: Option<TlsAcceptor>) -> Self {
        let inner = Arc::new(Mutex::new(Inner {
            registrar: Registrar::new(script(users)),
            manner: Manner::Whole,
            held: Vec::new(),
            held_count: 0,
            callers: Vec::new(),
            lines: Vec::new(),
            heard: Vec::new(),
            shown: Vec::new(),
        }));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a thread");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port on loopback");
        let at = listener.local_addr().expect("bound");
        let (hang_up, clock) = (broadcast::channel(1).0, Monotonic::new());
        runtime.spawn(accept(listener, acceptor, inner.clone(), clock, hang_up.clone()));
        Self { at, inner, clock, hang_up, runtime: Some(runtime) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic")
    }

    /// Changes what it does from now on.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Registrar)) {
        change(&mut self.inner().registrar);
    }

    /// Writes so from now on.
    pub(crate) fn write_so(&self, manner: Manner) {
        self.inner().manner = manner;
    }

    /// Closes every connection.
    pub(crate) fn hang_up(&self) {
        // Nobody may be connected.
        let _ = self.hang_up.send(());
    }

    /// Writes bytes of the test's own on every connection, once there is one: it is counted before it is served.
    pub(crate) fn say(&self, bytes: &[u8]) {
        wait_for("a connection to write on", Duration::from_secs(10), || {
            let lines = &mut self.inner().lines;
            lines.retain(|line| line.send(bytes.to_vec()).is_ok());
            !lines.is_empty()
        });
    }

    /// How many connections there ever were.
    pub(crate) fn accepted(&self) -> usize {
        self.inner().callers.len()
    }

    /// The addresses that connected, in order.
    pub(crate) fn callers(&self) -> Vec<String> {
        self.inner().callers.iter().map(ToString::to_string).collect()
    }

    pub(crate) fn bound(&self, user: &str) -> Vec<String> {
        let now = self.clock.ms();
        self.inner().registrar.bound(user, now).into_iter().map(ToOwned::to_owned).collect()
    }

    pub(crate) fn seen(&self, user: &str) -> Seen {
        self.inner().registrar.seen(user)
    }

    /// REGISTER requests of all users.
    pub(crate) fn registers(&self) -> u64 {
        self.inner().registrar.registers()
    }

    /// Everything that came, in order; a keep-alive is an empty text.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.inner().heard.clone()
    }

    /// The certificates that were shown to it.
    pub(crate) fn shown(&self) -> Vec<Vec<u8>> {
        self.inner().shown.clone()
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    inner: Arc<Mutex<Inner>>,
    clock: Monotonic,
    hang_up: broadcast::Sender<()>,
) {
    while let Ok((stream, caller)) = listener.accept().await {
        inner.lock().expect("no panic").callers.push(caller.ip());
        tokio::spawn(take(stream, acceptor.clone(), inner.clone(), clock, hang_up.subscribe()));
    }
}

async fn take(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    inner: Arc<Mutex<Inner>>,
    clock: Monotonic,
    mut hung_up: broadcast::Receiver<()>,
) {
    stream.set_nodelay(true).expect("a connection");
    let Some(acceptor) = acceptor else { return serve(stream, &inner, clock, &mut hung_up).await };
    if let Ok(stream) = acceptor.accept(stream).await {
        let shown = stream.get_ref().1.peer_certificates().unwrap_or_default();
        inner.lock().expect("no panic").shown.extend(shown.iter().map(|certificate| certificate.to_vec()));
        serve(stream, &inner, clock, &mut hung_up).await;
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    inner: &Mutex<Inner>,
    clock: Monotonic,
    hung_up: &mut broadcast::Receiver<()>,
) {
    let (line, mut said) = mpsc::unbounded_channel();
    inner.lock().expect("no panic").lines.push(line);
    let (mut framer, mut chunk) = (Framer::default(), vec![0; 16_384]);
    loop {
        let (bytes, slow) = hear(&mut framer, &mut inner.lock().expect("no panic"), clock);
        let pieces = if slow { bytes.chunks(1) } else { bytes.chunks(bytes.len().div_ceil(2).max(200)) };
        for piece in pieces {
            if stream.write_all(piece).await.is_err() || stream.flush().await.is_err() {
                return;
            }
            tokio::time::sleep(SLOW).await;
        }
        tokio::select! {
            read = stream.read(&mut chunk) => match read {
                Ok(length) if length > 0 => framer.push(&chunk[..length]),
                Ok(_) | Err(_) => return,
            },
            Some(bytes) = said.recv() => {
                if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() {
                    return;
                }
            }
            _ = hung_up.recv() => return,
        }
    }
}

/// Takes every whole frame; what is to be written now, and whether slowly.
fn hear(framer: &mut Framer, inner: &mut Inner, clock: Monotonic) -> (Vec<u8>, bool) {
    let mut now = Vec::new();
    while let Ok(Some(frame)) = framer.next_frame() {
        let Frame::Message(bytes) = frame else {
            inner.heard.push(String::new());
            if inner.manner != Manner::Deaf {
                now.extend_from_slice(b"\r\n");
            }
            continue;
        };
        inner.heard.push(String::from_utf8_lossy(&bytes).into_owned());
        let Some(answer) = inner.registrar.handle(clock.ms(), &bytes) else { continue };
        match inner.manner {
            Manner::Whole | Manner::Slow | Manner::Deaf => now.extend(answer),
            Manner::Endless => {
                now.extend(String::from_utf8_lossy(&answer).replace("Content-Length: 0\r\n", "").into_bytes());
            }
            Manner::Together(least) => {
                inner.held.extend(answer);
                inner.held_count += 1;
                if inner.held_count >= least {
                    inner.held_count = 0;
                    now.append(&mut inner.held);
                }
            }
        }
    }
    (now, inner.manner == Manner::Slow)
}
