//! Messages as people may see them: credentials and nonces blanked, controls made visible, cut.

use super::target::Target;
use super::wire::{Time, push_visible};

/// Most characters of a message that are kept.
const TEXT_MOST: usize = 4096;
/// Header fields with something in them that nobody has to see.
const SECRET: [&str; 5] =
    ["authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate", "authentication-info"];
/// Parameters of those that may be seen (RFC 7616 §3.3, §3.4), and those whose names are.
const PLAIN: [&str; 10] =
    ["username", "username*", "realm", "uri", "algorithm", "qop", "nc", "stale", "userhash", "charset"];
const NAMED: [&str; 7] = ["nonce", "nextnonce", "cnonce", "response", "rspauth", "opaque", "domain"];
const HIDDEN: &str = "•••";
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
    // Four bytes are the longest character, so no more of a hostile message is looked at than can be kept.
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(TEXT_MOST * 4)]);
    let end = text.char_indices().nth(TEXT_MOST).map_or(text.len(), |(at, _)| at);
    let text = &text[..end];
    let mut out = String::with_capacity(text.len());
    let mut secret = false;
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let folded = line.starts_with([' ', '\t']);
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let name = name.trim();
        if !folded {
            secret = SECRET.iter().any(|known| name.eq_ignore_ascii_case(known));
        }
        match (secret, folded) {
            (false, _) => push_visible(&mut out, line),
            (true, false) => {
                push_visible(&mut out, name);
                out.push_str(": ");
                push_hidden(&mut out, value.trim());
            }
            // What continues a line may begin in the middle of a value.
            (true, true) => out.push_str(" •••"),
        }
        out.push('\n');
    }
    out.trim_end().to_owned()
}

/// Writes the value of a header field that holds secrets.
fn push_hidden(out: &mut String, value: &str) {
    let (scheme, parameters) = value.split_once(' ').unwrap_or((value, ""));
    let (scheme, parameters) = if scheme.contains('=') { ("", value) } else { (scheme, parameters) };
    push_visible(out, scheme);
    if !scheme.is_empty() {
        out.push(' ');
    }
    if !scheme.is_empty() && !scheme.eq_ignore_ascii_case("Digest") {
        return out.push_str(HIDDEN);
    }
    for (at, text) in split(parameters).into_iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        push_parameter(out, text);
    }
}

fn push_parameter(out: &mut String, text: &str) {
    let Some((name, value)) = text.split_once('=') else { return out.push_str(HIDDEN) };
    let name = name.trim();
    let is_among = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    let is_plain = is_among(&PLAIN);
    if !is_plain && !is_among(&NAMED) {
        return out.push_str(HIDDEN);
    }
    push_visible(out, name);
    out.push('=');
    if is_plain { push_visible(out, value.trim()) } else { out.push_str(BLANK) }
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
                       uri=\"sip:a\", response=\"r3sponse\", cnonce=\"cn0nce\", qop=auth, nc=00000001\r\n\
                       X: a\x07b\r\nY: c\u{202e}d\r\n\r\n";
        let seen = blanked(message.as_bytes());
        for secret in ["n0nce", "r3sponse", "cn0nce"] {
            assert!(!seen.contains(secret), "{seen}");
        }
        for plain in [
            "username=\"u, \\\"x\"",
            "realm=\"r\"",
            "response=\"•••\"",
            "nc=00000001",
            "X: a␇b",
            "Y: c\u{fffd}d",
            "qop=auth",
        ] {
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
        assert_eq!(blanked(&[0xff; 100_000]), "\u{fffd}".repeat(TEXT_MOST));
        assert_eq!(blanked("é".repeat(TEXT_MOST + 1).as_bytes()), "é".repeat(TEXT_MOST));
    }
}
