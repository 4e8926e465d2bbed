//! Why TLS came to nothing, in words that tell a person what to change.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError, InvalidMessage};

use super::trust::is_ca_used_as_end_entity;

/// Why there is no TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoTls {
    /// The peer's certificate is refused.
    Untrusted(&'static str),
    /// It would be refused whoever had signed it.
    Unusable(&'static str),
    /// The two have nothing in common that would be needed.
    Incompatible(&'static str),
    /// The peer does not speak TLS.
    NotTls,
}

/// Why there is no TLS, if that is what `error` is about. But for the last no retry changes it.
pub(super) fn no_tls(error: &(dyn Error + 'static)) -> Option<NoTls> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return of(error);
    }
    // An I/O error hides what it wraps from `source`.
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => no_tls(wrapped),
        None => no_tls(error.source()?),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the many others are of no use to a person, and rustls may add to them"
)]
fn of(error: &rustls::Error) -> Option<NoTls> {
    use rustls::Error::{AlertReceived, InvalidCertificate, PeerIncompatible};

    Some(match error {
        InvalidCertificate(error) => match unusable(error) {
            Some(reason) => NoTls::Unusable(reason),
            None => NoTls::Untrusted(reason(error)),
        },
        AlertReceived(
            AlertDescription::HandshakeFailure
            | AlertDescription::ProtocolVersion
            | AlertDescription::InsufficientSecurity,
        )
        | PeerIncompatible(_) => NoTls::Incompatible(NOTHING_IN_COMMON),
        AlertReceived(AlertDescription::CertificateRequired) => {
            NoTls::Incompatible("it asks for a client certificate, which is not supported")
        }
        AlertReceived(AlertDescription::NoApplicationProtocol) => {
            NoTls::Incompatible("it does not speak HTTP/1.1")
        }
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => NoTls::NotTls,
        _ => return None,
    })
}

/// The reason in plain words, for the message; rustls's text becomes the cause.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the many others mean the same to a person, and rustls may add to them"
)]
fn reason(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired, by this machine's clock"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet, by this machine's clock"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another host"
        }
        CertificateError::Revoked => "its certificate has been revoked",
        // Another of the same name did, or its own key does not bear the handshake.
        CertificateError::BadSignature => {
            "its certificate is not signed by an authority that is trusted, or has a key that is not \
             supported (RSA of less than 2048 bits)"
        }
        other if is_ca_used_as_end_entity(other) => {
            "its certificate is an authority's own, which is trusted only if it is named itself"
        }
        _ => "its certificate is not signed by an authority that is trusted",
    }
}

/// What is wrong with a certificate that nobody could sign well enough.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all others depend on who signed it, and rustls may add to them"
)]
fn unusable(error: &CertificateError) -> Option<&'static str> {
    use CertificateError::{
        NotValidForNameContext, UnsupportedSignatureAlgorithmContext,
        UnsupportedSignatureAlgorithmForPublicKeyContext,
    };

    match error {
        NotValidForNameContext { presented, .. } if presented.is_empty() => {
            Some("its certificate names no host: it has no subjectAltName")
        }
        UnsupportedSignatureAlgorithmContext { .. } => {
            Some("its certificate is signed in a way that is not supported, such as SHA-1")
        }
        // Or an authority of the same name has a key of another kind.
        UnsupportedSignatureAlgorithmForPublicKeyContext {
            public_key_algorithm_id: key, ..
        } if key.ends_with(P_521) => {
            Some("the key of its authority is not supported: it is of the curve P-521")
        }
        _ => None,
    }
}

/// The curve's name in DER (RFC 5480 §2.1.1.1).
const P_521: &[u8] = b"\x2b\x81\x04\x00\x23";

const NOTHING_IN_COMMON: &str = "there is no TLS handshake: it has no version, cipher or kind of key in common with this package \
     (TLS 1.3, or 1.2 with ECDHE and AES-GCM or ChaCha20), or asks for a client certificate";

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::{OtherError, PeerIncompatible};

    use super::*;

    /// As rustls's errors come out of a connection.
    fn told(error: rustls::Error) -> Option<NoTls> {
        let wrapped = io::Error::new(io::ErrorKind::InvalidData, error);
        no_tls(&io::Error::other(wrapped))
    }

    fn said(error: CertificateError) -> String {
        match told(error.into()) {
            Some(NoTls::Untrusted(reason)) => format!("untrusted: {reason}"),
            Some(NoTls::Unusable(reason)) => format!("unusable: {reason}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_told_apart() {
        let names = |presented: &[&str]| CertificateError::NotValidForNameContext {
            expected: "workspace.test".try_into().unwrap(),
            presented: presented.iter().map(|&name| name.to_owned()).collect(),
        };
        let key =
            |curve: &[u8]| CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext {
                signature_algorithm_id: Vec::new(),
                public_key_algorithm_id: [b"\x06\x05", curve].concat(),
            };
        let own = OtherError(Arc::new(webpki::Error::CaUsedAsEndEntity));
        for (error, expected) in [
            (CertificateError::UnknownIssuer, "untrusted: its certificate is not signed by"),
            (CertificateError::BadSignature, "untrusted: its certificate is not signed by an auth"),
            (key(b"\x2a\x03"), "untrusted: its certificate is not signed by an authority that"),
            (key(P_521), "unusable: the key of its authority is not supported"),
            (names(&["other.test"]), "untrusted: its certificate is for another host"),
            (names(&[]), "unusable: its certificate names no host"),
            (CertificateError::Expired, "untrusted: its certificate has expired"),
            (CertificateError::Other(own), "untrusted: its certificate is an authority's own"),
        ] {
            let said = said(error);
            assert!(said.starts_with(expected), "{said}");
        }
    }

    #[test]
    fn what_two_lack_in_common_is_told_apart() {
        use AlertDescription as Alert;
        use rustls::Error::{AlertReceived, InvalidMessage as Invalid};

        let nothing = Some(NoTls::Incompatible(NOTHING_IN_COMMON));
        let incompatible = PeerIncompatible::ServerDoesNotSupportTls12Or13;
        for (error, expected) in [
            (AlertReceived(Alert::HandshakeFailure), nothing),
            (AlertReceived(Alert::ProtocolVersion), nothing),
            (rustls::Error::PeerIncompatible(incompatible), nothing),
            (
                AlertReceived(Alert::NoApplicationProtocol),
                Some(NoTls::Incompatible("it does not speak HTTP/1.1")),
            ),
            (
                AlertReceived(Alert::CertificateRequired),
                Some(NoTls::Incompatible(
                    "it asks for a client certificate, which is not supported",
                )),
            ),
            (Invalid(InvalidMessage::InvalidContentType), Some(NoTls::NotTls)),
            // It may pass.
            (AlertReceived(Alert::InternalError), None),
        ] {
            assert_eq!(told(error.clone()), expected, "{error}");
        }
        assert_eq!(no_tls(&io::Error::from(io::ErrorKind::ConnectionReset)), None);
    }
}
