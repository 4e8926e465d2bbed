//! Whom a TLS connection trusts.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

/// Mozilla's roots, as bundled at build time; HTTP/1.1 only.
///
/// A configuration of our own rather than reqwest's: it needs no process-wide crypto provider, and
/// reads nothing from the environment.
pub fn client_config() -> Result<ClientConfig, rustls::Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
