//! The one loop: it waits for a `Turn`, hands it to the agent, drains what comes out, and waits again.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio_rustls::TlsConnector;

use super::agent::Agent;
use super::board::Board;
use super::command::{Command, Moment, TryOut};
use super::meter::{Meter, Tally};
use super::resolver::Resolver;
use super::ring::{Exchange, Ring};
use super::transport::flows::Flows;
use super::transport::news::{FlowNews, Lost};
use super::transport::tcp::Accepted;
use super::transport::udp::{Sending, Udp, any_readable, any_writable, source_for};
use super::trials::{TrialNews, Trials};
use crate::clock::{Monotonic, wall_ms};
use crate::domain::entry::EntryId;
use crate::domain::event::Event as Happened;
use crate::domain::status::Checkpoint;
use crate::sip::target::{Answer, Question};
use crate::sip::trace::Trace;
use crate::sip::{Event, Put, Time, Transmit, Transport, Unsent};

/// Most datagrams and commands that one turn takes, so that none of them keeps the others waiting.
const DATAGRAMS_A_TURN: usize = 256;
const COMMANDS_A_TURN: usize = 256;
/// Most datagrams that wait for room in the kernel's buffer; UDP may lose the rest, and the transaction sends again.
const BACKLOG_MOST: usize = 10_000;
/// Most news of connections that wait for their turn; past them the connections wait, and so do those who send to us.
const NEWS_MOST: usize = 1_024;

/// The engine's clock starts so late that it can tell when a binding of an earlier run began, in milliseconds.
const EPOCH: u64 = 2 * 86_400_000;

/// Who takes what a restart needs, and what happened.
type Memories = (mpsc::UnboundedSender<(EntryId, Checkpoint)>, mpsc::UnboundedSender<(EntryId, Option<Happened>)>);

/// Why the loop goes round.
enum Turn {
    Command(Command),
    Resolved(Question, Answer),
    Flow(FlowNews),
    Accepted(Accepted),
    Readable,
    Writable,
    Timeout,
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
    udp: Vec<Udp>,
    flows: Flows,
    news: mpsc::Receiver<FlowNews>,
    accepted: mpsc::Receiver<Accepted>,
    resolver: Resolver,
    clock: Monotonic,
    board: Board,
    ring: Ring,
    trials: Trials,
    tally: Tally,
    /// When the timer was to go off, on the loop's clock.
    due: Option<u64>,
    commands: mpsc::UnboundedReceiver<Command>,
    checkpoints: mpsc::UnboundedSender<(EntryId, Checkpoint)>,
    history: mpsc::UnboundedSender<(EntryId, Option<Happened>)>,
    answer_to: mpsc::UnboundedSender<(Question, Answer)>,
    answers: mpsc::UnboundedReceiver<(Question, Answer)>,
    /// Somebody waits for the end.
    farewell: Option<Farewell>,
    backlog: VecDeque<Transmit>,
    buffer: Vec<u8>,
}

impl Driver {
    #[allow(clippy::too_many_arguments, reason = "each is a thing of its own that somebody else made")]
    pub fn new(
        agent: Agent,
        udp: Vec<Udp>,
        connector: TlsConnector,
        accepted: mpsc::Receiver<Accepted>,
        resolver: Resolver,
        (board, ring, meter): (Board, Ring, Meter),
        commands: mpsc::UnboundedReceiver<Command>,
        (checkpoints, history): Memories,
    ) -> Self {
        let (answer_to, answers) = mpsc::unbounded_channel();
        let (tell, news) = mpsc::channel(NEWS_MOST);
        Self {
            agent,
            udp,
            flows: Flows::new(connector, tell),
            news,
            accepted,
            resolver,
            clock: Monotonic::new(),
            board,
            ring,
            trials: Trials::default(),
            tally: Tally::new(meter),
            due: None,
            commands,
            checkpoints,
            history,
            answer_to,
            answers,
            farewell: None,
            backlog: VecDeque::new(),
            buffer: vec![0; crate::sip::wire::MAX_MESSAGE + 1],
        }
    }

