//! TCP and TLS connections (RFC 3261 §18): one for each target, shared by every entry that goes there, opened when
//! something is to be sent, kept alive, closed when idle; and those that others open to our port.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsConnector;

use super::connection::{self, Opening, Outlet};
use super::news::{FlowId, FlowNews, Lost};
use super::tcp::Accepted;
use crate::sip::target::Target;
use crate::sip::{Flow, Time, Transmit, Transport, Unsent};

/// Most messages that wait for a connection: as many as a registrar may have in flight.
const QUEUE: usize = 16_384;
/// Milliseconds until a target whose connection failed is tried again: doubling from the first to the last.
const RETRY_FIRST: u64 = 1_000;
const RETRY_MOST: u64 = 5_000;
/// Most connections that others may have open to our ports.
const ACCEPTED_MOST: usize = 1_000;

struct Connection {
    generation: u64,
    queue: mpsc::Sender<Arc<[u8]>>,
    /// Opened by the other side.
    accepted: bool,
    /// It was taken.
    up: bool,
    /// Something came over it.
    heard: bool,
    /// How often it is kept alive when bindings depend on it.
    kept: watch::Sender<Option<Duration>>,
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
    flows: BTreeMap<Flow, Connection>,
    failed: BTreeMap<Flow, Failed>,
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
    pub fn send(&mut self, now: Time, transmit: Transmit) -> Result<(), Lost> {
        let Transmit { flow, bytes } = transmit;
        let lost = |flow, why, detail| Err(Lost { flow, why, detail });
        if let Some(connection) = self.flows.get(&flow) {
            return match connection.queue.try_send(bytes) {
                Ok(()) => Ok(()),
                Err(TrySendError::Full(_)) => lost(flow, Unsent::NoAnswer, None),
                // It is over, and the news of that is on its way: whoever waits for it need not wait for them.
                Err(TrySendError::Closed(_)) => {
                    self.flows.remove(&flow);
                    lost(flow, Unsent::Closed, None)
                }
            };
        }
        if let Some(failed) = self.failed.get(&flow).filter(|failed| failed.until > now) {
            return lost(flow, failed.why, failed.detail.clone());
        }
        let opening = match (flow.target.transport, &flow.name) {
            (Transport::Tls, Some(name)) => Opening::Tls(self.connector.clone(), name.clone()),
            // What it was an answer to came over a connection that is over.
            (Transport::Tls, None) => return lost(flow, Unsent::Refused, None),
            (Transport::Udp | Transport::Tcp, _) => Opening::Tcp,
        };
        let (id, outlet) = self.add(flow, false, Some(bytes));
        tokio::spawn(connection::open(id, opening, outlet, self.news.clone()));
        Ok(())
    }

    fn add(&mut self, flow: Flow, accepted: bool, first: Option<Arc<[u8]>>) -> (FlowId, Outlet) {
        self.generation += 1;
        let id = FlowId { flow: flow.clone(), generation: self.generation };
        let (queue, messages) = mpsc::channel(QUEUE);
        if let Some(first) = first {
            // The queue is new and empty.
            let _ = queue.try_send(first);
        }
        let (kept, keeping) = watch::channel(None);
        self.flows
            .insert(flow, Connection { generation: self.generation, queue, accepted, up: false, heard: false, kept });
        (id, Outlet { messages, keeping })
    }

    /// Bindings depend on this connection, or do not any more: how often it is to be kept alive.
    pub fn keep(&self, flow: &Flow, every: Option<Duration>) {
        if let Some(connection) = self.flows.get(flow) {
            connection.kept.send_replace(every);
        }
    }

    /// The flow whose connection is over by this news.
    pub fn closed_by<'a>(&self, news: &'a FlowNews) -> Option<&'a Flow> {
        let FlowNews::Down(id, _) = news else { return None };
        self.flows.get(&id.flow).filter(|flow| flow.generation == id.generation).map(|_| &id.flow)
    }

    /// Takes a connection that somebody opened to our port, unless there are too many.
    pub fn accept(&mut self, accepted: Accepted) {
        if self.flows.values().filter(|flow| flow.accepted).count() >= ACCEPTED_MOST {
            return;
        }
        let target = Target { transport: accepted.transport, address: accepted.peer };
        let (id, outlet) = self.add(Flow { target, local: None, name: None }, true, None);
        tokio::spawn(connection::take(id, accepted, outlet, self.news.clone()));
    }

    /// Notes what became of a connection; what is lost with it, when somebody may wait for that.
    pub fn note(&mut self, now: Time, news: &FlowNews) -> Option<Lost> {
        match news {
            FlowNews::Message(id, _) => {
                self.flows.get_mut(&id.flow).filter(|flow| flow.generation == id.generation)?.heard = true;
                None
            }
            FlowNews::Up(id) => {
                self.failed.remove(&id.flow);
                self.flows.get_mut(&id.flow).filter(|flow| flow.generation == id.generation)?.up = true;
                None
            }
            FlowNews::Down(id, why) => {
                // Of one that is not there any more everything was said.
                let flow = self.flows.get(&id.flow).filter(|flow| flow.generation == id.generation)?;
                let (served, was_up) = (flow.heard, flow.up);
                self.flows.remove(&id.flow);
                let (why, detail) = why.clone()?;
                // One that served may be closed at any time; the next one need not wait.
                let why = match (why == Unsent::Refused, served, was_up) {
                    (true, true, _) => Unsent::Closed,
                    (true, false, true) => Unsent::Cut,
                    _ => why,
                };
                if why != Unsent::Closed {
                    self.remember(now, id.flow.clone(), why, detail.clone());
                }
                Some(Lost { flow: id.flow.clone(), why, detail })
            }
        }
    }

    fn remember(&mut self, now: Time, flow: Flow, why: Unsent, detail: Option<String>) {
        self.failed.retain(|_, failed| failed.until + RETRY_MOST > now);
        let failures = self.failed.get(&flow).map_or(0, |failed| failed.failures) + 1;
        let wait = (RETRY_FIRST << (failures - 1).min(10)).min(RETRY_MOST);
        self.failed.insert(flow, Failed { until: now + wait, failures, why, detail });
    }
}
