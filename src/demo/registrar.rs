//! A registrar as a pure machine (RFC 3261 §10.3): a datagram and the time in, answers out. It checks credentials for
//! real, keeps bindings, and follows its script.

use std::collections::{BTreeMap, HashMap};

use super::script::{Line, Login, NoncePolicy, Script};
use crate::sip::digest::Algorithm;
use crate::sip::header::{contacts, cseq, directive, unescaped, unquoted};
use crate::sip::scan::{Message, Name, Start, scan};
use crate::sip::wire::number;

/// A binding that it keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Milliseconds on the clock of the caller.
    pub until: u64,
    pub call_id: String,
    pub cseq: u32,
}

/// What it has seen of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// REGISTER datagrams, retransmissions included.
    pub registers: u64,
    /// CSeq numbers in the order in which they came, without repetition.
    pub cseqs: Vec<u32>,
    pub call_ids: Vec<String>,
    pub accepted: u64,
}

#[derive(Clone, Debug)]
struct Issued {
    at: u64,
    /// The highest `nc` that was used.
    used: u32,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Registrar {
    pub script: Script,
    bindings: BTreeMap<(String, String), Kept>,
    nonces: HashMap<String, Issued>,
    issued: u64,
    seen: HashMap<String, Seen>,
    /// The last answer to each transaction, said again when the request comes again (RFC 3261 §17.2.2).
    said: HashMap<String, (u64, Option<Vec<u8>>)>,
    /// When transactions that are over were forgotten last.
    swept: u64,
}

/// How often transactions that are over are forgotten, in milliseconds.
const SWEEP: u64 = 1_000;

impl Registrar {
    pub fn new(script: Script) -> Self {
        Self {
            script,
            bindings: BTreeMap::new(),
            nonces: HashMap::new(),
            issued: 0,
            seen: HashMap::new(),
            said: HashMap::new(),
            swept: 0,
        }
    }

    /// Contact URIs of a user that are bound at `now`.
    pub fn bound(&self, user: &str, now: u64) -> Vec<&str> {
        self.kept(user, now).map(|(contact, _)| contact).collect()
    }

    /// Contacts of a user that are bound at `now`.
    fn kept(&self, user: &str, now: u64) -> impl Iterator<Item = (&str, &Kept)> {
        let from = (user.to_owned(), String::new());
        let of_user = self.bindings.range(from..).take_while(move |((u, _), _)| u == user);
        of_user.filter(move |(_, kept)| kept.until > now).map(|((_, contact), kept)| (contact.as_str(), kept))
    }

    /// What it has seen of a user.
    pub fn seen(&self, user: &str) -> Seen {
        self.seen.get(user).cloned().unwrap_or_default()
    }

    /// REGISTER datagrams of all users.
    pub fn registers(&self) -> u64 {
        self.seen.values().map(|seen| seen.registers).sum()
    }

    /// Forgets bindings, nonces and transactions, as a restart does.
    pub fn restart(&mut self) {
        self.bindings.clear();
        self.nonces.clear();
        self.said.clear();
    }

    /// Answers one datagram, or not.
    pub fn handle(&mut self, now: u64, bytes: &[u8]) -> Option<Vec<u8>> {
        let message = scan(bytes).ok()?;
        let Start::Request { method, uri, .. } = message.start else { return None };
        if method != b"REGISTER" {
            return (method == b"OPTIONS").then(|| respond(&message, 200, "OK", &["Allow: REGISTER, OPTIONS".into()]));
        }
        let user = user_of(message.first(Name::To)?)?;
        let (number, _) = cseq(&message)?;
        let call_id = String::from_utf8_lossy(message.first(Name::CallId)?).into_owned();
        let seen = self.seen.entry(user.clone()).or_default();
        seen.registers += 1;
        let transaction = format!("{}", String::from_utf8_lossy(message.first(Name::Via)?));
        if now.saturating_sub(self.swept) >= SWEEP {
            self.swept = now;
            self.said.retain(|_, (at, _)| now.saturating_sub(*at) < 32_000);
        }
        if let Some((_, said)) = self.said.get(&transaction) {
            return said.clone();
        }
        seen.cseqs.push(number);
        if !seen.call_ids.contains(&call_id) {
            seen.call_ids.push(call_id.clone());
        }
        let answer = self.follow(now, &message, uri, &user, &call_id, number);
        self.said.insert(transaction, (now, answer.clone()));
        answer
    }

