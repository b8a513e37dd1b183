//! Questions to name servers, each as a task of its own; what they mean is decided in [`sip::target`](crate::sip::target).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{RData, RecordType};

use crate::sip::target::{Answer, DnsFault, Question, QuestionKind, Record, Records};

/// Seconds that a denial without a TTL of its own is believed.
const DENIED_TTL: u32 = 60;
/// Most records of one answer that are kept.
const RECORDS_MOST: usize = 64;

/// How long one name server may take before the next is asked, and all of them together.
const PATIENCE: Duration = Duration::from_secs(2);
const PATIENCE_WHOLE: Duration = Duration::from_secs(6);

/// Asks name servers; shared by the tasks that wait for them.
#[derive(Clone)]
pub struct Resolver(Option<Arc<TokioResolver>>);

impl Resolver {
    /// Asks `server` only, or those that the system is set to; the hosts file comes first either way.
    pub fn new(server: Option<SocketAddr>) -> Self {
        let builder = match server {
            Some(address) => Ok(TokioResolver::builder_with_config(only(address), TokioRuntimeProvider::default())),
            None => TokioResolver::builder_tokio(),
        };
        let resolver = builder.and_then(|mut builder| {
            // What is true for how long is kept by the locator; a second cache would only hide it.
            builder.options_mut().cache_size = 0;
            builder.options_mut().timeout = PATIENCE;
            builder.build()
        });
        Self(resolver.inspect_err(|error| tracing::warn!(%error, "no name server can be asked")).ok().map(Arc::new))
    }

    /// Asks one question. Never fails to answer.
    pub async fn ask(&self, question: &Question) -> Answer {
        let Some(resolver) = &self.0 else { return Err(DnsFault::Failed) };
        let kind = match question.kind {
            QuestionKind::A => RecordType::A,
            QuestionKind::Aaaa => RecordType::AAAA,
            QuestionKind::Srv => RecordType::SRV,
            QuestionKind::Naptr => RecordType::NAPTR,
        };
        // A name with dots is a whole one: without the last dot the search list would be tried, too.
        let whole = question.name.contains('.') && !question.name.ends_with('.');
        let name = if whole { format!("{}.", question.name) } else { question.name.clone() };
        let Ok(found) = tokio::time::timeout(PATIENCE_WHOLE, resolver.lookup(name, kind)).await else {
            tracing::debug!(name = question.name, "DNS did not answer in time");
            return Err(DnsFault::Failed);
        };
        match found {
            Ok(lookup) => records(&lookup),
            Err(NetError::Dns(DnsError::NoRecordsFound(none))) => match u16::from(none.response_code) {
                // NOERROR without records, and NXDOMAIN (RFC 2308).
                0 | 3 => Err(DnsFault::NotFound { ttl: none.negative_ttl.unwrap_or(DENIED_TTL) }),
                _ => Err(DnsFault::Failed),
            },
            Err(error) => {
                tracing::debug!(name = question.name, %error, "DNS failed");
                Err(DnsFault::Failed)
            }
        }
    }
}

fn only(address: SocketAddr) -> ResolverConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = address.port();
        connection
    });
    ResolverConfig::from_name_servers(vec![NameServerConfig::new(address.ip(), true, connections.into())])
}

fn records(lookup: &Lookup) -> Answer {
    let answers = lookup.answers();
    let records: Vec<Record> = answers.iter().filter_map(|record| read(&record.data)).take(RECORDS_MOST).collect();
    let ttl = answers.iter().map(|record| record.ttl).min().unwrap_or(DENIED_TTL);
    if records.is_empty() { Err(DnsFault::NotFound { ttl }) } else { Ok(Records { records, ttl }) }
}

fn read(data: &RData) -> Option<Record> {
    if let RData::A(a) = data {
        Some(Record::A(a.0))
    } else if let RData::AAAA(aaaa) = data {
        Some(Record::Aaaa(aaaa.0))
    } else if let RData::SRV(srv) = data {
        let (priority, weight, port, target) = (srv.priority, srv.weight, srv.port, srv.target.to_utf8());
        Some(Record::Srv { priority, weight, port, target })
    } else if let RData::NAPTR(naptr) = data {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some(Record::Naptr {
            order: naptr.order,
            preference: naptr.preference,
            flags: text(&naptr.flags),
            service: text(&naptr.services),
            replacement: naptr.replacement.to_utf8(),
        })
    } else {
        None
    }
}
