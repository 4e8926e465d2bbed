//! Whom a TLS connection trusts: Mozilla's roots as bundled at build time, and what the environment
//! adds to them, as Node does.

use std::path::Path;
use std::sync::Arc;

use rustls::{CertificateError, ClientConfig, RootCertStore};
use rustls_native_certs::{CertificateResult, load_certs_from_paths};

use crate::config::network::Network;

/// A TLS configuration of our own rather than reqwest's: it needs no process-wide crypto provider,
/// and reads nothing from the environment.
pub struct Trust {
    /// For HTTP/1.1 only.
    pub config: ClientConfig,
    /// What was to be trusted and could not be read, such as "SSL_CERT_FILE: No such file".
    ///
    /// Node goes on without it, and so do we; it explains the failure that may follow.
    pub problems: Vec<String>,
}

/// The trust that `network` asks for. Reads files.
pub fn trust(network: &Network) -> Result<Trust, rustls::Error> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut problems = Vec::new();
    let mut add = |name: &str, found: CertificateResult| {
        let (added, _) = roots.add_parsable_certificates(found.certs);
        match found.errors.first() {
            Some(error) => problems.push(format!("{name}: {error}")),
            None if added == 0 => problems.push(format!("{name}: it holds no certificate")),
            None => {}
        }
    };
    for extra in &network.extra_roots {
        add(extra.variable, certificates_in(&extra.path));
    }
    if network.trusts_system {
        add("NODE_USE_SYSTEM_CA", system_certificates());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Trust { config, problems })
}

/// Why TLS refused the peer's certificate, if that is what `error` is about. No retry changes that.
pub fn certificate_error<'a>(
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

/// What a person has to know of it; rustls's own words go into the cause.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the many others mean the same to a person, and rustls may add to them"
)]
pub fn reason(error: &CertificateError) -> &'static str {
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

fn certificates_in(path: &Path) -> CertificateResult {
    if path.is_dir() {
        load_certs_from_paths(None, Some(path))
    } else {
        load_certs_from_paths(Some(path), None)
    }
}

/// The bundle that the system keeps for OpenSSL, wherever this distribution has it.
#[cfg(all(unix, not(target_os = "macos")))]
fn system_certificates() -> CertificateResult {
    // Not `load_native_certs`, which reads the environment.
    let bundle = SYSTEM_BUNDLES.iter().map(Path::new).find(|path| path.exists());
    certificates_in(bundle.unwrap_or(Path::new(SYSTEM_BUNDLES[0])))
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn system_certificates() -> CertificateResult {
    rustls_native_certs::load_native_certs()
}

/// Debian, Fedora, openSUSE, Alpine.
#[cfg(all(unix, not(target_os = "macos")))]
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
