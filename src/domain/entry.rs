//! A stored SIP registration of the operator's list, and the rules of its fields.

use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;
use thin_vec::ThinVec;

use super::account::{Account, Credentials, Hop, Peer, Secret};
pub use super::fault::{ContractId, EntryId, Fault, bounded};
use super::terms::{Numbering, Terms};
use super::uri::{HostPort, ServerUri};

/// A field of an entry, by its name in forms and in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    Username,
    Domain,
    Password,
    Ddi,
    Contract,
    User,
    RegisterServerUri,
    Realm,
    Expire,
    Enabled,
}

impl Field {
    pub const ALL: [Self; 10] = [
        Self::Username,
        Self::Domain,
        Self::Password,
        Self::Ddi,
        Self::Contract,
        Self::User,
        Self::RegisterServerUri,
        Self::Realm,
        Self::Expire,
        Self::Enabled,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Domain => "domain",
            Self::Password => "password",
            Self::Ddi => "ddi",
            Self::Contract => "contract_id",
            Self::User => "user",
            Self::RegisterServerUri => "register_server_uri",
            Self::Realm => "realm",
            Self::Expire => "expire",
            Self::Enabled => "enabled",
        }
    }
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Most characters that it may have.
            pub const MAX: usize = $max;

            /// # Errors
            /// As [`bounded`].
            pub fn parse(text: &str) -> Result<Self, Fault> {
                bounded(text, Self::MAX).map(|t| Self(t.to_owned()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text!(
    /// User part of To and From.
    Username, 64
);
text!(
    /// User part of the Contact; what the provider puts in the Request-URI of incoming calls.
    Ddi, 64
);
text!(
    /// Authentication user.
    AuthUser, 64
);
text!(
    /// The only realm that is answered.
    Realm, 190
);

/// Host and optional port of the registrar, 1 to 190 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Domain(HostPort);

impl Domain {
    pub const MAX: usize = 190;

    /// # Errors
    /// As [`bounded`], and [`Fault::NotAHost`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = bounded(text, Self::MAX)?;
        text.parse().map(Self).map_err(|_| Fault::NotAHost)
    }

    pub fn host_port(&self) -> &HostPort {
        &self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Seconds to ask the registrar for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expire(u32);

impl Expire {
    pub const MIN: u32 = 60;
    pub const MAX: u32 = 86_400;
    pub const DEFAULT: Self = Self(3600);

    /// # Errors
    /// [`Fault::OutOfRange`].
    pub fn new(seconds: u32) -> Result<Self, Fault> {
        if (Self::MIN..=Self::MAX).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(Fault::OutOfRange { min: Self::MIN, max: Self::MAX })
        }
    }

    /// # Errors
    /// [`Fault::NotANumber`] and [`Fault::OutOfRange`]; an empty text is the default.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::DEFAULT);
        }
        if text.chars().any(char::is_control) {
            return Err(Fault::Control);
        }
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Fault::NotANumber);
        }
        Self::new(text.parse().unwrap_or(u32::MAX))
    }

    pub fn seconds(self) -> u32 {
        self.0
    }
}

/// Most characters of a password.
pub const PASSWORD_MAX: usize = 128;

/// Reads a SIP password: 1 to 128 printable characters, outer blanks trimmed.
///
/// # Errors
/// As [`bounded`].
pub fn password(text: &str) -> Result<Secret, Fault> {
    bounded(text, PASSWORD_MAX).map(|t| Secret::new(t.to_owned()))
}

/// Reads a *Register server URI*; empty means `sip:Domain`.
///
/// # Errors
/// As [`bounded`], and [`Fault::NotAServerUri`].
pub fn register_server_uri(text: &str) -> Result<ServerUri, Fault> {
    bounded(text, 255)?.parse().map_err(|_| Fault::NotAServerUri)
}

/// What an operator says of an entry, without its number and its password. Blanks stay blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    pub username: Username,
    pub domain: Domain,
    pub ddi: Ddi,
    pub contract: Option<ContractId>,
    pub user: Option<AuthUser>,
    pub register_server_uri: Option<ServerUri>,
    pub realm: Option<Realm>,
    pub expire: Expire,
    pub enabled: bool,
}

impl Details {
    /// An enabled entry that says only what it must.
    pub fn new(username: Username, domain: Domain, ddi: Ddi) -> Details {
        Details {
            username,
            domain,
            ddi,
            contract: None,
            user: None,
            register_server_uri: None,
            realm: None,
            expire: Expire::DEFAULT,
            enabled: true,
        }
    }

    /// `username@domain`: what an operator calls this entry, and what is unique beside the DDI.
    pub fn name(&self) -> String {
        format!("{}@{}", self.username, self.domain)
    }

    /// What the audit tells of it, by field.
    pub fn told(&self) -> Vec<(&'static str, String)> {
        fn shown(value: Option<impl ToString>) -> String {
            value.map(|value| value.to_string()).unwrap_or_default()
        }
        vec![
            (Field::Username.name(), self.username.to_string()),
            (Field::Domain.name(), self.domain.to_string()),
            (Field::Ddi.name(), self.ddi.to_string()),
            (Field::Contract.name(), shown(self.contract)),
            (Field::User.name(), shown(self.user.as_ref())),
            (Field::RegisterServerUri.name(), shown(self.register_server_uri.as_ref())),
            (Field::Realm.name(), shown(self.realm.as_ref())),
            (Field::Expire.name(), self.expire.seconds().to_string()),
            (Field::Enabled.name(), self.enabled.to_string()),
        ]
    }

