//! Writing a REGISTER straight into a buffer (RFC 3261 §10.2).

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::LazyLock;

use arcstr::ArcStr;
use compact_str::CompactString;
use memchr::memmem::Finder;

use super::digest::Nonce;
use super::header::Challenger;
use super::wire::{Time, Transport, push_address, push_decimal, push_hex, push_host_port};
use crate::domain::account::Account;
use crate::domain::terms::Numbering;
use crate::domain::uri::HostPort;

/// Methods that we answer with something else than a refusal.
pub const ALLOW: &str = "OPTIONS";
/// Begins every branch of RFC 3261 (§8.1.1.7).
pub const MAGIC: &str = "z9hG4bK";
/// It takes longer to get ready for a search than to find it.
static FIND_MAGIC: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MAGIC));
/// Bytes of a message within which its topmost Via usually ends.
const NEAR: usize = 256;

/// What names a transaction's branch: the slot of its registration, which of its transactions it is, and a keyed check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    pub slot: u32,
    pub generation: u32,
    pub check: u64,
}

impl Branch {
    /// The branch parameter's value.
    pub fn print(self) -> String {
        let mut out = Vec::with_capacity(39);
        self.write(&mut out);
        // Letters and hexadecimal digits are always text.
        String::from_utf8(out).unwrap_or_default()
    }

    fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(MAGIC.as_bytes());
        push_hex(out, self.slot.to_be_bytes());
        push_hex(out, self.generation.to_be_bytes());
        push_hex(out, self.check.to_be_bytes());
    }

    /// The slot of a branch that seems to be ours and stands near the beginning of a message, of which nothing is checked.
    pub fn glimpse(message: &[u8]) -> Option<u32> {
        let head = message.get(..NEAR).unwrap_or(message);
        let at = FIND_MAGIC.find(head)? + MAGIC.len();
        u32::from_str_radix(std::str::from_utf8(head.get(at..at + 8)?).ok()?, 16).ok()
    }

    /// Reads a branch that we may have made; whether the check is right is the caller's question.
    pub fn read(text: &[u8]) -> Option<Self> {
        // A token has no case (RFC 3261 §7.3.1).
        let (magic, hex) = text.split_at_checked(MAGIC.len())?;
        let hex: &[u8; 32] = hex.try_into().ok().filter(|_| magic.eq_ignore_ascii_case(MAGIC.as_bytes()))?;
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0, |number, digit| Some(number << 4 | u64::from(char::from(*digit).to_digit(16)?)))
        };
        Some(Self {
            slot: u32::try_from(number(&hex[..8])?).ok()?,
            generation: u32::try_from(number(&hex[8..16])?).ok()?,
            check: number(&hex[16..])?,
        })
    }
}

/// Escapes the user part of a URI (RFC 3261 §25.1 `user`).
fn push_user(out: &mut Vec<u8>, user: &str) {
    for byte in user.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(byte),
            b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')' => out.push(byte),
            b'&' | b'=' | b'+' | b'$' | b',' | b';' | b'?' | b'/' => out.push(byte),
            // Writing to a vector cannot fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
}

/// Writes the Contact URI `sip:DDI@address` of an account: `announced` when it is set, else the local address of the
/// flow, with its transport. Without a user and with `bnc` it stands for all numbers of the account (RFC 6140 §5.2); with
/// `ob` it asks that calls come back over the flow (RFC 5626 §4.3).
pub fn push_contact_uri(
    out: &mut Vec<u8>,
    account: &Account,
    announced: Option<&HostPort>,
    transport: Transport,
    local: SocketAddr,
    outbound: bool,
) {
    out.extend_from_slice(b"sip:");
    let is_bulk = match account.terms.numbering {
        Numbering::OneDdi | Numbering::RandomUser => false,
        Numbering::MultiDdi => true,
    };
    if !is_bulk {
        push_user(out, &account.contact_user);
        out.push(b'@');
    }
    match (announced, transport) {
        (Some(address), _) => push_host_port(out, address),
        (None, Transport::Udp) => push_address(out, local),
        (None, Transport::Tcp | Transport::Tls) => {
            push_address(out, local);
            push(out, &[";transport=", transport.as_str()]);
        }
    }
    push(out, &[if is_bulk { ";bnc" } else { "" }, if outbound { ";ob" } else { "" }]);
}

