//! A peering contract: what the operator files entries under, and how those register.

use std::net::SocketAddr;

pub use super::fault::{ContractId, Fault, bounded};
use super::terms::{Numbering, Terms};
use super::uri::{HostPort, ServerUri};

/// What the operator says of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractDraft {
    /// 1 to 100 characters, unique.
    name: String,
    /// At most 500 characters, may be empty.
    description: String,
    terms: Terms,
}

/// A field of a contract, by its name in forms and in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContractField {
    Name,
    Description,
    Numbering,
    ContactAddress,
    LocalAddress,
    OutboundProxy,
    Outbound,
    Pace,
}

impl ContractField {
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Description,
        Self::Numbering,
        Self::ContactAddress,
        Self::LocalAddress,
        Self::OutboundProxy,
        Self::Outbound,
        Self::Pace,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Description => "description",
            Self::Numbering => "numbering",
            Self::ContactAddress => "contact_address",
            Self::LocalAddress => "local_address",
            Self::OutboundProxy => "outbound_proxy",
            Self::Outbound => "outbound",
            Self::Pace => "pace",
        }
    }
}

/// What is wrong with a contract: each field, and what.
pub type ContractFaults = Vec<(ContractField, Fault)>;

/// Reads the text of a field that may stay blank.
fn optional<T>(
    faults: &mut ContractFaults,
    field: ContractField,
    text: &str,
    read: impl FnOnce(&str) -> Result<T, Fault>,
) -> Option<T> {
    match bounded(text, 255).and_then(read) {
        Ok(value) => Some(value),
        Err(Fault::Required) => None,
        Err(fault) => {
            faults.push((field, fault));
            None
        }
    }
}

fn pace(text: &str) -> Result<u32, Fault> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Fault::NotANumber);
    }
    let bounds = Terms::PACE_MIN..=Terms::PACE_MAX;
    let pace = text.parse().unwrap_or(u32::MAX);
    if bounds.contains(&pace) { Ok(pace) } else { Err(Fault::OutOfRange { min: *bounds.start(), max: *bounds.end() }) }
}

impl ContractDraft {
    /// Reads what `text` says of each field; blanks stay blank.
    ///
    /// # Errors
    /// Every fault at once, by field.
    pub fn parse<'a>(text: impl Fn(ContractField) -> &'a str) -> Result<Self, ContractFaults> {
        use ContractField as Field;
        let mut faults = Vec::new();
        let name = bounded(text(Field::Name), 100).unwrap_or_else(|fault| {
            faults.push((Field::Name, fault));
            ""
        });
        let description = match bounded(text(Field::Description), 500) {
            Ok(text) => text,
            Err(Fault::Required) => "",
            Err(fault) => {
                faults.push((Field::Description, fault));
                ""
            }
        };
        let numbering = optional(&mut faults, Field::Numbering, text(Field::Numbering), |code| {
            Numbering::of(code).ok_or(Fault::NotAChoice)
        });
        let outbound = optional(&mut faults, Field::Outbound, text(Field::Outbound), |code| match code {
            "true" | "on" => Ok(true),
            "false" => Ok(false),
            _ => Err(Fault::NotAChoice),
        });
        let terms = Terms {
            contact_address: optional(&mut faults, Field::ContactAddress, text(Field::ContactAddress), |text| {
                text.parse::<HostPort>().map_err(|_| Fault::NotAHost)
            }),
            local_address: optional(&mut faults, Field::LocalAddress, text(Field::LocalAddress), |text| {
                text.parse::<SocketAddr>().map_err(|_| Fault::NotAChoice)
            }),
            outbound_proxy: optional(&mut faults, Field::OutboundProxy, text(Field::OutboundProxy), |text| {
                text.parse::<ServerUri>().map_err(|_| Fault::NotAServerUri)
            }),
            numbering: numbering.unwrap_or_default(),
            outbound: outbound.unwrap_or_default(),
            pace: optional(&mut faults, Field::Pace, text(Field::Pace), pace),
        };
        if faults.is_empty() {
            Ok(Self { name: name.to_owned(), description: description.to_owned(), terms })
        } else {
            faults.sort_by_key(|(field, _)| *field);
            Err(faults)
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn description(&self) -> &str {
        &self.description
    }

    pub fn terms(&self) -> &Terms {
        &self.terms
    }
}

/// A stored contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    pub id: ContractId,
    pub name: String,
    pub description: String,
    pub terms: Terms,
    /// How many entries stand under it.
    pub entries: i64,
}