    fn now(&self) -> Time {
        Time(EPOCH + self.clock.ms())
    }

    /// Runs until it is told to stop, or nobody can tell it anything any more.
    pub async fn run(mut self) {
        loop {
            self.drain();
            match self.wait().await {
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
                Turn::Writable => self.send_backlog(),
                Turn::Timeout => {
                    self.tally.late(self.clock.ms().saturating_sub(self.due.unwrap_or(u64::MAX)));
                    self.agent.handle_timeout(self.now());
                    self.receive();
                }
                Turn::Closed => return,
            }
            if let Some(farewell) = self.farewell.take_if(|f| f.until <= self.clock.ms() || self.agent.is_quiet()) {
                self.drain();
                let _ = farewell.done.send(());
                return;
            }
        }
    }

    async fn wait(&mut self) -> Turn {
        self.due = self.agent.poll_timeout().map(|time| time.0.saturating_sub(EPOCH));
        let due = self.due.into_iter().chain(self.farewell.as_ref().map(|farewell| farewell.until)).min();
        let due = due.map(|ms| self.clock.instant(ms));
        let timeout = async {
            match due {
                Some(due) => tokio::time::sleep_until(due.into()).await,
                None => std::future::pending().await,
            }
        };
        let full = !self.backlog.is_empty();
        tokio::select! {
            biased;
            command = self.commands.recv() => command.map_or(Turn::Closed, Turn::Command),
            Some((question, answer)) = self.answers.recv() => Turn::Resolved(question, answer),
            () = any_writable(&self.udp), if full => Turn::Writable,
            // The timer stands before the socket: a flood of datagrams delays no refresh.
            () = timeout => Turn::Timeout,
            Some(news) = self.news.recv() => Turn::Flow(news),
            Some(accepted) = self.accepted.recv() => Turn::Accepted(accepted),
            () = any_readable(&self.udp) => Turn::Readable,
        }
    }

