//! The hashes of digest access authentication (RFC 7616 §6.1, RFC 8760), without a piece of memory asked for: every request
//! takes three of them.

use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};
use zeroize::Zeroize;

use super::wire::write_hex;

/// A hash and whether its HA1 covers the session, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    Md5,
    Md5Sess,
    Sha256,
    Sha256Sess,
    Sha512T256,
    Sha512T256Sess,
}

impl Algorithm {
    const ALL: [Self; 6] =
        [Self::Md5, Self::Md5Sess, Self::Sha256, Self::Sha256Sess, Self::Sha512T256, Self::Sha512T256Sess];

    /// As RFC 7616 §6.1 registers it; printed without quotes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
            Self::Sha512T256 => "SHA-512-256",
            Self::Sha512T256Sess => "SHA-512-256-sess",
        }
    }

    /// The algorithm of this name, without case.
    pub fn of(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|a| name.eq_ignore_ascii_case(a.name().as_bytes()))
    }

    /// Whether its HA1 covers nonce and client nonce, too (RFC 7616 §3.4.2).
    pub fn is_session(self) -> bool {
        matches!(self, Self::Md5Sess | Self::Sha256Sess | Self::Sha512T256Sess)
    }

    /// Lower-case hex of the hash over the parts, joined by colons.
    pub fn hash(self, parts: &[&[u8]]) -> String {
        String::from_utf8_lossy(self.digest(parts).digits().as_bytes()).into_owned()
    }

    /// The hash over the parts, joined by colons.
    pub(super) fn digest(self, parts: &[&[u8]]) -> Hash {
        match self {
            Self::Md5 | Self::Md5Sess => joined::<Md5>(parts),
            Self::Sha256 | Self::Sha256Sess => joined::<Sha256>(parts),
            Self::Sha512T256 | Self::Sha512T256Sess => joined::<Sha512_256>(parts),
        }
    }
}

fn joined<D: Digest>(parts: &[&[u8]]) -> Hash {
    let mut hash = D::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hash.update(b":");
        }
        hash.update(part);
    }
    let (made, mut bytes) = (hash.finalize(), [0; MOST]);
    let length = made.len().min(MOST);
    bytes[..length].copy_from_slice(&made[..length]);
    Hash { bytes, length }
}

/// Bytes of the longest.
const MOST: usize = 32;

/// The bytes of a hash.
pub(super) struct Hash {
    bytes: [u8; MOST],
    length: usize,
}

impl Hash {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub(super) fn digits(&self) -> Digits {
        Digits::of(self.as_bytes())
    }
}

impl Zeroize for Hash {
    fn zeroize(&mut self) {
        self.bytes.zeroize();
    }
}

/// A hash as it is written, and hashed again: in lower-case hexadecimal digits.
pub(super) struct Digits {
    digits: [u8; 2 * MOST],
    length: usize,
}

impl Digits {
    /// Those of as many bytes as a hash has at most.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let (mut digits, length) = ([0; 2 * MOST], bytes.len().min(MOST));
        write_hex(&mut digits, &bytes[..length]);
        Self { digits, length: 2 * length }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.digits[..self.length]
    }
}

impl Zeroize for Digits {
    fn zeroize(&mut self) {
        self.digits[..self.length].zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616 §3.9.1 gives its client nonce as text; ours are numbers, so the vectors are held against the hash itself.
    #[test]
    fn the_vectors_of_rfc_7616() {
        let cnonce = b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let nonce = b"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        for (algorithm, response) in [
            (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
            (Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let ha1 = algorithm.hash(&[b"Mufasa", b"http-auth@example.org", b"Circle of Life"]);
            let ha2 = algorithm.hash(&[b"GET", b"/dir/index.html"]);
            assert_eq!(
                algorithm.hash(&[ha1.as_bytes(), nonce, b"00000001", cnonce, b"auth", ha2.as_bytes()]),
                response
            );
        }
    }
}