    /// The script's next line for this user, or the usual way.
    fn follow(
        &mut self,
        now: u64,
        message: &Message<'_>,
        uri: &[u8],
        user: &str,
        call_id: &str,
        cseq: u32,
    ) -> Option<Vec<u8>> {
        let login = self.script.accounts.get_mut(user);
        if login.as_ref().is_some_and(|login| login.silent) {
            return None;
        }
        match login.and_then(|login: &mut Login| login.lines.pop_front().or_else(|| login.always.clone())) {
            Some(Line::Silence) => None,
            Some(Line::Answer { code, reason, headers }) => {
                let headers: Vec<String> = headers.iter().map(|line| self.fill(now, line)).collect();
                Some(respond(message, code, reason, &headers))
            }
            Some(Line::Usual) | None => Some(self.register(now, message, uri, user, call_id, cseq)),
        }
    }

    /// `{nonce}` in a scripted header line stands for a new nonce.
    fn fill(&mut self, now: u64, line: &str) -> String {
        if line.contains("{nonce}") { line.replace("{nonce}", &self.issue(now)) } else { line.to_owned() }
    }

    fn register(
        &mut self,
        now: u64,
        message: &Message<'_>,
        uri: &[u8],
        user: &str,
        call_id: &str,
        cseq: u32,
    ) -> Vec<u8> {
        let Some(password) = self.script.accounts.get(user).map(|login| login.password.clone()) else {
            return respond(message, 404, "Not Found", &[]);
        };
        if self.script.challenges {
            match self.check(now, message, uri, &password) {
                Verdict::Right => {}
                Verdict::Challenge { stale } => return self.challenge(now, message, stale),
            }
        }
        self.bind(now, message, user, call_id, cseq)
    }

    fn challenge(&mut self, now: u64, message: &Message<'_>, stale: bool) -> Vec<u8> {
        let algorithms = self.script.algorithms.clone();
        let lines: Vec<String> =
            algorithms.iter().map(|algorithm| self.challenge_line(now, *algorithm, stale)).collect();
        respond(message, 401, "Unauthorized", &lines)
    }

    fn challenge_line(&mut self, now: u64, algorithm: Algorithm, stale: bool) -> String {
        let nonce = self.issue(now);
        let mut line = format!("WWW-Authenticate: Digest realm=\"{}\", nonce=\"{nonce}\"", self.script.realm);
        line.push_str(&format!(", algorithm={}", algorithm.name()));
        if let Some(qop) = self.script.qop {
            line.push_str(&format!(", qop=\"{qop}\""));
        }
        if stale {
            line.push_str(", stale=true");
        }
        line
    }

    fn issue(&mut self, now: u64) -> String {
        self.issued += 1;
        let nonce =
            Algorithm::Sha256.hash(&[self.script.realm.as_bytes(), &self.issued.to_be_bytes(), &now.to_be_bytes()]);
        let nonce = nonce[..32].to_owned();
        self.nonces.insert(nonce.clone(), Issued { at: now, used: 0 });
        nonce
    }