impl Contract {
    /// A field as the text that [`ContractDraft::parse`] reads.
    pub fn text(&self, field: ContractField) -> String {
        fn shown(value: Option<impl ToString>) -> String {
            value.map(|value| value.to_string()).unwrap_or_default()
        }
        let terms = &self.terms;
        match field {
            ContractField::Name => self.name.clone(),
            ContractField::Description => self.description.clone(),
            ContractField::Numbering => terms.numbering.code().to_owned(),
            ContractField::ContactAddress => shown(terms.contact_address.as_ref()),
            ContractField::LocalAddress => shown(terms.local_address),
            ContractField::OutboundProxy => shown(terms.outbound_proxy.as_ref()),
            ContractField::Outbound => terms.outbound.to_string(),
            ContractField::Pace => shown(terms.pace),
        }
    }

    /// What the audit tells of it, by field.
    pub fn told(&self) -> Vec<(&'static str, String)> {
        ContractField::ALL.map(|field| (field.name(), self.text(field))).into()
    }
}

/// What becomes of the entries of a contract that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orphans {
    /// They stay, without a contract.
    Keep,
    /// They are deleted, too, and unregistered.
    Delete,
}

/// Why the store did not do what was asked of it with a contract.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    #[error("no such contract")]
    NotFound,
    /// Another contract has this name.
    #[error("name taken by contract {0}")]
    NameTaken(ContractId),
    /// Alta does not listen on this local address.
    #[error("not listening on {0}")]
    NotListening(SocketAddr),
    #[error("the database is away")]
    Unavailable,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(fields: &[(ContractField, &'static str)]) -> Result<ContractDraft, ContractFaults> {
        ContractDraft::parse(|field| fields.iter().find(|(f, _)| *f == field).map_or("", |(_, text)| *text))
    }

    #[test]
    fn blanks_mean_the_settings_of_alta() {
        assert_eq!(parse(&[(ContractField::Name, "x")]).map(|draft| draft.terms), Ok(Terms::default()));
    }

    #[test]
    fn every_fault_is_told_at_once_and_what_is_right_reads_back() {
        use ContractField::*;
        let wrong = [
            (Name, ""),
            (Numbering, "two"),
            (ContactAddress, "a b"),
            (LocalAddress, "192.0.2.1"),
            (OutboundProxy, "proxy.example"),
            (Outbound, "perhaps"),
            (Pace, "0"),
        ];
        let fields: Vec<ContractField> = parse(&wrong).unwrap_err().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, wrong.map(|(field, _)| field));
        assert_eq!(parse(&[(Name, "x"), (Pace, "-1")]).unwrap_err(), [(Pace, Fault::NotANumber)]);
        let right = [
            (Name, "x"),
            (Description, "y"),
            (Numbering, "multi_ddi"),
            (ContactAddress, "sip.platform.example:5070"),
            (LocalAddress, "[2001:db8::1]:5060"),
            (OutboundProxy, "sip:10.0.0.1;transport=tcp"),
            (Outbound, "true"),
            (Pace, "20"),
        ];
        let draft = parse(&right).unwrap();
        let contract = Contract {
            id: ContractId(1),
            name: draft.name.clone(),
            description: draft.description.clone(),
            terms: draft.terms,
            entries: 0,
        };
        assert_eq!(right.map(|(field, _)| contract.text(field)), right.map(|(_, text)| text.to_owned()));
    }
}
