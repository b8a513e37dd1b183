//! A link that loses the first datagrams of each way.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often its threads look whether they shall end.
const TICK: Duration = Duration::from_millis(20);

/// See the module. It ends when it is dropped.
pub(super) struct Relay {
    pub(super) at: SocketAddr,
    /// Requests that came, lost ones included.
    requests: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Relay {
    /// A link to this port that loses so many requests, and then so many answers.
    pub(super) fn to(port: u16, requests_lost: usize, answers_lost: usize) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        socket.set_read_timeout(Some(TICK)).expect("a timeout");
        let at = socket.local_addr().expect("bound");
        let (requests, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let thread = {
            let (requests, stop) = (requests.clone(), stop.clone());
            thread::spawn(move || {
                let far: SocketAddr = ([127, 0, 0, 1], port).into();
                let (mut near, mut answers, mut buffer) = (None, 0, vec![0; 65_536]);
                while !stop.load(Ordering::Relaxed) {
                    let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                    let to = if from == far {
                        answers += 1;
                        near.filter(|_| answers > answers_lost)
                    } else {
                        near = Some(from);
                        (requests.fetch_add(1, Ordering::Relaxed) >= requests_lost).then_some(far)
                    };
                    if let Some(to) = to {
                        socket.send_to(&buffer[..length], to).expect("sent");
                    }
                }
            })
        };
        Self { at, requests, stop, thread: Some(thread) }
    }

    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
