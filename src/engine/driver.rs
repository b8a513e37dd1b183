//! The one loop: it waits for a `Turn`, hands it to the agent, drains what comes out, and waits again.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::agent::Agent;
use super::board::Board;
use super::command::{Command, Moment};
use super::resolver::Resolver;
use super::transport::udp::{Sending, Udp, source_for};
use crate::clock::{Monotonic, wall_ms};
use crate::domain::entry::EntryId;
use crate::domain::status::Checkpoint;
use crate::sip::target::{Answer, Question};
use crate::sip::{Event, Put, Time, Transmit, Transport};

/// Most datagrams and commands that one turn takes, so that none of them keeps the others waiting.
const DATAGRAMS_A_TURN: usize = 256;
const COMMANDS_A_TURN: usize = 256;
/// Most datagrams that wait for room in the kernel's buffer; UDP may lose the rest, and the transaction sends again.
const BACKLOG_MOST: usize = 10_000;

/// Why the loop goes round.
enum Turn {
    Command(Command),
    Resolved(Question, Answer),
    Readable,
    Writable,
    Timeout,
    /// Every handle is gone.
    Closed,
}

/// See the module.
pub struct Driver {
    agent: Agent,
    udp: Udp,
    resolver: Resolver,
    clock: Monotonic,
    board: Board,
    commands: mpsc::UnboundedReceiver<Command>,
    checkpoints: mpsc::UnboundedSender<(EntryId, Checkpoint)>,
    answer_to: mpsc::UnboundedSender<(Question, Answer)>,
    answers: mpsc::UnboundedReceiver<(Question, Answer)>,
    backlog: VecDeque<Transmit>,
    buffer: Vec<u8>,
}

impl Driver {
    pub fn new(
        agent: Agent,
        udp: Udp,
        resolver: Resolver,
        board: Board,
        commands: mpsc::UnboundedReceiver<Command>,
        checkpoints: mpsc::UnboundedSender<(EntryId, Checkpoint)>,
    ) -> Self {
        let (answer_to, answers) = mpsc::unbounded_channel();
        Self {
            agent,
            udp,
            resolver,
            clock: Monotonic::new(),
            board,
            commands,
            checkpoints,
            answer_to,
            answers,
            backlog: VecDeque::new(),
            buffer: vec![0; crate::sip::wire::MAX_MESSAGE + 1],
        }
    }

    fn now(&self) -> Time {
        Time(self.clock.ms())
    }

    /// Runs until it is told to stop, or nobody can tell it anything any more.
    pub async fn run(mut self) {
        loop {
            self.drain();
            match self.wait().await {
                Turn::Command(command) => {
                    if let Some(done) = self.obey(command) {
                        self.drain();
                        let _ = done.send(());
                        return;
                    }
                }
                Turn::Resolved(question, answer) => self.agent.handle_records(self.now(), &question, answer),
                Turn::Readable => self.receive(),
                Turn::Writable => self.send_backlog(),
                Turn::Timeout => self.agent.handle_timeout(self.now()),
                Turn::Closed => return,
            }
        }
    }

    async fn wait(&mut self) -> Turn {
        let due = self.agent.poll_timeout().map(|time| self.clock.instant(time.0));
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
            _ = self.udp.writable(), if full => Turn::Writable,
            // The timer stands before the socket: a flood of datagrams delays no refresh.
            () = timeout => Turn::Timeout,
            _ = self.udp.readable() => Turn::Readable,
        }
    }

    /// Obeys a wish, and those that wait behind it; gives back whom to tell when it was to stop.
    fn obey(&mut self, first: Command) -> Option<oneshot::Sender<()>> {
        let mut next = Some(first);
        for _ in 0..COMMANDS_A_TURN {
            let now = self.now();
            match next.or_else(|| self.commands.try_recv().ok())? {
                Command::Put(puts) => {
                    let moment = Moment { time: now, wall: wall_ms() };
                    for put in puts {
                        let resume = moment.resume(put.checkpoint);
                        let (id, account, enabled, urgent) = (put.id, put.account, put.enabled, put.urgent);
                        self.agent.put(now, Put { id, account, enabled, urgent, resume });
                    }
                }
                Command::Remove(id) => self.agent.remove(now, id),
                Command::Refresh(id) => self.agent.refresh(now, id),
                Command::Unregister(id) => self.agent.unregister(now, id),
                Command::Pin(host, to, timers) => self.agent.pin(&host, to, timers),
                Command::Stop(done) => return Some(done),
            }
            next = None;
        }
        None
    }

    fn receive(&mut self) {
        while let Some((to, why)) = self.udp.next_unsent() {
            self.agent.handle_unsent(self.now(), to, why);
        }
        let now = self.now();
        for _ in 0..DATAGRAMS_A_TURN {
            match self.udp.receive(&mut self.buffer) {
                Ok((length, from)) => self.agent.handle_message(now, Transport::Udp, from, &self.buffer[..length]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                // An ICMP error that stood in front; the queue above tells whom it is about.
                Err(_) => {}
            }
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
            if idle {
                break;
            }
        }
        self.publish();
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
        if !self.backlog.is_empty() {
            return self.keep(transmit);
        }
        match self.udp.send(transmit.to, &transmit.bytes) {
            Sending::Sent => {}
            Sending::Full => self.keep(transmit),
            Sending::Failed(why) => self.failed(transmit.to, why),
        }
    }

    fn keep(&mut self, transmit: Transmit) {
        if self.backlog.len() < BACKLOG_MOST {
            self.backlog.push_back(transmit);
        }
    }

    fn failed(&mut self, to: SocketAddr, why: crate::sip::Unsent) {
        tracing::debug!(%to, ?why, "a datagram did not leave");
        self.agent.handle_unsent(self.now(), to, why);
    }

    fn send_backlog(&mut self) {
        while let Some(transmit) = self.backlog.pop_front() {
            match self.udp.send(transmit.to, &transmit.bytes) {
                Sending::Sent => {}
                Sending::Full => return self.backlog.push_front(transmit),
                Sending::Failed(why) => self.failed(transmit.to, why),
            }
        }
    }

    fn publish(&mut self) {
        let mut moment = None;
        while let Some(event) = self.agent.poll_event() {
            let moment = *moment.get_or_insert_with(|| Moment { time: self.now(), wall: wall_ms() });
            match event {
                Event::Changed { id, status } => self.board.post(id, status.map(|time| moment.to_wall(time))),
                Event::Checkpoint { id, mark } => {
                    // Nobody keeps the memory: the entries live on without it.
                    let _ = self.checkpoints.send((id, moment.checkpoint(mark)));
                }
                Event::Gone { id } => self.board.take_down(id),
            }
        }
    }
}

/// How long [`super::handle::Handle::stop`] waits for the loop, at most.
pub const STOP_LIMIT: Duration = Duration::from_secs(5);
