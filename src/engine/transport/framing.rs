//! Messages out of a stream of bytes (RFC 3261 §18.3): split, merged, after empty lines. Pure.

use crate::sip::wire::MAX_MESSAGE;

/// What a stream brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    Message(Vec<u8>),
    /// Two line ends between messages: a keep-alive that wants one back (RFC 5626 §4.4.1).
    Ping,
}

/// The stream cannot be read any further: too large, or without a length (RFC 3261 §18.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

/// Collects bytes until they are messages. Looks at each byte once.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    /// Up to here there is no end of the headers.
    searched: usize,
    /// Length of the whole message, once its headers are there.
    length: Option<usize>,
}

impl Framer {
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether a message has begun and is not whole yet.
    pub fn is_partial(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// The next whole frame.
    ///
    /// # Errors
    /// [`Broken`]: the connection is to be closed.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, Broken> {
        if self.length.is_none() {
            if self.skip_line_ends() {
                return Ok(Some(Frame::Ping));
            }
            let Some(headers) = self.find_end()? else { return Ok(None) };
            let body = content_length(&self.buffer[..headers]).ok_or(Broken)?;
            self.length = Some(headers.checked_add(body).filter(|n| *n <= MAX_MESSAGE).ok_or(Broken)?);
        }
        match self.length {
            Some(length) if self.buffer.len() >= length => {
                let rest = self.buffer.split_off(length);
                let message = std::mem::replace(&mut self.buffer, rest);
                self.length = None;
                self.searched = 0;
                Ok(Some(Frame::Message(message)))
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Drops line ends in front of a message; `true` when they are a ping.
    fn skip_line_ends(&mut self) -> bool {
        let ping = self.buffer.starts_with(b"\r\n\r\n");
        let ends = if ping { 4 } else { self.buffer.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count() };
        // Half a ping may still become a whole one.
        let waits = !ping && ends == self.buffer.len() && b"\r\n\r".starts_with(&self.buffer);
        if !waits && ends > 0 {
            self.buffer.drain(..ends);
        }
        ping
    }

    /// Where the headers end, with the empty line.
    fn find_end(&mut self) -> Result<Option<usize>, Broken> {
        let from = self.searched.saturating_sub(3);
        let mut at = from;
        while let Some(end) = memchr::memchr(b'\n', &self.buffer[at..]).map(|end| at + end) {
            let after = &self.buffer[end + 1..];
            if after.starts_with(b"\n") {
                return Ok(Some(end + 2));
            }
            if after.starts_with(b"\r\n") {
                return Ok(Some(end + 3));
            }
            at = end + 1;
        }
        self.searched = self.buffer.len();
        if self.buffer.len() > MAX_MESSAGE { Err(Broken) } else { Ok(None) }
    }
}

/// The one Content-Length of these headers; `None` when there is none, or one that is no number, or two that differ.
fn content_length(headers: &[u8]) -> Option<usize> {
    let mut found = None;
    for line in headers.split(|b| *b == b'\n') {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let name = line[..colon].trim_ascii();
        if !name.eq_ignore_ascii_case(b"content-length") && !name.eq_ignore_ascii_case(b"l") {
            continue;
        }
        let length: usize = std::str::from_utf8(line[colon + 1..].trim_ascii()).ok()?.parse().ok()?;
        if found.is_some_and(|other| other != length) {
            return None;
        }
        found = Some(length);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &[u8] = b"SIP/2.0 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    const TWO: &[u8] = b"OPTIONS sip:a SIP/2.0\r\nl: 0\r\n\r\n";

    fn all(framer: &mut Framer) -> Vec<Frame> {
        std::iter::from_fn(|| framer.next_frame().unwrap()).collect()
    }

    #[test]
    fn messages_survive_being_split_at_any_byte_and_merged() {
        let stream = [b"\r\n".as_slice(), ONE, TWO, b"\r\n\r\n", ONE].concat();
        let expected =
            [Frame::Message(ONE.to_vec()), Frame::Message(TWO.to_vec()), Frame::Ping, Frame::Message(ONE.to_vec())];
        let mut whole = Framer::default();
        whole.push(&stream);
        assert_eq!(all(&mut whole), expected);
        for cut in 0..stream.len() {
            let mut framer = Framer::default();
            framer.push(&stream[..cut]);
            let mut frames = all(&mut framer);
            framer.push(&stream[cut..]);
            frames.extend(all(&mut framer));
            assert_eq!(frames, expected, "cut at {cut}");
            assert!(!framer.is_partial());
        }
        let mut slow = Framer::default();
        let frames: Vec<Frame> = stream
            .iter()
            .flat_map(|byte| {
                slow.push(&[*byte]);
                all(&mut slow)
            })
            .collect();
        assert_eq!(frames, expected);
    }

    #[test]
    fn what_cannot_be_framed_ends_the_stream() {
        for broken in [
            "SIP/2.0 200 OK\r\n\r\n".to_owned(),
            "SIP/2.0 200 OK\r\nContent-Length: x\r\n\r\n".to_owned(),
            "SIP/2.0 200 OK\r\nContent-Length: -1\r\n\r\n".to_owned(),
            "SIP/2.0 200 OK\r\nContent-Length: 1\r\nl: 2\r\n\r\n".to_owned(),
            "SIP/2.0 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n".to_owned(),
            format!("SIP/2.0 200 OK\r\nContent-Length: {MAX_MESSAGE}\r\n\r\n"),
            format!("X: {}", "a".repeat(MAX_MESSAGE)),
        ] {
            let mut framer = Framer::default();
            framer.push(broken.as_bytes());
            assert_eq!(framer.next_frame(), Err(Broken), "{}", &broken[..40.min(broken.len())]);
        }
    }
}
