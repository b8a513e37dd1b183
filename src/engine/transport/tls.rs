//! TLS 1.2 and 1.3 with rustls on ring: which certificates are believed, our own, and why a handshake failed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, Der, PrivateKeyDer, ServerName, TrustAnchor, UnixTime};
use rustls::{CertificateError, ClientConfig, OtherError, RootCertStore, ServerConfig};
use time::OffsetDateTime;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::verifier::{UnknownIssuer, Verifier, presented_names};
use crate::sip::{TlsFault, Unsent};

/// Files that TLS needs, in PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Authorities that are believed beside those of the system.
    pub extra_ca: Option<PathBuf>,
    /// Our own certificate and its key: shown to providers that ask for one, and to whoever calls our TLS port.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// Whether a wildcard in a provider's certificate counts (RFC 5922 §7.2 forbids it).
    pub wildcards: bool,
}

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{path} cannot be read as PEM: {why}")]
    File { path: PathBuf, why: String },
    #[error("the certificate and its key cannot be used: {0}")]
    Identity(rustls::Error),
    #[error("a TLS port needs a certificate and its key")]
    NoIdentity,
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = |why: String| TlsError::File { path: path.to_owned(), why };
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let read = read.map_err(|error| wrong(error.to_string()))?;
    if read.is_empty() { Err(wrong("it holds no certificate".into())) } else { Ok(read) }
}

fn identity(files: &TlsFiles) -> Result<Option<Identity>, TlsError> {
    let Some((certificate, key)) = &files.identity else { return Ok(None) };
    let read = PrivateKeyDer::from_pem_file(key);
    let key = read.map_err(|error| TlsError::File { path: key.clone(), why: error.to_string() })?;
    Ok(Some((certificates(certificate)?, key)))
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Reads every file that is named, as a start would; a TLS port needs an identity.
///
/// # Errors
/// See [`TlsError`].
pub fn check(files: &TlsFiles, has_port: bool) -> Result<(), TlsError> {
    connector(files)?;
    if has_port {
        acceptor(files)?;
    }
    Ok(())
}

/// Connects to providers.
///
/// # Errors
/// See [`TlsError`].
pub fn connector(files: &TlsFiles) -> Result<TlsConnector, TlsError> {
    let mut roots = RootCertStore::empty();
    // A system without authorities still reaches those of the setting.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = &files.extra_ca {
        for certificate in certificates(path)? {
            let add = roots.add(certificate);
            add.map_err(|error| TlsError::File { path: path.clone(), why: error.to_string() })?;
        }
    }
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Identity)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier(roots, files.wildcards)?));
    let config = match identity(files)? {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(TlsError::Identity)?,
        None => builder.with_no_client_auth(),
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

fn verifier(mut roots: RootCertStore, wildcards: bool) -> Result<Verifier, TlsError> {
    if roots.is_empty() {
        // rustls verifies nothing without any: this one vouches for nobody.
        roots.roots.push(TrustAnchor {
            subject: Der::from_slice(&[]),
            subject_public_key_info: Der::from_slice(&[]),
            name_constraints: None,
        });
    }
    let built = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
    built
        .map(|inner| Verifier { inner, wildcards })
        .map_err(|error| TlsError::Identity(rustls::Error::General(error.to_string())))
}

/// Accepts connections on our TLS port.
///
/// # Errors
/// See [`TlsError`].
pub fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, TlsError> {
    let (chain, key) = identity(files)?.ok_or(TlsError::NoIdentity)?;
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Identity)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(TlsError::Identity)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The name as a certificate is checked for it.
pub fn server_name(name: &str) -> Option<ServerName<'static>> {
    ServerName::try_from(name.to_owned()).ok()
}

/// Whether TLS broke a connection, rather than the network.
pub fn is_alert(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>())
}

/// Why a handshake failed, and what the certificate says of itself.
pub fn why(error: &io::Error) -> (Unsent, Option<String>) {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(fault)) = inner else {
        return (Unsent::Tls(TlsFault::Failed), Some(inner.map_or_else(|| error.to_string(), ToString::to_string)));
    };
    let (fault, detail) = certificate_fault(fault);
    (Unsent::Tls(fault), Some(detail))
}

fn certificate_fault(fault: &CertificateError) -> (TlsFault, String) {
    if let CertificateError::NotValidForNameContext { presented, .. } = fault {
        let names: Vec<&str> = presented_names(presented).take(8).collect();
        (TlsFault::Name, names.join(", "))
    } else if let CertificateError::ExpiredContext { not_after, .. } = fault {
        (TlsFault::Expired, format!("– {}", date(*not_after)))
    } else if let CertificateError::NotValidYetContext { not_before, .. } = fault {
        (TlsFault::Expired, format!("{} –", date(*not_before)))
    } else if matches!(fault, CertificateError::NotValidForName) {
        (TlsFault::Name, String::new())
    } else if matches!(fault, CertificateError::Expired | CertificateError::NotValidYet) {
        (TlsFault::Expired, String::new())
    } else if let CertificateError::Other(OtherError(inner)) = fault
        && let Some(UnknownIssuer(name)) = inner.downcast_ref()
    {
        (TlsFault::Untrusted, name.clone())
    } else {
        (TlsFault::Untrusted, fault.to_string())
    }
}

fn date(at: UnixTime) -> String {
    let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds).map_or_else(|_| String::new(), |at| at.date().to_string())
}
