//! Who did what, when and from where, and what it was before and after. No secret is ever among it.

use std::net::IpAddr;

/// The way that somebody came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    Pages,
    Api,
    CommandLine,
    /// Alta itself.
    Program,
}

impl Via {
    pub const ALL: [Self; 4] = [Self::Pages, Self::Api, Self::CommandLine, Self::Program];

    pub fn code(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Api => "api",
            Self::CommandLine => "command_line",
            Self::Program => "program",
        }
    }

    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|via| via.code() == code)
    }
}

/// Who does something: a person's name, a token's, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub name: String,
    pub via: Via,
    pub from: Option<IpAddr>,
}

impl Actor {
    /// Whoever may run the program on this machine.
    pub fn command_line() -> Self {
        Self { name: String::new(), via: Via::CommandLine, from: None }
    }

    /// Alta itself.
    pub fn program() -> Self {
        Self { name: String::new(), via: Via::Program, from: None }
    }
}

/// What a deed is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Entry,
    Contract,
    User,
    Token,
}

impl Subject {
    pub const ALL: [Self; 4] = [Self::Entry, Self::Contract, Self::User, Self::Token];

    pub fn code(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Contract => "contract",
            Self::User => "user",
            Self::Token => "token",
        }
    }
}

macro_rules! deeds {
    ($($deed:ident $code:literal $subject:ident,)+) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Deed { $($deed,)+ }

        impl Deed {
            pub const ALL: &[Self] = &[$(Self::$deed,)+];

            pub fn code(self) -> &'static str {
                match self { $(Self::$deed => $code,)+ }
            }

            pub fn subject(self) -> Subject {
                match self { $(Self::$deed => Subject::$subject,)+ }
            }
        }
    };
}

deeds! {
    EntryAdded "entry_added" Entry,
    EntryChanged "entry_changed" Entry,
    EntryDeleted "entry_deleted" Entry,
    EntryRefreshed "entry_refreshed" Entry,
    EntryUnregistered "entry_unregistered" Entry,
    EntryTested "entry_tested" Entry,
    ContractAdded "contract_added" Contract,
    ContractChanged "contract_changed" Contract,
    ContractDeleted "contract_deleted" Contract,
    SignedIn "signed_in" User,
    SignInFailed "sign_in_failed" User,
    SignedOut "signed_out" User,
    UserAdded "user_added" User,
    UserChanged "user_changed" User,
    UserDeleted "user_deleted" User,
    PasswordChanged "password_changed" User,
    FactorEnabled "factor_enabled" User,
    FactorDisabled "factor_disabled" User,
    FactorFailed "factor_failed" User,
    RecoveryUsed "recovery_used" User,
    RecoveryRenewed "recovery_renewed" User,
    SessionsEnded "sessions_ended" User,
    TokenAdded "token_added" Token,
    TokenRevoked "token_revoked" Token,
}

impl Deed {
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|deed| deed.code() == code)
    }
}

/// A field before and after; `None` where there was or is nothing to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub field: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl Change {
    /// A secret was changed: that it was, and no more.
    pub fn secret(field: &str) -> Self {
        Self { field: field.to_owned(), before: None, after: None }
    }

    /// What there was, or is.
    pub fn new(field: &str, before: Option<&str>, after: Option<&str>) -> Self {
        let text = |value: Option<&str>| value.filter(|text| !text.is_empty()).map(ToOwned::to_owned);
        Self { field: field.to_owned(), before: text(before), after: text(after) }
    }

    /// Those of these fields that differ; of a thing that begins or ends, those that hold something.
    pub fn between(before: &[(&str, String)], after: &[(&str, String)]) -> Vec<Self> {
        let names = if before.is_empty() { after } else { before };
        let value = |fields: &[(&str, String)], name: &str| {
            fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.clone())
        };
        names
            .iter()
            .map(|(name, _)| Self::new(name, value(before, name).as_deref(), value(after, name).as_deref()))
            .filter(|change| change.before != change.after)
            .collect()
    }
}

/// One line of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub id: i64,
    /// Milliseconds since 1970 UTC.
    pub at: i64,
    pub actor: Actor,
    pub deed: Deed,
    /// Number and name of what it was done to.
    pub about: Option<i64>,
    pub name: String,
    pub changes: Vec<Change>,
}

/// Which lines are asked for; blanks ask for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// The name of who did it.
    pub who: String,
    pub deed: Option<Deed>,
    /// Part of the name of what it was done to, or the number of an entry behind `#`.
    pub about: String,
    /// Milliseconds since 1970 UTC: from the first on, before the second.
    pub from: Option<i64>,
    pub until: Option<i64>,
    pub turn: Turn,
    pub limit: usize,
}

/// From where a page of the audit goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Turn {
    #[default]
    Newest,
    /// Lines older than this one.
    Older(i64),
    /// Lines newer than this one.
    Newer(i64),
}

/// A page of the audit, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditPage {
    pub records: Vec<Record>,
    pub older: Option<i64>,
    pub newer: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told_and_codes_lead_back() {
        let before = [("ddi", "1".to_owned()), ("realm", String::new()), ("domain", "a".to_owned())];
        let after = [("ddi", "2".to_owned()), ("realm", "x".to_owned()), ("domain", "a".to_owned())];
        let changes = Change::between(&before, &after);
        assert_eq!(changes, [Change::new("ddi", Some("1"), Some("2")), Change::new("realm", None, Some("x"))]);
        assert_eq!(Change::between(&before, &[]).len(), 2, "what ends tells what it held");
        for deed in Deed::ALL {
            assert_eq!(Deed::of(deed.code()), Some(*deed));
        }
        assert!(Via::ALL.iter().all(|via| Via::of(via.code()) == Some(*via)));
    }
}