/// What names this user agent among those of an AOR, for its whole life (RFC 5626 §4.1): a UUID out of the Call-ID, which
/// is as random and as lasting.
pub fn instance(call_id: &str) -> String {
    let mut digits: Vec<char> = call_id.chars().filter(char::is_ascii_hexdigit).take(32).collect();
    digits.resize(32, '0');
    // Version and variant of a random one (RFC 9562 §5.4).
    digits[12] = '4';
    digits[16] = '8';
    let text: String = digits.into_iter().collect();
    format!("urn:uuid:{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

/// Writes the Request-URI: the registrar, never with a user part (RFC 3261 §10.2).
fn push_request_uri(out: &mut Vec<u8>, account: &Account) {
    out.extend_from_slice(b"sip:");
    push_host_port(out, &account.domain);
}

/// The Request-URI of an account.
pub fn request_uri(account: &Account) -> CompactString {
    let mut out = Vec::new();
    push_request_uri(&mut out, account);
    CompactString::from_utf8_lossy(&out)
}

/// One REGISTER.
#[derive(Debug)]
pub struct Register<'a> {
    pub account: &'a Account,
    pub transport: Transport,
    /// Where answers shall come: our sent-by.
    pub local: SocketAddr,
    pub branch: Branch,
    pub from_tag: u64,
    pub call_id: &'a str,
    pub cseq: u32,
    /// Without one, it only asks which bindings there are (RFC 3261 §10.2.3).
    pub contact: Option<&'a str>,
    /// Seconds asked for; 0 unregisters.
    pub expires: u32,
    /// Whether the flow is to be kept (RFC 5626).
    pub outbound: bool,
    pub user_agent: &'a str,
    /// Those that it answers; their use is counted already.
    pub nonces: &'a [Nonce],
}

impl Register<'_> {
    /// Writes the message as it travels.
    pub fn write(&self, out: &mut Vec<u8>) {
        let transport = match self.transport {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
        };
        push(out, &["REGISTER "]);
        let uri = out.len();
        push_request_uri(out, self.account);
        let host = uri + 4..out.len();
        let uri = CompactString::from_utf8_lossy(&out[uri..]);
        line(out, &[" SIP/2.0"]);
        push(out, &["Via: SIP/2.0/", transport, " "]);
        push_address(out, self.local);
        push(out, &[";branch="]);
        self.branch.write(out);
        line(out, &[";rport"]);
        line(out, &["Max-Forwards: 70"]);
        for hop in &self.account.route {
            line(out, &["Route: <", &hop.to_string(), ";lr>"]);
        }
        push(out, &["From: <"]);
        let aor = out.len();
        push(out, &["sip:"]);
        push_user(out, &self.account.username);
        push(out, &["@"]);
        out.extend_from_within(host);
        let aor = aor..out.len();
        push(out, &[">;tag="]);
        push_hex(out, self.from_tag.to_be_bytes());
        line(out, &[]);
        push(out, &["To: <"]);
        out.extend_from_within(aor);
        line(out, &[">"]);
        line(out, &["Call-ID: ", self.call_id]);
        push(out, &["CSeq: "]);
        push_decimal(out, u64::from(self.cseq));
        line(out, &[" REGISTER"]);
        if let Some(contact) = self.contact {
            self.write_contact(out, contact);
        }
        for nonce in self.nonces {
            let name = match nonce.from {
                Challenger::Registrar => "Authorization: ",
                Challenger::Proxy => "Proxy-Authorization: ",
            };
            push(out, &[name]);
            nonce.write("REGISTER", &uri, &self.account.credentials.user, out);
            line(out, &[]);
        }
        line(out, &["Allow: ", ALLOW]);
        line(out, &[if self.outbound { "Supported: path, outbound" } else { "Supported: path" }]);
        if self.account.terms.numbering == Numbering::MultiDdi && self.contact.is_some() {
            // RFC 6140 §5.2: who does not know bulk numbers must not take them for one.
            line(out, &["Require: gin"]);
            line(out, &["Proxy-Require: gin"]);
        }
        line(out, &["User-Agent: ", self.user_agent]);
        line(out, &["Content-Length: 0"]);
        line(out, &[]);
    }

    fn write_contact(&self, out: &mut Vec<u8>, contact: &str) {
        push(out, &["Contact: <", contact, ">"]);
        if self.outbound {
            push(out, &[";+sip.instance=\"<", &instance(self.call_id), ">\";reg-id=1"]);
        }
        for label in [";expires=", "Expires: "] {
            push(out, &[label]);
            push_decimal(out, u64::from(self.expires));
            line(out, &[]);
        }
    }
}

