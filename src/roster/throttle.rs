//! A delay that grows with every failed sign-in, per account and per address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Failures that cost no wait: to an account, and to an address, behind which many people may sit.
const FREE_OF_ACCOUNT: u32 = 3;
const FREE_OF_ADDRESS: u32 = 20;
/// Longest wait, and how long failures are remembered, in milliseconds.
const WAIT_MOST: u64 = 15 * 60_000;
const MEMORY: u64 = 60 * 60_000;
/// Most accounts and addresses that are remembered; past it the oldest are forgotten.
const KEYS_MOST: usize = 10_000;

#[derive(Clone, Copy, Debug, Default)]
struct Record {
    failures: u32,
    last: u64,
    until: u64,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<String, Record>>);

fn keys(account: &str, from: IpAddr) -> [(String, u32); 2] {
    [(format!("a {account}"), FREE_OF_ACCOUNT), (format!("i {from}"), FREE_OF_ADDRESS)]
}

impl Throttle {
    fn records(&self) -> std::sync::MutexGuard<'_, HashMap<String, Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seconds that this account or this address has to wait; 0 when it need not.
    pub fn wait(&self, now: u64, account: &str, from: IpAddr) -> u64 {
        let records = self.records();
        let until = keys(account, from).iter().filter_map(|(key, _)| records.get(key)).map(|record| record.until).max();
        until.unwrap_or(0).saturating_sub(now).div_ceil(1000)
    }

    /// A sign-in failed.
    pub fn failed(&self, now: u64, account: &str, from: IpAddr) {
        let mut records = self.records();
        for (key, free) in keys(account, from) {
            let record = records.entry(key).or_default();
            if now.saturating_sub(record.last) > MEMORY {
                *record = Record::default();
            }
            record.failures += 1;
            record.last = now;
            if record.failures > free {
                record.until = now + (1000u64 << (record.failures - free).min(20)).min(WAIT_MOST);
            }
        }
        if records.len() > KEYS_MOST {
            records.retain(|_, record| record.until > now);
        }
    }

    /// A sign-in succeeded: the account starts anew.
    pub fn succeeded(&self, account: &str, from: IpAddr) {
        let [(account, _), _] = keys(account, from);
        self.records().remove(&account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_grows_and_a_success_ends_it() {
        let (throttle, from) = (Throttle::default(), "192.0.2.1".parse().unwrap());
        let waits: Vec<u64> = (0..8)
            .map(|_| {
                throttle.failed(0, "ana", from);
                throttle.wait(0, "ana", from)
            })
            .collect();
        assert_eq!(waits, [0, 0, 0, 2, 4, 8, 16, 32]);
        assert_eq!(throttle.wait(0, "bea", from), 0);
        assert_eq!(throttle.wait(40_000, "ana", from), 0);
        throttle.succeeded("ana", from);
        assert_eq!(throttle.wait(0, "ana", from), 0);
        for _ in 0..30 {
            throttle.failed(0, "nobody", from);
        }
        assert!(throttle.wait(0, "bea", from) > 0, "an address that tries everything waits, too");
    }
}
