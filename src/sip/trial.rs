//! A registration that is tried out: one attempt, what it found, and nothing left behind.

use super::attempt::{Attempt, End, Failure, Purpose};
use super::plan::{Binding, Goal, Held, Plan};
use super::registration::Registration;
use super::wire::Time;
use crate::domain::status::{Cause, Note};
use crate::domain::trial::{Request, Step, Verdict};

impl Registration {
    /// The attempt of a trial is over: what it may have bound is undone, then it is gone.
    pub(super) fn tried(&mut self, now: Time, attempt: &Attempt, end: &End) {
        self.goal = Goal::Removed;
        self.plan = Plan::Idle;
        let may_stand = attempt.purpose == Purpose::Register
            && match end {
                End::Bound { .. } => true,
                // It was taken in another shape than ours, or taken and the answer lost, by this target or one before it. A
                // provider that knows us by our address may have taken the very first request.
                End::Failed(failure) => failure.cause == Cause::NoBinding || attempt.lost,
                End::Unbound | End::Listed { .. } => false,
            };
        if let Some(contact) = self.contact.clone().filter(|_| may_stand) {
            let until = now + u64::from(self.asked) * 1000;
            let held = Held { contact, granted: self.asked, until };
            self.leaving.push(Binding { held, account: attempt.account.clone() });
        }
        self.plan_if_idle(true);
    }

    /// What the attempt of a trial was for.
    pub(super) fn trial_request(&self) -> Option<Request> {
        self.trial?;
        Some(match self.attempt.as_ref()?.purpose {
            Purpose::Register => Request::Register,
            Purpose::Query => Request::Query,
            Purpose::Leave => Request::Unregister,
        })
    }

    /// What the end of a trial's attempt says.
    pub(super) fn trial_end(&self, end: &End) -> Option<Step> {
        let request = self.trial_request()?;
        if request == Request::Unregister {
            return Some(Step::Undone(*end == End::Unbound));
        }
        let fails = |failure: &Failure| Verdict::Fails {
            cause: failure.cause,
            answer: failure.answer.clone(),
            detail: failure.detail.clone(),
        };
        Some(Step::Found(match end {
            End::Bound { asked, granted, rewritten, unproven, .. } => {
                let mut notes = self.notes.all();
                let seen = [
                    (Note::GrantedLess, granted < asked),
                    (Note::ContactRewritten, *rewritten),
                    (Note::ServerUnproven, *unproven),
                ];
                notes.extend(seen.into_iter().filter(|(_, is_so)| *is_so).map(|(note, _)| note));
                Verdict::Registers { granted: *granted, notes }
            }
            End::Listed { ours, others } => Verdict::Known { ours: *ours, others: *others },
            End::Failed(failure) => fails(failure),
            End::Unbound => fails(&Failure::ours(Cause::BadResponse, None)),
        }))
    }
}
