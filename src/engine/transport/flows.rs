//! TCP and TLS connections (RFC 3261 §18): one for each target, shared by every entry that goes there, opened when
//! something is to be sent, kept alive, closed when idle; and those that others open to our port.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;

use super::connection::{self, Opening};
use super::news::{FlowId, FlowNews};
use super::tcp::Accepted;
use crate::sip::target::Target;
use crate::sip::{Time, Transmit, Transport, Unsent};

/// Most messages that wait for a connection: as many as a registrar may have in flight.
const QUEUE: usize = 16_384;
/// Milliseconds until a target whose connection failed is tried again: doubling from the first to the last.
const RETRY_FIRST: u64 = 1_000;
const RETRY_MOST: u64 = 30_000;
/// Most connections that others may have open to our ports.
const ACCEPTED_MOST: usize = 1_000;

type Key = (Target, Option<Arc<str>>);

struct Flow {
    generation: u64,
    queue: mpsc::Sender<Vec<u8>>,
    /// Opened by the other side.
    accepted: bool,
}

/// A target that could not be connected to lately.
struct Failed {
    until: Time,
    failures: u32,
    why: Unsent,
    detail: Option<String>,
}

/// See the module.
pub struct Flows {
    flows: BTreeMap<Key, Flow>,
    failed: BTreeMap<Key, Failed>,
    connector: TlsConnector,
    generation: u64,
    news: mpsc::Sender<FlowNews>,
}

impl Flows {
    /// What happens is told to `news`.
    pub fn new(connector: TlsConnector, news: mpsc::Sender<FlowNews>) -> Self {
        Self { flows: BTreeMap::new(), failed: BTreeMap::new(), connector, generation: 0, news }
    }

    /// Sends over the connection that there is, or opens one.
    ///
    /// # Errors
    /// Why it cannot leave now, and what was said of that.
    pub fn send(&mut self, now: Time, transmit: Transmit) -> Result<(), (Unsent, Option<String>)> {
        let Transmit { transport, to, name, bytes } = transmit;
        let key = (Target { transport, address: to }, name);
        if let Some(flow) = self.find(&key) {
            return flow.queue.try_send(bytes).map_err(|_| (Unsent::NoAnswer, None));
        }
        if let Some(failed) = self.failed.get(&key).filter(|failed| failed.until > now) {
            return Err((failed.why, failed.detail.clone()));
        }
        let opening = match (transport, &key.1) {
            (Transport::Tls, Some(name)) => Opening::Tls(self.connector.clone(), name.clone()),
            // What it was an answer to came over a connection that is over.
            (Transport::Tls, None) => return Err((Unsent::Refused, None)),
            (Transport::Udp | Transport::Tcp, _) => Opening::Tcp,
        };
        let (queue, receiver) = mpsc::channel(QUEUE);
        // The queue is new and empty.
        let _ = queue.try_send(bytes);
        let id = self.add(key, queue, false);
        tokio::spawn(connection::open(id, opening, receiver, self.news.clone()));
        Ok(())
    }

    /// The connection to a target. One without a certificate's name is any that goes there: an answer goes back to where
    /// its request came from.
    fn find(&self, key: &Key) -> Option<&Flow> {
        match &key.1 {
            Some(_) => self.flows.get(key),
            None => {
                self.flows.range((key.0, None)..).next().filter(|((target, _), _)| *target == key.0).map(|(_, f)| f)
            }
        }
    }

    fn add(&mut self, key: Key, queue: mpsc::Sender<Vec<u8>>, accepted: bool) -> FlowId {
        self.generation += 1;
        let id = FlowId { target: key.0, name: key.1.clone(), generation: self.generation };
        self.flows.insert(key, Flow { generation: self.generation, queue, accepted });
        id
    }

    /// Takes a connection that somebody opened to our port, unless there are too many.
    pub fn accept(&mut self, accepted: Accepted) {
        if self.flows.values().filter(|flow| flow.accepted).count() >= ACCEPTED_MOST {
            return;
        }
        let target = Target { transport: accepted.transport, address: accepted.peer };
        let (queue, receiver) = mpsc::channel(QUEUE);
        let id = self.add((target, None), queue, true);
        tokio::spawn(connection::take(id, accepted, receiver, self.news.clone()));
    }

    /// Notes what became of a connection; the target that is over with, and why, when somebody may wait for it.
    pub fn note(&mut self, now: Time, news: &FlowNews) -> Option<(Target, Unsent, Option<String>)> {
        match news {
            FlowNews::Message(..) => None,
            FlowNews::Up(id) => {
                self.failed.remove(&(id.target, id.name.clone()));
                None
            }
            FlowNews::Down(id, why) => {
                let key = (id.target, id.name.clone());
                if self.flows.get(&key).is_some_and(|flow| flow.generation == id.generation) {
                    self.flows.remove(&key);
                }
                let (why, detail) = why.clone()?;
                self.remember(now, key, why, detail.clone());
                Some((id.target, why, detail))
            }
        }
    }

    fn remember(&mut self, now: Time, key: Key, why: Unsent, detail: Option<String>) {
        self.failed.retain(|_, failed| failed.until + RETRY_MOST > now);
        let failures = self.failed.get(&key).map_or(0, |failed| failed.failures) + 1;
        let wait = (RETRY_FIRST << (failures - 1).min(10)).min(RETRY_MOST);
        self.failed.insert(key, Failed { until: now + wait, failures, why, detail });
    }
}
