//! SIP passwords at rest: XChaCha20-Poly1305 with a random nonce each, bound to their entry's number.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use crate::domain::account::Secret;
use crate::domain::entry::EntryId;
use crate::domain::operator::OperatorId;
use crate::entropy;

/// Names the key, so that a later one can be told from it.
const KEY_ID: u8 = 1;
const NONCE: usize = 24;

/// The key that seals.
#[derive(Clone)]
pub struct SealKey(Zeroizing<[u8; 32]>);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is not there, and there are sealed passwords that need it.
    #[error("the key file does not exist")]
    Missing,
    #[error("the key file cannot be read or written: {0}")]
    Io(#[from] io::Error),
    #[error("the key file does not hold 64 hexadecimal digits")]
    Malformed,
    /// Others than its owner may read it.
    #[error("the key file may be read by others than its owner (mode {0:o})")]
    TooOpen(u32),
    #[error(transparent)]
    Entropy(#[from] entropy::Unavailable),
}

impl SealKey {
    /// Reads the key; makes one, mode 0600, when there is none and `may_create`.
    ///
    /// # Errors
    /// See [`KeyError`]; an existing file is never changed.
    pub fn load_or_create(path: &Path, may_create: bool) -> Result<Self, KeyError> {
        match File::open(path) {
            Ok(file) => Self::load(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound && may_create => Self::create(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(KeyError::Missing),
            Err(error) => Err(error.into()),
        }
    }

    fn load(file: File) -> Result<Self, KeyError> {
        let mode = file.metadata()?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::TooOpen(mode));
        }
        let mut text = Zeroizing::new(String::new());
        file.take(1024).read_to_string(&mut text).map_err(|_| KeyError::Malformed)?;
        let text = text.trim();
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(KeyError::Malformed);
        }
        let mut key = Zeroizing::new([0; 32]);
        for (byte, pair) in key.iter_mut().zip(text.as_bytes().as_chunks::<2>().0) {
            let pair = std::str::from_utf8(pair).map_err(|_| KeyError::Malformed)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| KeyError::Malformed)?;
        }
        Ok(Self(key))
    }

    fn create(path: &Path) -> Result<Self, KeyError> {
        let key = Zeroizing::new(entropy::bytes()?);
        let text = Zeroizing::new(key.iter().map(|b| format!("{b:02x}")).collect::<String>());
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        Ok(Self(key))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }

    /// Another key, made from this one, that tells nothing of it.
    pub(super) fn derived(&self, purpose: &[u8]) -> [u8; 64] {
        Sha512::new().chain_update(b"alta derived key").chain_update(*self.0).chain_update(purpose).finalize().into()
    }

    /// Seals a text for `purpose`; `None` when the operating system gives no random nonce.
    fn seal_for(&self, purpose: &[u8], text: &[u8]) -> Option<Vec<u8>> {
        let nonce: [u8; NONCE] = entropy::bytes().ok()?;
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), Payload { msg: text, aad: purpose }).ok()?;
        Some([&[KEY_ID], nonce.as_slice(), &sealed].concat())
    }

    fn open_for(&self, purpose: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let rest = sealed.strip_prefix(&[KEY_ID])?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
        self.cipher().decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: purpose }).ok().map(Zeroizing::new)
    }

    /// Seals the password of an entry.
    pub(super) fn seal(&self, id: EntryId, password: &Secret) -> Option<Vec<u8>> {
        self.seal_for(&purpose(id), password.reveal().as_bytes())
    }

    /// Opens the password of an entry; `None` when it was sealed with another key or for another entry, or is damaged.
    pub(super) fn open(&self, id: EntryId, sealed: &[u8]) -> Option<Secret> {
        let text = self.open_for(&purpose(id), sealed)?;
        std::str::from_utf8(&text).ok().map(|text| Secret::new(text.to_owned()))
    }

    /// Seals the second factor of a person.
    pub(super) fn seal_factor(&self, id: OperatorId, secret: &[u8]) -> Option<Vec<u8>> {
        self.seal_for(&factor_of(id), secret)
    }

    /// Opens the second factor of a person; as [`SealKey::open`].
    pub(super) fn open_factor(&self, id: OperatorId, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.open_for(&factor_of(id), sealed)
    }

    /// What a later start knows this key by.
    pub(super) fn canary(&self) -> Option<Vec<u8>> {
        self.seal_for(b"canary", b"alta")
    }

    pub(super) fn knows(&self, canary: &[u8]) -> bool {
        self.open_for(b"canary", canary).is_some()
    }
}

fn factor_of(id: OperatorId) -> Vec<u8> {
    [b"second factor ".as_slice(), &id.0.to_be_bytes()].concat()
}

fn purpose(id: EntryId) -> Vec<u8> {
    [b"entry ".as_slice(), &id.0.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_password_opens_for_its_entry_and_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(matches!(SealKey::load_or_create(&path, false), Err(KeyError::Missing)));
        let key = SealKey::load_or_create(&path, true).unwrap();
        let again = SealKey::load_or_create(&path, false).unwrap();
        let other = SealKey::load_or_create(&folder.path().join("other"), true).unwrap();
        let sealed = key.seal(EntryId(7), &Secret::new("hunter2".into())).unwrap();
        assert_eq!(again.open(EntryId(7), &sealed).unwrap().reveal(), "hunter2");
        assert!(key.open(EntryId(8), &sealed).is_none() && other.open(EntryId(7), &sealed).is_none());
        assert!(key.open(EntryId(7), &sealed[..10]).is_none());
        assert!(again.knows(&key.canary().unwrap()) && !other.knows(&key.canary().unwrap()));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(SealKey::load_or_create(&path, true), Err(KeyError::TooOpen(0o644))));
    }
}