    /// Obeys a wish, and those that wait behind it.
    fn obey(&mut self, first: Command) {
        let mut next = Some(first);
        for _ in 0..COMMANDS_A_TURN {
            let now = self.now();
            let Some(command) = next.take().or_else(|| self.commands.try_recv().ok()) else { return };
            match command {
                Command::Put(puts) => {
                    let moment = Moment { time: now, wall: wall_ms() };
                    for put in puts {
                        let resume = moment.resume(put.checkpoint);
                        let (id, account, enabled, urgent) = (put.id, put.account, put.enabled, put.urgent);
                        self.agent.put(now, Put { id, account, enabled, urgent, resume });
                    }
                }
                Command::Remove(id) => self.agent.remove(now, id),
                Command::Refresh { id, urgent } => self.agent.refresh(now, id, urgent),
                Command::Unregister { id, urgent } => self.agent.unregister(now, id, urgent),
                Command::TryOut(wanted, tell) => {
                    let TryOut { id, account, call_id, asking } = *wanted;
                    self.trials.add(id, tell);
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
        for udp in &self.udp {
            while let Some((address, why)) = udp.next_unsent() {
                let flow = udp.flow(address);
                self.agent.handle_unsent(Time(EPOCH + self.clock.ms()), &flow, why, None);
            }
            let now = Time(EPOCH + self.clock.ms());
            for _ in 0..DATAGRAMS_A_TURN {
                match udp.receive(&mut self.buffer) {
                    Ok((length, from)) => {
                        self.tally.heard();
                        self.agent.handle_message(now, &udp.flow(from), &self.buffer[..length]);
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                    // An ICMP error that stood in front; the queue above tells whom it is about.
                    Err(_) => {}
                }
            }
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

    /// Takes everything out of the agent; what it learns from that may bring more.
    fn drain(&mut self) {
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
                idle = false;
                self.send(transmit);
            }
            while let Some((flow, every)) = self.agent.poll_kept() {
                self.flows.keep(&flow, every.map(Duration::from_millis));
            }
            if idle {
                break;
            }
        }
        self.publish();
        let dropped = self.agent.dropped();
        self.tally.round(self.clock.ms(), self.agent.waiting(), dropped.unreadable + dropped.unmatched);
    }

    fn ask(&self, question: Question) {
        let (resolver, answers) = (self.resolver.clone(), self.answer_to.clone());
        tokio::spawn(async move {
            let answer = resolver.ask(&question).await;
            // The loop has ended: nobody wants to know any more.
            let _ = answers.send((question, answer));
        });
    }

    fn send(&mut self, transmit: Transmit) {
        self.tally.sent();
        if transmit.flow.target.transport != Transport::Udp {
            if let Err(lost) = self.flows.send(self.now(), transmit) {
                self.failed(&lost);
            }
        } else if self.backlog.is_empty() {
            if let Some(left) = self.send_datagram(transmit) {
                self.keep(left);
            }
        } else {
            self.keep(transmit);
        }
    }

    fn keep(&mut self, transmit: Transmit) {
        if self.backlog.len() < BACKLOG_MOST {
            self.backlog.push_back(transmit);
        }
    }

    /// Sends over the socket of its flow; gives it back when the kernel has no room.
    fn send_datagram(&mut self, transmit: Transmit) -> Option<Transmit> {
        let sending = match self.udp.iter().find(|udp| Some(udp.local()) == transmit.flow.local) {
            Some(udp) => udp.send(transmit.flow.target.address, &transmit.bytes),
            None => Sending::Failed(Unsent::LocalSocket),
        };
        match sending {
            Sending::Sent => None,
            Sending::Full => Some(transmit),
            Sending::Failed(why) => {
                self.failed(&Lost { flow: transmit.flow, why, detail: None });
                None
            }
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

    fn send_backlog(&mut self) {
        while let Some(transmit) = self.backlog.pop_front() {
            if let Some(left) = self.send_datagram(transmit) {
                return self.backlog.push_front(left);
            }
        }
    }

    fn publish(&mut self) {
        let mut moment = None;
        while let Some(event) = self.agent.poll_event() {
            let moment = *moment.get_or_insert_with(|| Moment { time: self.now(), wall: wall_ms() });
            match event {
                Event::Changed { id, status } => {
                    let status = status.map(|time| moment.to_wall(time));
                    let happened = Happened::of(&status, moment.wall);
                    if self.board.post(id, status) {
                        // Nobody writes history: the entries live on without it.
                        let _ = self.history.send((id, Some(happened)));
                    }
                }
                Event::Checkpoint { id, mark } => {
                    // Nobody keeps the memory: the entries live on without it.
                    let _ = self.checkpoints.send((id, moment.checkpoint(mark)));
                }
                Event::Traced { id, trace } => {
                    let Trace { at, way, target, text } = *trace;
                    let (at, address, transport) = (moment.to_wall(at), target.address, target.transport);
                    let exchange = Exchange { at, way, address, transport, text };
                    if self.trials.has(id) {
                        self.trials.tell(id, TrialNews::Message(exchange));
                    } else {
                        self.ring.push(id, exchange);
                    }
                }
                Event::Tried { id, step } => self.trials.tell(id, TrialNews::Step(moment.wall, *step)),
                Event::Gone { id } if self.trials.end(id) => {}
                Event::Gone { id } => {
                    self.ring.forget(id);
                    self.board.take_down(id);
                    let _ = self.history.send((id, None));
                }
            }
        }
    }
}

/// How long [`super::handle::Handle::stop`] waits for the loop, at most, beside the time for unregistering.
pub const STOP_LIMIT: Duration = Duration::from_secs(5);
/// How long unregistering may take at the end: a provider that is gone does not hold a shutdown up.
pub const UNREGISTER_LIMIT: Duration = Duration::from_secs(20);
