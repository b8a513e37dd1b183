//! The last 24 hours: each contract as a strip, the engine as charts, both with their figures as text.

use std::collections::{BTreeMap, HashMap};

use crate::clock::wall_ms;
use crate::domain::contract::ContractId;
use crate::domain::status::State;
use crate::engine::Figures;
use crate::i18n;
use crate::roster::{Day, Roster, Standing};
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

/// The strips of the contracts, and how many contracts have none.
pub(super) fn strips(
    page: &Page,
    roster: &Roster,
    by_contract: &HashMap<Option<ContractId>, HashMap<State, usize>>,
) -> (Vec<Strip>, usize) {
    let now = wall_ms();
    let (days, more) = roster.days(by_contract, SHOWN);
    (days.iter().map(|day| strip(page, roster, now, day)).collect(), more)
}

fn strip(page: &Page, roster: &Roster, now: i64, day: &Day) -> Strip {
    let name = day.contract.and_then(|id| roster.contract_name(id)).unwrap_or_else(|| page.t("no-contract"));
    let id = day.contract.map_or_else(|| "none".to_owned(), |id| id.to_string());
    let mut slots: Vec<Option<Standing>> = vec![None; SLOTS];
    for (at, stands) in day.looks.iter().copied().chain([(now, day.now)]) {
        if let Some(slot) = slot(at, now) {
            slots[slot] = stands;
        }
    }
    let wanted = |s: &Standing| u64::from(s.registered) + u64::from(s.problem) + u64::from(s.between);
    // In thousandths of what was wanted then, so that a contract that grows does not look as if it had failed.
    let share = |part: fn(&Standing) -> u32| -> Vec<Option<u64>> {
        let of = |s: &Standing| (u64::from(part(s)) * 1000).checked_div(wanted(s)).unwrap_or(0);
        held(slots.iter().map(|slot| slot.as_ref().map(of)).collect(), HOLDS)
    };
    let known = || slots.iter().flatten();
    let fewest = page.n(known().map(|s| s.registered).min().unwrap_or(0));
    let most = page.n(known().map(|s| s.problem).max().unwrap_or(0));
    Strip {
        link: format!("/entries?contract={id}"),
        registered: area(&share(|s| s.registered), 1000),
        problem: area(&share(|s| s.problem), 1000),
        spoken: page.t2("overview-strip", ("fewest", &fewest), ("most", &most)),
        now: page.n(day.now.map_or(0, |standing| standing.registered)),
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
            *slot = Some(slot.map_or(*figures, |before| before.most(*figures)));
        }
    }
    let chart = |id: &str, value: fn(&Figures) -> u64| {
        let values: Vec<Option<u64>> = slots.iter().map(|slot| slot.as_ref().map(value)).collect();
        let most = values.iter().flatten().copied().max().unwrap_or(0);
        Chart { title: page.t1(id, "most", &page.n(most)), path: area(&values, most) }
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
            page.n(f.sent),
            page.n(f.heard),
            page.n(f.dropped),
            page.n(f.waiting),
            page.n(f.lag),
            page.n(f.busy / 1000),
        ],
    };
    (charts, hours.iter().rev().map(hour).collect())
}
