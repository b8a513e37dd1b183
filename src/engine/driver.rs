//! The one loop: it waits for a `Turn`, hands it to the agent, drains what comes out, and waits again.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio_rustls::TlsConnector;

use super::agent::Agent;
use super::command::{Command, Moment, TryOut};
use super::meter::{Meter, Tally};
use super::publisher::Publisher;
use super::resolver::Resolver;
use super::rest::Rest;
use super::transport::flows::Flows;
use super::transport::news::{FlowNews, Lost};
use super::transport::tcp::Accepted;
use super::transport::udp::{Bulk, Udp, any_readable, source_for, writable};
use crate::clock::{Monotonic, wall_ms};
use crate::sip::target::{Answer, Question};
use crate::sip::{Time, Transmit, Transport, Unsent};

/// Most datagrams and commands that one turn takes, so that none of them keeps the others waiting.
const DATAGRAMS_A_TURN: usize = 256;
const COMMANDS_A_TURN: usize = 256;
/// Turns after which others have theirs: tasks of connections and lookups, and whoever watches the sockets.
const TURNS_IN_A_ROW: u64 = 8;
/// Most datagrams that wait for room in the kernel's buffer; UDP may lose the rest, and the transaction sends again.
const BACKLOG_MOST: usize = 10_000;
/// Most news of connections that wait for their turn; past them the connections wait, and so do those who send to us.
const NEWS_MOST: usize = 1_024;

/// The engine's clock starts so late that it can tell when a binding of an earlier run began, in milliseconds.
const EPOCH: u64 = 2 * 86_400_000;

/// Why the loop goes round.
enum Turn {
    Command(Command),
    Resolved(Question, Answer),
    Flow(FlowNews),
    Accepted(Accepted),
    Readable,
    Writable,
    Timeout,
    /// It has rested: what has come meanwhile is done.
    Rested,
    /// Every handle is gone.
    Closed,
}

/// The loop is to end, by then at the latest.
struct Farewell {
    done: oneshot::Sender<()>,
    /// Milliseconds on the loop's clock.
    until: u64,
}

/// See the module.
pub struct Driver {
    agent: Agent,
    sockets: Vec<Bulk>,
    flows: Flows,
    news: mpsc::Receiver<FlowNews>,
    accepted: mpsc::Receiver<Accepted>,
    resolver: Resolver,
    clock: Monotonic,
    publisher: Publisher,
    tally: Tally,
    /// When the timer was to go off, on the loop's clock.
    due: Option<u64>,
    commands: mpsc::UnboundedReceiver<Command>,
    answer_to: mpsc::UnboundedSender<(Question, Answer)>,
    answers: mpsc::UnboundedReceiver<(Question, Answer)>,
    /// Datagrams were left for the next turn.
    more: bool,
    rest: Rest,
    /// Somebody waits for the end.
    farewell: Option<Farewell>,
    /// Datagrams that are to leave.
    backlog: VecDeque<Transmit>,
}

