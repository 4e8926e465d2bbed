//! Whom a TLS connection trusts, and why it does not.

use std::sync::Arc;

use rustls::{CertificateError, ClientConfig, RootCertStore};

/// A TLS configuration of our own rather than reqwest's: it needs no process-wide crypto provider,
/// and reads nothing from the environment. For HTTP/1.1 only.
pub(super) fn config(roots: Arc<RootCertStore>) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = rustls::client::Resumption::in_memory_sessions(SESSIONS);
    Ok(config)
}

/// Eight of a server, as rustls counts: those of the workspace and of a proxy. Room is made at once for
/// as many servers as this is for, whether or not there are any.
const SESSIONS: usize = 16;

/// Why TLS refused the peer's certificate, if that is what `error` is about. No retry changes that.
pub(super) fn certificate_error<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a CertificateError> {
    if let Some(rustls::Error::InvalidCertificate(reason)) = error.downcast_ref() {
        return Some(reason);
    }
    // An I/O error hides what it wraps from `source`.
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(wrapped) => certificate_error(wrapped),
        None => certificate_error(error.source()?),
    }
}

/// The reason in plain words, for the message; rustls's text becomes the cause.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the many others mean the same to a person, and rustls may add to them"
)]
pub(super) fn reason(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet, by this machine's clock"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another host"
        }
        CertificateError::Revoked => "its certificate has been revoked",
        _ => "its certificate is not signed by an authority that is trusted",
    }
}