    /// The authentication user that is used: User, or Username when that is blank.
    pub fn effective_user(&self) -> &str {
        self.user.as_ref().map_or(self.username.as_str(), AuthUser::as_str)
    }

    /// Where the registrar is: at Register server URI, or at `sip:Domain` when that is blank.
    pub fn hop(&self) -> Hop {
        match &self.register_server_uri {
            Some(uri) => Hop::of_uri(uri),
            None => Hop::of_domain(self.domain.host_port()),
        }
    }

    fn peer(&self, terms: &Terms) -> Peer {
        match &terms.outbound_proxy {
            Some(proxy) => Peer { hop: Hop::of_uri(proxy), beyond: Some(self.hop()), pace: terms.pace },
            None => Peer { hop: self.hop(), beyond: None, pace: terms.pace },
        }
    }

    /// The hops that are set beforehand: an outbound proxy, and the Register server URI behind it.
    fn route(&self, terms: &Terms) -> ThinVec<ServerUri> {
        let proxy = terms.outbound_proxy.iter();
        proxy.flat_map(|proxy| [Some(proxy), self.register_server_uri.as_ref()]).flatten().cloned().collect()
    }

    fn contact_user(&self, numbering: Numbering, call_id: &str) -> CompactString {
        match numbering {
            Numbering::OneDdi | Numbering::MultiDdi => self.ddi.as_str().into(),
            // As random as the Call-ID, and as lasting.
            Numbering::RandomUser => call_id.chars().filter(char::is_ascii_alphanumeric).take(16).collect(),
        }
    }

    /// What the engine needs to register this entry with this password, under these terms. `call_id` is the one that the
    /// entry has for life.
    pub fn account(&self, password: Secret, call_id: &str, terms: Arc<Terms>) -> Account {
        Account {
            username: self.username.as_str().into(),
            domain: Arc::new(self.domain.host_port().clone()),
            contact_user: self.contact_user(terms.numbering, call_id),
            peer: Arc::new(self.peer(&terms)),
            route: self.route(&terms),
            credentials: Credentials {
                user: self.effective_user().into(),
                password,
                realm: self.realm.as_ref().map(|realm| realm.as_str().into()),
            },
            expire: self.expire.seconds(),
            terms,
        }
    }
}

/// An entry as the operator wants it stored: parsed, true, not yet numbered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub details: Details,
    /// `None` keeps the password that is stored; a new entry always has one.
    pub password: Option<Secret>,
}

/// A stored entry. Its password stays sealed in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: EntryId,
    pub details: Details,
}

/// Why the store did not do what was asked of it with entries and contracts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    #[error("no such entry")]
    NotFound,
    /// These fields of these drafts, by their place in the batch (0 for a single one), cannot be stored.
    #[error("refused: {0:?}")]
    Refused(Vec<(usize, Field, Fault)>),
    /// The row is there and cannot be read, or its password cannot be unsealed.
    #[error("entry {0} is damaged")]
    Corrupt(EntryId),
    #[error("the database is away")]
    Unavailable,
}

impl EntryError {
    /// What is wrong with the fields of a single draft.
    ///
    /// # Errors
    /// Any other reason, as it is.
    pub fn of_one(self) -> Result<Vec<(Field, Fault)>, Self> {
        match self {
            Self::Refused(faults) => Ok(faults.into_iter().map(|(_, field, fault)| (field, fault)).collect()),
            Self::NotFound | Self::Corrupt(_) | Self::Unavailable => Err(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_trimmed_and_bounded_and_hold_no_controls() {
        assert_eq!(Username::parse("  961 ").map(|u| u.to_string()), Ok("961".into()));
        assert_eq!(Username::parse(" \t "), Err(Fault::Required));
        assert_eq!(Username::parse(&"x".repeat(65)), Err(Fault::TooLong { max: 64 }));
        for control in ["a\r\nVia: x", "a\0b", "a\n", "\u{7f}a", "a\u{85}b"] {
            assert_eq!(Username::parse(control), Err(Fault::Control), "{control:?}");
            assert_eq!(password(control), Err(Fault::Control), "{control:?}");
            assert_eq!(Domain::parse(control), Err(Fault::Control), "{control:?}");
            assert_eq!(register_server_uri(control), Err(Fault::Control), "{control:?}");
        }
        assert_eq!(password(" p w ").map(|p| p.reveal().to_owned()), Ok("p w".into()));
    }

    #[test]
    fn expire_is_60_to_86400_and_3600_when_blank() {
        assert_eq!(Expire::parse("").map(Expire::seconds), Ok(3600));
        assert_eq!(Expire::parse("60").map(Expire::seconds), Ok(60));
        for wrong in ["59", "86401", "99999999999999"] {
            assert_eq!(Expire::parse(wrong), Err(Fault::OutOfRange { min: 60, max: 86_400 }), "{wrong}");
        }
        for wrong in ["-1", "1e3", "+60", "6 0"] {
            assert_eq!(Expire::parse(wrong), Err(Fault::NotANumber), "{wrong}");
        }
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".into())), "••••");
    }
}