impl Driver {
    #[allow(clippy::too_many_arguments, reason = "each is a thing of its own that somebody else made")]
    pub fn new(
        agent: Agent,
        udp: Vec<Udp>,
        connector: TlsConnector,
        accepted: mpsc::Receiver<Accepted>,
        resolver: Resolver,
        (publisher, meter): (Publisher, Meter),
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> Self {
        let (answer_to, answers) = mpsc::unbounded_channel();
        let (tell, news) = mpsc::channel(NEWS_MOST);
        Self {
            agent,
            sockets: udp.into_iter().map(Bulk::new).collect(),
            flows: Flows::new(connector, tell),
            news,
            accepted,
            resolver,
            clock: Monotonic::new(),
            publisher,
            tally: Tally::new(meter),
            due: None,
            commands,
            answer_to,
            answers,
            more: false,
            rest: Rest::default(),
            farewell: None,
            backlog: VecDeque::new(),
        }
    }

    fn now(&self) -> Time {
        Time(EPOCH + self.clock.ms())
    }

    /// Runs until it is told to stop, or nobody can tell it anything any more.
    pub async fn run(mut self) {
        let mut turns = 0u64;
        loop {
            let sent = self.drain();
            match self.wait(sent).await {
                Turn::Command(command) => self.obey(command),
                Turn::Resolved(question, answer) => self.agent.handle_records(self.now(), &question, answer),
                Turn::Flow(news) => {
                    self.hear(news);
                    // A flood over connections keeps neither datagrams nor new connections waiting.
                    self.receive();
                    self.accept();
                }
                Turn::Accepted(accepted) => self.flows.accept(accepted),
                Turn::Readable => self.receive(),
                // What waits is sent by the next round.
                Turn::Writable => {}
                Turn::Timeout => self.receive(),
                Turn::Rested => {
                    self.rest.over();
                    self.receive();
                    if let Ok(news) = self.news.try_recv() {
                        self.hear(news);
                    }
                    self.accept();
                }
                Turn::Closed => return,
            }
            // Whatever came, what is due is done.
            self.let_time_pass();
            turns += 1;
            if turns.is_multiple_of(TURNS_IN_A_ROW) {
                // With something to do all the time, nobody would ever look at the sockets, nor let others have their turn.
                tokio::task::yield_now().await;
            }
            if let Some(farewell) = self.farewell.take_if(|f| f.until <= self.clock.ms() || self.agent.is_quiet()) {
                self.drain();
                let _ = farewell.done.send(());
                return;
            }
        }
    }

    fn let_time_pass(&mut self) {
        let now = self.clock.ms();
        if self.due.is_some_and(|due| due <= now) {
            self.tally.late(now.saturating_sub(self.due.unwrap_or(u64::MAX)));
            self.agent.handle_timeout(self.now());
        }
    }

    async fn wait(&mut self, sent: usize) -> Turn {
        self.due = self.agent.poll_timeout().map(|time| time.0.saturating_sub(EPOCH));
        let now = self.clock.ms();
        let none_waits = !self.more && self.backlog.is_empty() && self.news.is_empty();
        self.rest.sent(now, sent, none_waits && self.due.is_none_or(|due| due > now));
        let due = self.due.into_iter().chain(self.farewell.as_ref().map(|farewell| farewell.until)).min();
        let due = due.map(|ms| self.clock.instant(ms));
        let timeout = async {
            match due {
                Some(due) => tokio::time::sleep_until(due.into()).await,
                None => std::future::pending().await,
            }
        };
        let waits_for = self.backlog.front().map(|first| first.flow.local);
        if let Some(until) = self.rest.until().map(|until| self.clock.instant(until)) {
            return tokio::select! {
                biased;
                command = self.commands.recv() => command.map_or(Turn::Closed, Turn::Command),
                Some((question, answer)) = self.answers.recv() => Turn::Resolved(question, answer),
                () = tokio::time::sleep_until(until.into()) => Turn::Rested,
            };
        }
        tokio::select! {
            biased;
            command = self.commands.recv() => command.map_or(Turn::Closed, Turn::Command),
            Some((question, answer)) = self.answers.recv() => Turn::Resolved(question, answer),
            () = writable(&self.sockets, waits_for) => Turn::Writable,
            () = timeout => Turn::Timeout,
            Some(news) = self.news.recv() => Turn::Flow(news),
            Some(accepted) = self.accepted.recv() => Turn::Accepted(accepted),
            () = any_readable(&self.sockets) => Turn::Readable,
        }
    }

    /// Obeys a wish, and those that wait behind it.
    fn obey(&mut self, first: Command) {
        let mut next = Some(first);
        for _ in 0..COMMANDS_A_TURN {
            let now = self.now();
            let Some(command) = next.take().or_else(|| self.commands.try_recv().ok()) else { return };
            match command {
                Command::Put(puts, taken) => {
                    let (moment, several) = (Moment { time: now, wall: wall_ms() }, puts.len() > 1);
                    puts.into_iter().for_each(|put| self.agent.put(now, moment.put(put)));
                    let _ = taken.send(());
                    // What follows from many is told and sent before more are taken in.
                    if several {
                        return;
                    }
                }
                Command::Remove(id) => self.agent.remove(now, id),
                Command::Refresh { id, urgent } => self.agent.refresh(now, id, urgent),
                Command::Unregister { id, urgent } => self.agent.unregister(now, id, urgent),
                Command::TryOut(wanted, tell) => {
                    let TryOut { id, account, call_id, asking } = *wanted;
                    self.publisher.trials.add(id, tell);
                    self.agent.try_out(now, id, account, call_id, asking);
                }
                Command::Pin(host, to, timers) => self.agent.pin(&host, to, timers),
                Command::Stop { done, unregister } => {
                    if unregister.is_some() {
                        self.agent.unregister_all(now);
                    }
                    let patience = unregister.map_or(0, |most| u64::try_from(most.as_millis()).unwrap_or(u64::MAX));
                    self.farewell = Some(Farewell { done, until: self.clock.ms().saturating_add(patience) });
                    return;
                }
            }
        }
    }

    fn receive(&mut self) {
        self.more = false;
        for socket in &mut self.sockets {
            while let Some((address, why)) = socket.udp.next_unsent() {
                let flow = socket.udp.flow(address);
                self.agent.handle_unsent(Time(EPOCH + self.clock.ms()), &flow, why, None);
            }
            let now = Time(EPOCH + self.clock.ms());
            let mut taken = 0;
            while taken < DATAGRAMS_A_TURN {
                let more = match socket.receive() {
                    Ok(more) => more,
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                    // An ICMP error that stood in front; the queue above tells whom it is about.
                    Err(_) => {
                        taken += 1;
                        continue;
                    }
                };
                self.agent.glance_at_answered(socket.came().map(|(_, datagram)| datagram));
                for (from, datagram) in socket.came() {
                    taken += 1;
                    self.tally.heard();
                    self.agent.handle_message(now, &socket.udp.flow(from), datagram);
                }
                if !more {
                    break;
                }
            }
            self.more |= taken >= DATAGRAMS_A_TURN;
        }
    }

    /// Takes what a connection brings, and what others bring that are ready, too.
    fn hear(&mut self, first: FlowNews) {
        let mut next = Some(first);
        for _ in 0..DATAGRAMS_A_TURN {
            let Some(news) = next.take().or_else(|| self.news.try_recv().ok()) else { return };
            let now = self.now();
            let closed = self.flows.closed_by(&news).cloned();
            if let Some(lost) = self.flows.note(now, &news) {
                self.failed(&lost);
            }
            if let Some(flow) = closed {
                self.agent.handle_closed(now, &flow);
            } else if let FlowNews::Message(id, bytes) = &news {
                self.tally.heard();
                self.agent.handle_message(now, &id.flow, bytes);
            }
        }
    }

    fn accept(&mut self) {
        while let Ok(accepted) = self.accepted.try_recv() {
            self.flows.accept(accepted);
        }
    }

    /// Takes everything out of the agent; what it learns from that may bring more. How many messages were sent.
    fn drain(&mut self) -> usize {
        let mut sent = 0;
        loop {
            let mut idle = true;
            while let Some(to) = self.agent.poll_route() {
                idle = false;
                self.agent.handle_route(self.now(), to, source_for(to));
            }
            while let Some(question) = self.agent.poll_question() {
                idle = false;
                self.ask(question);
            }
            while let Some(transmit) = self.agent.poll_transmit() {
                (idle, sent) = (false, sent + 1);
                self.send(transmit);
            }
            idle &= !self.send_backlog();
            while let Some((flow, every)) = self.agent.poll_kept() {
                self.flows.keep(&flow, every.map(Duration::from_millis));
            }
            if idle {
                break;
            }
        }
        let (clock, agent) = (self.clock, &mut self.agent);
        self.publisher.publish(agent, || Moment { time: Time(EPOCH + clock.ms()), wall: wall_ms() });
        let dropped = self.agent.dropped();
        self.tally.round(self.clock.ms(), self.agent.waiting(), dropped.unreadable + dropped.unmatched);
        sent
    }

    fn ask(&self, question: Question) {
        let (resolver, answers) = (self.resolver.clone(), self.answer_to.clone());
        tokio::spawn(async move {
            let answer = resolver.ask(&question).await;
            // The loop has ended: nobody wants to know any more.
            let _ = answers.send((question, answer));
        });
    }

    /// Sends over its connection, or lets it wait for those that leave with it.
    fn send(&mut self, transmit: Transmit) {
        self.tally.sent();
        if transmit.flow.target.transport == Transport::Udp {
            if self.backlog.len() < BACKLOG_MOST {
                self.backlog.push_back(transmit);
            }
        } else if let Err(lost) = self.flows.send(self.now(), transmit) {
            self.failed(&lost);
        }
    }

    fn failed(&mut self, lost: &Lost) {
        tracing::debug!(?lost, "a message did not leave, or did not arrive");
        let Lost { flow, why, detail } = lost;
        self.agent.handle_unsent(self.now(), flow, *why, detail.as_deref());
        if flow.target.transport != Transport::Udp {
            self.agent.handle_closed(self.now(), flow);
        }
    }

    /// Sends the datagrams that wait, as many as the kernel has room for; those of one socket together. `true` when some
    /// could not leave, which changes what is to be done.
    fn send_backlog(&mut self) -> bool {
        let mut failed = Vec::new();
        while let Some(first) = self.backlog.front() {
            let local = first.flow.local;
            let waiting = self.backlog.make_contiguous();
            let alike = waiting.iter().position(|transmit| transmit.flow.local != local).unwrap_or(waiting.len());
            let together = &mut waiting[..alike];
            let (done, room) = match self.sockets.iter_mut().find(|socket| Some(socket.udp.local()) == local) {
                Some(socket) => {
                    let done = socket.send_all(together, |one, why| failed.push((one.flow.clone(), why)));
                    (done, done == alike)
                }
                None => {
                    failed.extend(together.iter().map(|one| (one.flow.clone(), Unsent::LocalSocket)));
                    (alike, true)
                }
            };
            self.backlog.drain(..done);
            if !room {
                break;
            }
        }
        let some_failed = !failed.is_empty();
        for (flow, why) in failed {
            self.failed(&Lost { flow, why, detail: None });
        }
        some_failed
    }
}

/// How long [`super::handle::Handle::stop`] waits for the loop, at most, beside the time for unregistering.
pub const STOP_LIMIT: Duration = Duration::from_secs(5);
/// How long unregistering may take at the end: a provider that is gone does not hold a shutdown up.
pub const UNREGISTER_LIMIT: Duration = Duration::from_secs(20);
