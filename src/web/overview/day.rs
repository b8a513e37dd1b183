//! The last 24 hours: each contract as a strip, the engine as charts, both with their figures as text.

use std::collections::{BTreeMap, HashMap};

use crate::clock::wall_ms;
use crate::domain::contract::ContractId;
use crate::engine::Figures;
use crate::i18n;
use crate::roster::{Roster, Standing};
use crate::web::page::Page;
use crate::web::picture::{SLOTS, area, held, slot};

/// Contracts that are shown, those with most problems first.
const SHOWN: usize = 12;
/// Slots that a look holds for: it is taken every five minutes, and not always at the same second.
const HOLDS: usize = 1;
const HOUR: i64 = 3_600_000;
const MINUTE: u64 = 60_000;

/// A contract's day.
pub(super) struct Strip {
    pub name: String,
    pub link: String,
    /// What is registered, and, on top of it, what has a problem.
    pub registered: String,
    pub problem: String,
    pub spoken: String,
    pub now: String,
    pub fewest: String,
    pub most_problems: String,
}

/// A figure of the engine over the day.
pub(super) struct Chart {
    pub title: String,
    pub path: String,
}

/// An hour of the engine.
pub(super) struct Hour {
    pub iso: String,
    pub text: String,
    pub cells: Vec<String>,
}

fn n(page: &Page, n: impl TryInto<i64>) -> String {
    page.n(n.try_into().unwrap_or(i64::MAX))
}

/// The strips of the contracts.
pub(super) async fn strips(page: &Page, roster: &Roster) -> (Vec<Strip>, usize) {
    let now = wall_ms();
    let mut days: HashMap<Option<ContractId>, Vec<Option<Standing>>> = HashMap::new();
    let looks = roster.pulse().await;
    let latest = |contract: &Option<ContractId>| {
        let found = looks.last().and_then(|look| look.contracts.get(contract));
        found.copied().unwrap_or_default().registered
    };
    for look in &looks {
        let Some(slot) = slot(look.at, now) else { continue };
        for (contract, standing) in &look.contracts {
            days.entry(*contract).or_insert_with(|| vec![None; SLOTS])[slot] = Some(*standing);
        }
    }
    let names: HashMap<ContractId, String> = roster.contract_names().into_iter().collect();
    let mut all: Vec<(Option<ContractId>, Vec<Option<Standing>>)> = days.into_iter().collect();
    // A contract that is gone has no name, and no day.
    all.retain(|(contract, _)| contract.is_none_or(|id| names.contains_key(&id)));
    let worst = |day: &[Option<Standing>]| day.iter().flatten().map(|standing| standing.problem).max();
    all.sort_by_key(|(contract, day)| (std::cmp::Reverse(worst(day)), *contract));
    let more = all.len().saturating_sub(SHOWN);
    let strip = |(contract, day): &(Option<ContractId>, Vec<Option<Standing>>)| {
        let name = contract.and_then(|id| names.get(&id).cloned()).unwrap_or_else(|| page.t("no-contract"));
        let id = contract.map_or_else(|| "none".to_owned(), |id| id.to_string());
        strip(page, name, &id, day, latest(contract))
    };
    (all.iter().take(SHOWN).map(strip).collect(), more)
}

fn strip(page: &Page, name: String, id: &str, day: &[Option<Standing>], registered_now: u32) -> Strip {
    let wanted = |s: &Standing| u64::from(s.registered) + u64::from(s.problem) + u64::from(s.between);
    // In thousandths of what was wanted then, so that a contract that grows does not look as if it had failed.
    let share = |part: fn(&Standing) -> u32| -> Vec<Option<u64>> {
        let of = |s: &Standing| (u64::from(part(s)) * 1000).checked_div(wanted(s)).unwrap_or(0);
        held(day.iter().map(|slot| slot.as_ref().map(of)).collect(), HOLDS)
    };
    let known = || day.iter().flatten();
    let fewest = n(page, known().map(|s| s.registered).min().unwrap_or(0));
    let most = n(page, known().map(|s| s.problem).max().unwrap_or(0));
    Strip {
        link: format!("/entries?contract={id}"),
        registered: area(&share(|s| s.registered), 1000),
        problem: area(&share(|s| s.problem), 1000),
        spoken: page.t2("overview-strip", ("fewest", &fewest), ("most", &most)),
        now: n(page, registered_now),
        fewest,
        most_problems: most,
        name,
    }
}

/// The engine's day.
pub(super) fn engine(page: &Page, roster: &Roster) -> (Vec<Chart>, Vec<Hour>) {
    let now = wall_ms();
    let minutes = roster.engine_day();
    let mut slots: Vec<Option<Figures>> = vec![None; SLOTS];
    let mut hours: BTreeMap<i64, Figures> = BTreeMap::new();
    // The most of any minute is told: an average of a day hides what hurt.
    for (at, figures) in minutes.iter().filter(|(at, _)| slot(*at, now).is_some()) {
        let hour = hours.entry(at.div_euclid(HOUR) * HOUR).or_default();
        *hour = hour.and(*figures);
        if let Some(slot) = slot(*at, now).and_then(|slot| slots.get_mut(slot)) {
            *slot = Some(slot.map_or(*figures, |before| most(before, *figures)));
        }
    }
    let chart = |id: &str, value: fn(&Figures) -> u64| {
        let values: Vec<Option<u64>> = slots.iter().map(|slot| slot.as_ref().map(value)).collect();
        let most = values.iter().flatten().copied().max().unwrap_or(0);
        Chart { title: page.t1(id, "most", &n(page, most)), path: area(&values, most) }
    };
    let charts = vec![
        chart("engine-messages", |f| f.sent + f.heard),
        chart("engine-waiting", |f| u64::try_from(f.waiting).unwrap_or(u64::MAX)),
        chart("engine-lag", |f| f.lag),
        chart("engine-busy", |f| f.busy * 100 / (MINUTE * 1000)),
    ];
    let hour = |(at, f): (&i64, &Figures)| Hour {
        iso: i18n::iso(*at),
        text: i18n::date_time(page.locale, &page.zone, *at),
        cells: vec![
            n(page, f.sent),
            n(page, f.heard),
            n(page, f.dropped),
            n(page, f.waiting),
            n(page, f.lag),
            n(page, f.busy / 1000),
        ],
    };
    (charts, hours.iter().rev().map(hour).collect())
}

/// The larger of each.
fn most(a: Figures, b: Figures) -> Figures {
    Figures {
        sent: a.sent.max(b.sent),
        heard: a.heard.max(b.heard),
        dropped: a.dropped.max(b.dropped),
        waiting: a.waiting.max(b.waiting),
        lag: a.lag.max(b.lag),
        due: a.due.max(b.due),
        late: a.late.max(b.late),
        busy: a.busy.max(b.busy),
    }
}
