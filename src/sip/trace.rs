//! Messages as people may see them: credentials and nonces blanked, controls made visible, cut.

use super::target::Target;
use super::wire::{Time, visible};

/// Most characters of a message that are kept.
const TEXT_MOST: usize = 4096;
/// Header fields with something in them that nobody has to see.
const SECRET: [&str; 5] =
    ["authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate", "authentication-info"];
/// Parameters of those that may be seen (RFC 7616 §3.3, §3.4), and those whose names are.
const PLAIN: [&str; 10] =
    ["username", "username*", "realm", "uri", "algorithm", "qop", "nc", "stale", "userhash", "charset"];
const NAMED: [&str; 7] = ["nonce", "nextnonce", "cnonce", "response", "rspauth", "opaque", "domain"];
const BLANK: &str = "\"•••\"";

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Sent,
    Received,
    /// Nobody answered, or it could not be sent: the text is empty.
    Lost,
}

/// A message of an exchange, or the lack of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    pub at: Time,
    pub way: Way,
    pub target: Target,
    pub text: String,
}

/// A message without its secrets.
pub fn blanked(bytes: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(bytes).chars().take(TEXT_MOST).collect();
    let mut out = String::with_capacity(text.len());
    let mut secret = false;
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let folded = line.starts_with([' ', '\t']);
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        if !folded {
            secret = SECRET.iter().any(|known| name.trim().eq_ignore_ascii_case(known));
        }
        match (secret, folded) {
            (false, _) => out.extend(line.chars().map(visible)),
            (true, false) => out.extend(format!("{}: {}", name.trim(), hidden(value)).chars().map(visible)),
            // What continues a line may begin in the middle of a value.
            (true, true) => out.push_str(" •••"),
        }
        out.push('\n');
    }
    out.trim_end().to_owned()
}

/// The value of a header field that holds secrets.
fn hidden(value: &str) -> String {
    let value = value.trim();
    let (scheme, parameters) = value.split_once(' ').unwrap_or((value, ""));
    let (scheme, parameters) = if scheme.contains('=') { ("", value) } else { (scheme, parameters) };
    if !scheme.is_empty() && !scheme.eq_ignore_ascii_case("Digest") {
        return format!("{scheme} •••");
    }
    let shown: Vec<String> = split(parameters).into_iter().map(parameter).collect();
    format!("{scheme} {}", shown.join(", ")).trim().to_owned()
}

fn parameter(text: &str) -> String {
    let Some((name, value)) = text.split_once('=') else { return "•••".to_owned() };
    let name = name.trim();
    if PLAIN.iter().any(|plain| name.eq_ignore_ascii_case(plain)) {
        format!("{name}={}", value.trim())
    } else if NAMED.iter().any(|named| name.eq_ignore_ascii_case(named)) {
        format!("{name}={BLANK}")
    } else {
        "•••".to_owned()
    }
}

/// Parts between commas that stand in no quotes.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(text[begin..at].trim());
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[begin..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_seen_and_everything_else_is() {
        let message = "REGISTER sip:a SIP/2.0\r\nAuthorization: Digest username=\"u, \\\"x\", realm=\"r\", nonce=\"n0nce\", \
                       uri=\"sip:a\", response=\"r3sponse\", cnonce=\"cn0nce\", qop=auth, nc=00000001\r\nX: a\x07b\r\n\r\n";
        let seen = blanked(message.as_bytes());
        for secret in ["n0nce", "r3sponse", "cn0nce"] {
            assert!(!seen.contains(secret), "{seen}");
        }
        for plain in ["username=\"u, \\\"x\"", "realm=\"r\"", "response=\"•••\"", "nc=00000001", "X: a␇b", "qop=auth"]
        {
            assert!(seen.contains(plain), "{plain}: {seen}");
        }
        for hostile in [
            "Authorization: Basic c3VwZXI=",
            "authorization : Digest\r\n response=\"c3VwZXI=\"",
            "WWW-Authenticate: Digest nonce=c3VwZXI=",
            "Authentication-Info: nextnonce=\"c3VwZXI=\"",
            "Proxy-Authorization: Digest \"c3VwZXI=",
            "PROXY-AUTHENTICATE: Digest realm=\"x\", opaque=\"c3VwZXI=\", qop=\"auth\"",
        ] {
            let seen = blanked(format!("SIP/2.0 401 X\r\n{hostile}\r\n\r\n").as_bytes());
            assert!(!seen.contains("c3VwZXI="), "{seen}");
        }
        assert!(blanked(&[0xff; 100_000]).chars().count() <= TEXT_MOST);
    }
}