    /// Checks every part of the credentials (RFC 7616 §3.4.1).
    fn check(&mut self, now: u64, message: &Message<'_>, uri: &[u8], password: &str) -> Verdict {
        let Some(credentials) = message.first(Name::Authorization) else { return Verdict::Challenge { stale: false } };
        let credentials = credentials.strip_prefix(b"Digest ").unwrap_or(credentials);
        let get = |name| directive(credentials, name).unwrap_or_default();
        let wrong = Verdict::Challenge { stale: false };
        let Some(algorithm) = directive(credentials, "algorithm").map_or(Some(Algorithm::Md5), Algorithm::of) else {
            return wrong;
        };
        let nonce = String::from_utf8_lossy(get("nonce")).into_owned();
        let Some(issued) = self.nonces.get_mut(&nonce) else { return Verdict::Challenge { stale: true } };
        let policy = self.script.nonces;
        let nc = std::str::from_utf8(get("nc")).ok().and_then(|nc| u32::from_str_radix(nc, 16).ok()).unwrap_or(1);
        let old = match policy {
            NoncePolicy::Kept => false,
            NoncePolicy::Once => issued.used > 0,
            NoncePolicy::For(ms) => now.saturating_sub(issued.at) >= ms,
        };
        if old || nc <= issued.used {
            return Verdict::Challenge { stale: true };
        }
        let user = unescaped(get("username"));
        let ha1 = algorithm.hash(&[&user, self.script.realm.as_bytes(), password.as_bytes()]);
        let ha2 = algorithm.hash(&[b"REGISTER", uri]);
        let expected = match self.script.qop {
            Some(_) => {
                let parts: [&[u8]; 6] =
                    [ha1.as_bytes(), get("nonce"), get("nc"), get("cnonce"), get("qop"), ha2.as_bytes()];
                algorithm.hash(&parts)
            }
            None => algorithm.hash(&[ha1.as_bytes(), get("nonce"), ha2.as_bytes()]),
        };
        let right =
            get("response") == expected.as_bytes() && get("uri") == uri && get("realm") == self.script.realm.as_bytes();
        if !right {
            return wrong;
        }
        issued.used = nc;
        Verdict::Right
    }

    /// Binds, refreshes or undoes (RFC 3261 §10.3 steps 6 to 8).
    fn bind(&mut self, now: u64, message: &Message<'_>, user: &str, call_id: &str, cseq: u32) -> Vec<u8> {
        let header = message.first(Name::Expires).and_then(|v| number(v, 0, u32::MAX));
        for contact in contacts(message) {
            let asked = contact.expires.and_then(|v| number(v, 0, u32::MAX)).or(header).unwrap_or(3600);
            if asked > 0 && asked < self.script.least {
                return respond(message, 423, "Interval Too Brief", &[format!("Min-Expires: {}", self.script.least)]);
            }
            let key = (user.to_owned(), String::from_utf8_lossy(contact.uri).into_owned());
            if self.bindings.get(&key).is_some_and(|kept| kept.call_id == call_id && kept.cseq >= cseq) {
                return respond(message, 500, "CSeq Out Of Order", &[]);
            }
            if asked == 0 {
                self.bindings.remove(&key);
                continue;
            }
            let granted = asked.clamp(*self.script.grant.start(), *self.script.grant.end());
            let until = now + u64::from(granted) * 1000;
            self.bindings.insert(key, Kept { until, call_id: call_id.to_owned(), cseq });
        }
        if let Some(seen) = self.seen.get_mut(user) {
            seen.accepted += 1;
        }
        let listed: Vec<String> = self
            .kept(user, now)
            .map(|(contact, kept)| format!("Contact: <{contact}>;expires={}", (kept.until - now) / 1000))
            .collect();
        respond(message, 200, "OK", &listed)
    }
}

enum Verdict {
    Right,
    Challenge { stale: bool },
}

/// The user part of a To value.
fn user_of(to: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(to);
    let uri = text.split(['<', '>']).find(|part| part.contains(':'))?;
    let rest = uri.split_once(':')?.1;
    let user = rest.rsplit_once('@').map_or("", |(user, _)| user);
    Some(String::from_utf8_lossy(unquoted(user.as_bytes())).into_owned())
}

/// A response that copies what RFC 3261 §8.2.6 says.
fn respond(request: &Message<'_>, code: u16, reason: &str, headers: &[String]) -> Vec<u8> {
    let mut out = format!("SIP/2.0 {code} {reason}\r\n").into_bytes();
    for (label, name) in
        [("Via", Name::Via), ("From", Name::From), ("To", Name::To), ("Call-ID", Name::CallId), ("CSeq", Name::CSeq)]
    {
        for value in request.all(name) {
            out.extend_from_slice(label.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            if name == Name::To && code > 100 {
                out.extend_from_slice(b";tag=alta");
            }
            out.extend_from_slice(b"\r\n");
        }
    }
    for header in headers {
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"Content-Length: 0\r\n\r\n");
    out
}
