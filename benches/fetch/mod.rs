//! Pages over one connection, read to their end: no more between the clock and the server than that.

use std::io::{Read, Write};
use std::net::TcpStream;

/// Asks for a page; its text.
pub(crate) fn page(stream: &mut TcpStream, path: &str, cookies: &str) -> String {
    // In one piece: several would wait for each other's acknowledgement (Nagle) and measure that.
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookies}\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("written");
    let (mut read, mut buffer) = (Vec::new(), vec![0; 65_536]);
    loop {
        let length = stream.read(&mut buffer).expect("read");
        assert!(length > 0, "the connection was closed");
        read.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&read);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let announced =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
        let announced: usize = announced.and_then(|n| n.parse().ok()).expect("a length");
        if read.len() >= head.len() + 4 + announced {
            return body.to_owned();
        }
    }
}

/// The address of a page far down the list: `pages` of a hundred rows further than `path`.
pub(crate) fn deep(stream: &mut TcpStream, path: &str, cookies: &str, pages: usize) -> String {
    let mut path = path.to_owned();
    for _ in 0..pages {
        let text = page(stream, &path, cookies);
        let (_, rest) = text.split_once("rel=\"next\" href=\"").expect("a next page");
        path = rest.split('"').next().expect("an address").replace("&#38;", "&").replace("&amp;", "&");
    }
    path
}
