//! The non-INVITE client transaction (RFC 3261 §17.1.2.2): timers E and F, and over TCP and TLS only F. Timer K needs no
//! state here: a late answer carries a branch that nobody waits for any more.

use std::sync::Arc;

use super::message::{Branch, Sent};
use super::timer::Timers;
use super::wire::{Flow, Time, Transmit, Transport};

/// What a moment of time asks of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Wait,
    Retransmit(Transmit),
    /// Timer F: nobody answered.
    GiveUp,
}

/// One request on its way to one target.
#[derive(Clone, Debug)]
pub struct Transaction {
    pub branch: Branch,
    pub flow: Flow,
    pub cseq: u32,
    pub sent: Sent,
    bytes: Arc<[u8]>,
    interval: u64,
    repeated: bool,
    retransmit_at: Time,
    give_up_at: Time,
}

impl Transaction {
    /// Begins at `sent.at`; the caller sends [`Transaction::transmit`] once.
    pub fn new(branch: Branch, flow: Flow, cseq: u32, sent: Sent, bytes: Arc<[u8]>, timers: &Timers) -> Self {
        let now = sent.at;
        let (interval, give_up_at) = (timers.t1, now + timers.give_up);
        // What is reliable sends again by itself.
        let retransmit_at = if flow.target.transport == Transport::Udp { now + timers.t1 } else { give_up_at };
        Self { branch, flow, cseq, sent, bytes, interval, repeated: false, retransmit_at, give_up_at }
    }

    /// The request as it travels.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it was sent more than once: the copies before may have met another fate.
    pub fn was_repeated(&self) -> bool {
        self.repeated
    }

    /// The request as it leaves.
    pub fn transmit(&self) -> Transmit {
        Transmit { flow: self.flow.clone(), bytes: self.bytes.clone() }
    }

    /// A provisional answer: retransmissions slow down to T2, timer F runs on.
    pub fn handle_provisional(&mut self, now: Time, timers: &Timers) {
        self.interval = timers.t2;
        self.retransmit_at = self.retransmit_at.max(now + timers.t2);
    }

    pub fn handle_timeout(&mut self, now: Time, timers: &Timers) -> Step {
        if now >= self.give_up_at {
            return Step::GiveUp;
        }
        if now < self.retransmit_at {
            return Step::Wait;
        }
        self.repeated = true;
        self.interval = (self.interval * 2).min(timers.t2);
        self.retransmit_at = now + self.interval;
        Step::Retransmit(self.transmit())
    }

    pub fn poll_timeout(&self) -> Time {
        self.retransmit_at.min(self.give_up_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::wire::Target;

    fn begin(transport: Transport) -> Transaction {
        let target = Target { transport, address: "192.0.2.1:5060".parse().unwrap() };
        let local = "192.0.2.9:5070".parse().unwrap();
        let flow = Flow { target, local: Some(local), name: None };
        let sent = Sent {
            at: Time(0),
            contact: "".into(),
            asked: 60,
            transport: Transport::Udp,
            outbound: false,
            local,
            authenticated: false,
        };
        let branch = Branch { slot: 0, generation: 0, check: 0 };
        Transaction::new(branch, flow, 1, sent, b"REGISTER".as_slice().into(), &Timers::STANDARD)
    }

    fn run(transaction: &mut Transaction) -> (Vec<u64>, u64) {
        let mut sent = vec![0];
        loop {
            let now = transaction.poll_timeout();
            match transaction.handle_timeout(now, &Timers::STANDARD) {
                Step::Retransmit(_) => sent.push(now.0),
                Step::GiveUp => return (sent, now.0),
                Step::Wait => {}
            }
        }
    }

    #[test]
    fn eleven_datagrams_in_32_seconds() {
        let times = vec![0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500];
        assert_eq!(run(&mut begin(Transport::Udp)), (times, 32_000));
    }

    #[test]
    fn over_a_connection_once_is_enough() {
        assert_eq!(run(&mut begin(Transport::Tcp)), (vec![0], 32_000));
        let mut transaction = begin(Transport::Tls);
        transaction.handle_provisional(Time(100), &Timers::STANDARD);
        assert_eq!(run(&mut transaction), (vec![0], 32_000));
    }

    #[test]
    fn a_provisional_answer_slows_down_and_does_not_end_it() {
        let mut transaction = begin(Transport::Udp);
        transaction.handle_provisional(Time(100), &Timers::STANDARD);
        assert_eq!(run(&mut transaction), (vec![0, 4100, 8100, 12100, 16100, 20100, 24100, 28100], 32_000));
    }
}
