//! A name server under the test's control, on UDP of loopback.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hickory_server::proto::op::{Message, MessageType, ResponseCode};
use hickory_server::proto::rr::rdata::{A, NAPTR, SRV};
use hickory_server::proto::rr::{Name, RData, Record, RecordType};

/// How often the thread looks whether it shall end.
const TICK: Duration = Duration::from_millis(20);

/// See the module. It ends when it is dropped.
pub(crate) struct NameServer {
    pub(crate) at: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Zone {
    records: HashMap<(String, RecordType), Vec<Record>>,
    /// Names that it fails for.
    failing: Vec<String>,
    silent: bool,
    asked: Vec<(String, RecordType)>,
}

impl NameServer {
    pub(crate) fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port on loopback");
        socket.set_read_timeout(Some(TICK)).expect("a timeout");
        let at = socket.local_addr().expect("bound");
        let (zone, stop) = (Arc::new(Mutex::new(Zone::default())), Arc::new(AtomicBool::new(false)));
        let thread = {
            let (zone, stop) = (zone.clone(), stop.clone());
            thread::spawn(move || {
                let mut buffer = vec![0; 65_536];
                while !stop.load(Ordering::Relaxed) {
                    let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
                    let Ok(question) = Message::from_vec(&buffer[..length]) else { continue };
                    if let Some(answer) = zone.lock().expect("no panic").answer(&question) {
                        let _ = socket.send_to(&answer.to_vec().expect("a message"), from);
                    }
                }
            })
        };
        Self { at, zone, stop, thread: Some(thread) }
    }

    fn zone(&self) -> MutexGuard<'_, Zone> {
        self.zone.lock().expect("no panic")
    }

    fn add(&self, name: &str, ttl: u32, data: RData) {
        let record = Record::from_rdata(full(name), ttl, data);
        self.zone().records.entry((name.to_owned(), record.record_type())).or_default().push(record);
    }

    pub(crate) fn a(&self, name: &str, ttl: u32, address: [u8; 4]) {
        self.add(name, ttl, RData::A(A(Ipv4Addr::from(address))));
    }

    pub(crate) fn srv(&self, name: &str, ttl: u32, priority: u16, (target, port): (&str, u16)) {
        self.add(name, ttl, RData::SRV(SRV::new(priority, 10, port, full(target))));
    }

    pub(crate) fn naptr(&self, name: &str, ttl: u32, order: u16, (service, replacement): (&str, &str)) {
        let bytes = |text: &str| text.as_bytes().to_vec().into_boxed_slice();
        let data = NAPTR::new(order, 10, bytes("s"), bytes(service), bytes(""), full(replacement));
        self.add(name, ttl, RData::NAPTR(data));
    }

    /// Answers SERVFAIL to whatever is asked of this name.
    pub(crate) fn fail(&self, name: &str) {
        self.zone().failing.push(name.to_owned());
    }

    /// Answers nothing any more.
    pub(crate) fn fall_silent(&self) {
        self.zone().silent = true;
    }

    /// What it was asked, in order.
    pub(crate) fn asked(&self) -> Vec<(String, RecordType)> {
        self.zone().asked.clone()
    }
}

impl Zone {
    fn answer(&mut self, question: &Message) -> Option<Message> {
        let query = question.queries.first()?.clone();
        let name = query.name().to_lowercase().to_utf8().trim_end_matches('.').to_owned();
        let key = (name, query.query_type());
        self.asked.push(key.clone());
        if self.silent {
            return None;
        }
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        answer.metadata.message_type = MessageType::Response;
        answer.metadata.authoritative = true;
        answer.metadata.recursion_desired = true;
        answer.metadata.recursion_available = true;
        answer.add_query(query);
        let exists = self.records.keys().any(|(name, _)| *name == key.0);
        if self.failing.contains(&key.0) {
            answer.metadata.response_code = ResponseCode::ServFail;
        } else if let Some(records) = self.records.get(&key) {
            answer.add_answers(records.clone());
        } else if !exists {
            answer.metadata.response_code = ResponseCode::NXDomain;
        }
        Some(answer)
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn full(name: &str) -> Name {
    Name::from_utf8(format!("{name}.")).expect("a name")
}
