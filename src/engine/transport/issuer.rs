//! Who issued a certificate, read from its DER: just far enough for its name. Pure, and wary: the certificate is a
//! stranger's.

/// Object identifiers of the parts of a name (X.520): common name, and organisation.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0a];

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const OBJECT: u8 = 0x06;
const VERSION: u8 = 0xa0;

/// Tag, content, and what follows.
type Element<'a> = (u8, &'a [u8], &'a [u8]);

fn element(bytes: &[u8]) -> Option<Element<'_>> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) =
            rest.split_at_checked(usize::from(first & 0x7f)).filter(|(digits, _)| digits.len() <= 4)?;
        (digits.iter().fold(0, |n, digit| n << 8 | usize::from(*digit)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The content of the first element, when it is of this kind, and what follows.
fn take(bytes: &[u8], kind: u8) -> Option<(&[u8], &[u8])> {
    element(bytes).filter(|(tag, ..)| *tag == kind).map(|(_, content, rest)| (content, rest))
}

/// The issuer's common name, or its organisation.
pub fn issuer(certificate: &[u8]) -> Option<String> {
    let (whole, _) = take(certificate, SEQUENCE)?;
    let (signed, _) = take(whole, SEQUENCE)?;
    let signed = take(signed, VERSION).map_or(signed, |(_, rest)| rest);
    let (_, signed) = take(signed, INTEGER)?;
    let (_, signed) = take(signed, SEQUENCE)?;
    let (name, _) = take(signed, SEQUENCE)?;
    part(name, COMMON_NAME).or_else(|| part(name, ORGANISATION))
}

fn part(mut name: &[u8], wanted: &[u8]) -> Option<String> {
    while let Some((set, rest)) = take(name, SET) {
        name = rest;
        let Some((object, value)) = take(set, SEQUENCE).and_then(|(pair, _)| take(pair, OBJECT)) else { continue };
        if object == wanted {
            return element(value).map(|(_, text, _)| String::from_utf8_lossy(text).into_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, KeyPair};

    fn certificate(kind: Option<DnType>) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CountryName, "ES");
        if let Some(kind) = kind {
            params.distinguished_name.push(kind, "Ñandú & Co");
        }
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn the_issuer_is_named_by_its_common_name_or_else_its_organisation() {
        for kind in [DnType::CommonName, DnType::OrganizationName] {
            assert_eq!(issuer(&certificate(Some(kind))).as_deref(), Some("Ñandú & Co"));
        }
        assert_eq!(issuer(&certificate(None)), None);
    }

    #[test]
    fn a_certificate_that_is_cut_or_bent_anywhere_harms_nothing() {
        let whole = certificate(Some(DnType::CommonName));
        for at in 0..whole.len() {
            let _ = issuer(&whole[..at]);
            for byte in [0x00, 0x7f, 0x80, 0x84, 0xff] {
                let mut bent = whole.clone();
                bent[at] = byte;
                let _ = issuer(&bent);
            }
        }
    }
}