fn push(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

fn line(out: &mut Vec<u8>, parts: &[&str]) {
    push(out, parts);
    out.extend_from_slice(b"\r\n");
}

/// What was sent, as far as reading its answer needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub at: Time,
    pub contact: ArcStr,
    pub asked: u32,
    pub transport: Transport,
    /// Whether it asked that the flow be kept (RFC 5626).
    pub outbound: bool,
    /// Our sent-by.
    pub local: SocketAddr,
    /// Whether the provider challenged, or took our credentials, in this attempt.
    pub authenticated: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::domain::account::{Credentials, Peer, Secret};
    use crate::domain::terms::Terms;
    use crate::sip::digest::{Algorithm, Qop};
    use crate::sip::header::sample_challenge;
    use rsip::prelude::*;

    fn account() -> Account {
        let domain: HostPort = "sip.example:5070".parse().unwrap();
        Account {
            username: "a b@é".into(),
            peer: Arc::new(Peer::of_domain(&domain)),
            route: Default::default(),
            domain: domain.into(),
            contact_user: "+34900".into(),
            credentials: Credentials { user: "u".into(), password: Secret::new("p".into()), realm: None },
            expire: 3600,
            terms: Arc::default(),
        }
    }

    fn contact_uri(
        account: &Account,
        announced: Option<&HostPort>,
        transport: Transport,
        local: SocketAddr,
        outbound: bool,
    ) -> String {
        let mut out = Vec::new();
        push_contact_uri(&mut out, account, announced, transport, local, outbound);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_slot_of_an_answer_is_glimpsed_and_nothing_else_is() {
        let branch = Branch { slot: 0xfe_0007, generation: 3, check: 0x1234 }.print();
        let answer = format!("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch={branch};rport=5060\r\n\r\n");
        assert_eq!(Branch::glimpse(answer.as_bytes()), Some(0xfe_0007));
        for cut in [&answer.as_bytes()[..69], b"", b"\r\n", b"z9hG4bK", b"z9hG4bK-0000001", &[b'x'; 70_000]] {
            assert_eq!(Branch::glimpse(cut), None, "{}", String::from_utf8_lossy(cut));
        }
        let far = [&[b' '; NEAR], branch.as_bytes()].concat();
        assert_eq!(Branch::glimpse(&far), None);
    }

    #[test]
    fn a_register_reads_back_the_same_by_another_reader() {
        let account = account();
        let branch = Branch { slot: 7, generation: 3, check: 0x1234 };
        let local = "192.0.2.1:5070".parse().unwrap();
        let contact = contact_uri(&account, None, Transport::Udp, local, false);
        let challenge = sample_challenge(None, Some("auth"));
        let nonce = Nonce::keep(Algorithm::Md5, Some(Qop::Auth), &challenge, &account.credentials);
        let register = Register {
            account: &account,
            transport: Transport::Udp,
            local,
            branch,
            from_tag: 0xfeed,
            call_id: "abc@alta",
            cseq: 17,
            contact: Some(&contact),
            expires: 3600,
            outbound: false,
            user_agent: "Alta/1",
            nonces: &[nonce],
        };
        let mut bytes = Vec::new();
        register.write(&mut bytes);
        let read = rsip::Request::try_from(bytes).unwrap();
        assert_eq!(read.method, rsip::Method::Register);
        assert_eq!(read.uri.to_string(), "sip:sip.example:5070");
        assert_eq!(read.cseq_header().unwrap().typed().unwrap().seq, 17);
        assert_eq!(read.call_id_header().unwrap().value(), "abc@alta");
        assert_eq!(read.from_header().unwrap().value(), "<sip:a%20b%40%C3%A9@sip.example:5070>;tag=000000000000feed");
        assert_eq!(read.to_header().unwrap().value(), "<sip:a%20b%40%C3%A9@sip.example:5070>");
        assert_eq!(read.contact_header().unwrap().value(), "<sip:+34900@192.0.2.1:5070>;expires=3600");
        assert_eq!(read.max_forwards_header().unwrap().value(), "70");
        let authorization = read.authorization_header().unwrap().value().to_owned();
        assert!(authorization.starts_with("Digest username=\"u\", realm=\"http-auth@example.org\""), "{authorization}");
        let via = read.via_header().unwrap().value().to_owned();
        assert_eq!(via, "SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK00000007000000030000000000001234;rport");
        assert_eq!(Branch::read(branch.print().as_bytes()), Some(branch));
    }

    #[test]
    fn a_contact_is_as_the_terms_have_it() {
        let local = "192.0.2.1:5070".parse().unwrap();
        let with = |numbering, announced: Option<&HostPort>, transport, outbound| {
            let account = Account { terms: Arc::new(Terms { numbering, ..Terms::default() }), ..account() };
            contact_uri(&account, announced, transport, local, outbound)
        };
        let announced: HostPort = "calls.example".parse().unwrap();
        assert_eq!(with(Numbering::MultiDdi, None, Transport::Udp, false), "sip:192.0.2.1:5070;bnc");
        assert_eq!(with(Numbering::MultiDdi, Some(&announced), Transport::Tcp, false), "sip:calls.example;bnc");
        assert_eq!(with(Numbering::OneDdi, None, Transport::Tls, true), "sip:+34900@192.0.2.1:5070;transport=tls;ob");
        assert_eq!(with(Numbering::RandomUser, Some(&announced), Transport::Udp, false), "sip:+34900@calls.example");
        assert_eq!(instance("0123456789abcdef0123456789abcdef"), "urn:uuid:01234567-89ab-4def-8123-456789abcdef");
    }

    #[test]
    fn only_our_branches_are_read() {
        for text in [
            "",
            "z9hG4bK",
            "z9hG4bK0000000700000003000000000000123",
            "z9hG4bK0000000700000003000000000000123é",
            "z9hG4bK+000000700000003000000000000123x",
        ] {
            assert_eq!(Branch::read(text.as_bytes()), None, "{text}");
        }
    }
}
