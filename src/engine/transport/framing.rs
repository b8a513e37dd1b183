//! Messages out of a stream of bytes (RFC 3261 §18.3): split, merged, after empty lines. Pure.

use crate::sip::wire::MAX_MESSAGE;

/// What a stream brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    Message(Vec<u8>),
    /// Two line ends between messages: a keep-alive that wants one back (RFC 5626 §4.4.1).
    Ping,
}

/// The stream cannot be read any further (RFC 3261 §18.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// No Content-Length, or none that can be read.
    NoLength,
    TooLong,
}

/// Collects bytes until they are messages. Looks at each byte once.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    /// What stands before was taken already.
    start: usize,
    /// Up to here, from the start, there is no end of the headers.
    searched: usize,
    /// Length of the whole message, once its headers are there.
    length: Option<usize>,
}

impl Framer {
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Whether a message has begun and is not whole yet; line ends before it do not begin it.
    pub fn is_partial(&self) -> bool {
        self.rest().first().is_some_and(|byte| !matches!(byte, b'\r' | b'\n'))
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
            let body = content_length(&self.rest()[..headers]).ok_or(Broken::NoLength)?;
            self.length = Some(headers.checked_add(body).filter(|n| *n <= MAX_MESSAGE).ok_or(Broken::TooLong)?);
        }
        match self.length {
            Some(length) if self.rest().len() >= length => {
                let message = self.rest()[..length].to_vec();
                self.start += length;
                self.length = None;
                self.searched = 0;
                Ok(Some(Frame::Message(message)))
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Drops line ends in front of a message; `true` when they are a ping.
    fn skip_line_ends(&mut self) -> bool {
        let rest = self.rest();
        let ping = rest.starts_with(b"\r\n\r\n");
        let ends = if ping { 4 } else { rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count() };
        // Half a ping may still become a whole one.
        let waits = !ping && ends == rest.len() && b"\r\n\r".starts_with(rest);
        if !waits {
            self.start += ends;
        }
        ping
    }

    /// Where the headers end, with the empty line.
    fn find_end(&mut self) -> Result<Option<usize>, Broken> {
        let rest = self.rest();
        let mut at = self.searched.saturating_sub(3);
        while let Some(end) = memchr::memchr(b'\n', &rest[at..]).map(|end| at + end) {
            let after = &rest[end + 1..];
            if after.starts_with(b"\n") {
                return Ok(Some(end + 2));
            }
            if after.starts_with(b"\r\n") {
                return Ok(Some(end + 3));
            }
            at = end + 1;
        }
        self.searched = self.rest().len();
        if self.searched > MAX_MESSAGE { Err(Broken::TooLong) } else { Ok(None) }
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
            assert!(framer.next_frame().is_err(), "{}", &broken[..40.min(broken.len())]);
        }
    }

    #[test]
    fn a_line_end_that_answers_a_ping_begins_no_message() {
        let mut framer = Framer::default();
        for bytes in [b"\r".as_slice(), b"\n", b"\r"] {
            framer.push(bytes);
            assert_eq!((framer.next_frame(), framer.is_partial()), (Ok(None), false));
        }
        framer.push(&TWO[..5]);
        assert_eq!((framer.next_frame(), framer.is_partial()), (Ok(None), true));
    }
}
