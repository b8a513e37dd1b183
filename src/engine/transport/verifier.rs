//! Certificates are verified as rustls does it, without wildcards; of one that nobody is known for, its issuer is told,
//! too.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::issuer::issuer;

/// See the module.
#[derive(Debug)]
pub struct Verifier {
    pub inner: Arc<WebPkiServerVerifier>,
    /// Whether `*.provider.example` stands for `sip.provider.example`; RFC 5922 §7.2 forbids it.
    pub wildcards: bool,
}

/// The issuer that is not known.
#[derive(Debug)]
pub struct UnknownIssuer(pub String);

impl fmt::Display for UnknownIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UnknownIssuer {}

/// Whether a certificate is for this name itself, letter by letter.
fn is_named(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), Error> {
    let ServerName::DnsName(dns) = name else { return Ok(()) };
    // Asked for a name that nobody has, rustls tells those that the certificate has.
    let nobody = ServerName::try_from("nobody.invalid").map_err(|_| CertificateError::NotValidForName)?;
    let Err(error) = verify_server_name(&ParsedCertificate::try_from(certificate)?, &nobody) else { return Ok(()) };
    let Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) = error else {
        return Err(error);
    };
    if presented_names(&presented).any(|presented| presented.eq_ignore_ascii_case(dns.as_ref())) {
        return Ok(());
    }
    let expected = name.to_owned();
    Err(Error::InvalidCertificate(CertificateError::NotValidForNameContext { expected, presented }))
}

/// The names of a certificate; `DnsName("a.example")` and the like are rustls' own words for one.
pub fn presented_names(presented: &[String]) -> impl Iterator<Item = &str> {
    presented.iter().map(|name| name.split('"').nth(1).unwrap_or(name))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let verified = verified.map_err(|error| {
            if error != Error::InvalidCertificate(CertificateError::UnknownIssuer) {
                return error;
            }
            // The topmost that was sent has the issuer that is missing.
            let top = intermediates.last().unwrap_or(end_entity);
            let Some(name) = issuer(top) else { return error };
            Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(UnknownIssuer(name)))))
        })?;
        if !self.wildcards {
            is_named(end_entity, server_name)?;
        }
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
