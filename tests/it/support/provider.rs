//! A provider on loopback: the scripted registrar behind a UDP port, on a thread of its own.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use alta::clock::Monotonic;
use alta::demo::registrar::{Registrar, Seen};
use alta::demo::script::{Login, Script};

/// The password of every account, looked for in all output: it must never be there.
pub(crate) const PASSWORD: &str = "s3cret-of-the-wire";
/// How often the thread looks whether it shall end.
const TICK: Duration = Duration::from_millis(20);

/// See the module. It ends when it is dropped.
pub(crate) struct Provider {
    pub(crate) at: SocketAddr,
    socket: UdpSocket,
    inner: Arc<Mutex<Inner>>,
    clock: Monotonic,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Inner {
    registrar: Registrar,
    /// Everything that came, with where it came from.
    heard: Vec<(SocketAddr, String)>,
}

impl Provider {
    /// A provider that has these accounts, all with [`PASSWORD`].
    pub(crate) fn new(users: &[&str]) -> Self {
        Self::with(script(users))
    }

    /// The same on another address of loopback.
    pub(crate) fn on(address: &str, users: &[&str]) -> Self {
        Self::listening(address, script(users))
    }

    pub(crate) fn with(script: Script) -> Self {
        Self::listening("127.0.0.1:0", script)
    }

    fn listening(address: &str, script: Script) -> Self {
        let socket = UdpSocket::bind(address).expect("a port on loopback");
        socket.set_read_timeout(Some(TICK)).expect("a timeout");
        let at = socket.local_addr().expect("bound");
        let inner = Arc::new(Mutex::new(Inner { registrar: Registrar::new(script), heard: Vec::new() }));
        let (stop, clock) = (Arc::new(AtomicBool::new(false)), Monotonic::new());
        let thread = {
            let (socket, inner, stop) = (socket.try_clone().expect("a socket"), inner.clone(), stop.clone());
            thread::spawn(move || {
                let mut buffer = vec![0; 65_536];
                while !stop.load(Ordering::Relaxed) {
                    let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                    let mut inner = inner.lock().expect("no panic");
                    inner.heard.push((from, String::from_utf8_lossy(&buffer[..length]).into_owned()));
                    if let Some(answer) = inner.registrar.handle(clock.ms(), &buffer[..length]) {
                        let _ = socket.send_to(&answer, from);
                    }
                }
            })
        };
        Self { at, socket, inner, clock, stop, thread: Some(thread) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic")
    }

    /// Changes what it does from now on.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Registrar)) {
        change(&mut self.inner().registrar);
    }

    /// The Contact URIs that are bound for a user now.
    pub(crate) fn bound(&self, user: &str) -> Vec<String> {
        let now = self.clock.ms();
        self.inner().registrar.bound(user, now).into_iter().map(ToOwned::to_owned).collect()
    }

    pub(crate) fn seen(&self, user: &str) -> Seen {
        self.inner().registrar.seen(user)
    }

    /// REGISTER datagrams of all users.
    pub(crate) fn registers(&self) -> u64 {
        self.inner().registrar.registers()
    }

    /// What came for a user, in order.
    pub(crate) fn heard(&self, user: &str) -> Vec<String> {
        let to = format!("To: <sip:{user}@");
        self.inner().heard.iter().filter(|(_, text)| text.contains(&to)).map(|(_, text)| text.clone()).collect()
    }

    /// Sends bytes of the test's own from the provider's port.
    pub(crate) fn say(&self, to: SocketAddr, bytes: &[u8]) {
        self.socket.send_to(bytes, to).expect("sent");
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It panicked only if the test did.
            let _ = thread.join();
        }
    }
}

/// Accounts of these users, all with [`PASSWORD`].
pub(super) fn script(users: &[&str]) -> Script {
    users.iter().fold(Script::new("test"), |script, user| script.login(user, Login::new(PASSWORD)))
}
