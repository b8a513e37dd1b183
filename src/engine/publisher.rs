//! What the agent tells, handed to those who show it and those who remember it.

use tokio::sync::mpsc;

use super::agent::Agent;
use super::board::Board;
use super::command::Moment;
use super::ring::{Exchange, Ring};
use super::trials::{TrialNews, Trials};
use crate::domain::entry::EntryId;
use crate::domain::event::Event as Happened;
use crate::domain::status::{Checkpoint, Status};
use crate::sip::Event;
use crate::sip::trace::Trace;

/// Statuses that are put up together, at most.
const TOGETHER: usize = 64;

/// See the module.
pub struct Publisher {
    pub board: Board,
    pub ring: Ring,
    pub trials: Trials,
    pub checkpoints: mpsc::UnboundedSender<(EntryId, Checkpoint)>,
    pub history: mpsc::UnboundedSender<(EntryId, Option<Happened>)>,
    /// Those that are put up next.
    pub changed: Vec<(EntryId, Status<i64>)>,
}

impl Publisher {
    /// Hands on everything that there is; `now` is asked once, when there is anything.
    pub fn publish(&mut self, agent: &mut Agent, now: impl Fn() -> Moment) {
        let mut stamped = None;
        while let Some(event) = agent.poll_event() {
            let moment: Moment = *stamped.get_or_insert_with(&now);
            match event {
                Event::Changed { id, status } => {
                    self.changed.push((id, status.map(|time| moment.to_wall(time))));
                    if self.changed.len() >= TOGETHER {
                        self.post(moment);
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
                    self.post(moment);
                    self.ring.forget(id);
                    self.board.take_down(id);
                    let _ = self.history.send((id, None));
                }
            }
        }
        if let Some(moment) = stamped {
            self.post(moment);
        }
    }

    fn post(&mut self, moment: Moment) {
        if self.changed.is_empty() {
            return;
        }
        let history = &self.history;
        self.board.post(&mut self.changed, |id, status| {
            // Nobody writes history: the entries live on without it.
            let _ = history.send((id, Some(Happened::of(status, moment.wall))));
        });
    }
}
