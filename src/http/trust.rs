//! Whom a TLS connection trusts.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::look::Seen;
use super::roots::Trusted;

/// A TLS configuration of our own rather than reqwest's: it needs no process-wide crypto provider,
/// and reads nothing from the environment. For HTTP/1.1 only.
///
/// Besides what `trusted` authorities signed it trusts the certificates `named` themselves.
pub(super) fn config(
    trusted: Arc<Trusted>,
    named: Arc<[CertificateDer<'static>]>,
    seen: Option<Arc<Seen>>,
) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Verifier { trusted, named, seen });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = rustls::client::Resumption::in_memory_sessions(SESSIONS);
    Ok(config)
}

/// Eight of a server, as rustls counts: those of the workspace and of a proxy. Room is made at once for
/// as many servers as this is for, whether or not there are any.
pub(super) const SESSIONS: usize = 16;

/// Trusts what Node does: what an authority signed, and an authority's own certificate if it is
/// named itself. `openssl req -x509` makes such, and webpki trusts them with nothing but to sign.
#[derive(Debug)]
struct Verifier {
    trusted: Arc<Trusted>,
    named: Arc<[CertificateDer<'static>]>,
    seen: Option<Arc<Seen>>,
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
        if let Some(seen) = &self.seen {
            seen.certificate(server_name, end_entity);
        }
        let verified = self.trusted.signed.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            // That error comes after the check of the dates, and before that of the name.
            Err(error) if is_an_authoritys(&error) && self.named.contains(end_entity) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verified =
            self.trusted.signed.verify_tls12_signature(message, certificate, signature)?;
        self.seen.iter().for_each(|seen| seen.proof("TLSv1.2"));
        Ok(verified)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verified =
            self.trusted.signed.verify_tls13_signature(message, certificate, signature)?;
        self.seen.iter().for_each(|seen| seen.proof("TLSv1.3"));
        Ok(verified)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trusted.signed.supported_verify_schemes()
    }
}

fn is_an_authoritys(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(error) if is_ca_used_as_end_entity(error))
}

/// Whether whoever answered shows the certificate of an authority as its own.
pub(super) fn is_ca_used_as_end_entity(error: &CertificateError) -> bool {
    let CertificateError::Other(other) = error else { return false };
    matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::RootCertStore;
    use rustls::pki_types::pem::PemObject as _;

    use super::*;

    const OWN: &str = include_str!("../../support/tls/test-only-own-authority.pem");
    const EXPIRED: &str = include_str!("../../support/tls/test-only-own-authority-expired.pem");
    const OTHER_HOST: &str =
        include_str!("../../support/tls/test-only-own-authority-other-host.pem");
    const SELF_SIGNED: &str = include_str!("../../support/tls/test-only-self-signed.pem");
    const SERVER: &str = include_str!("../../support/tls/test-only-server.pem");

    fn der(pem: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
    }

    /// Whether `shown` is trusted where `named` is.
    fn verified(named: &str, shown: &str) -> Result<ServerCertVerified, Error> {
        let mut roots = RootCertStore::empty();
        roots.add(der(named)).unwrap();
        let trusted = Arc::new(Trusted::of(roots));
        let verifier = Verifier { trusted, named: [der(named)].into(), seen: None };
        let in_2026 = UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000));
        let name = ServerName::try_from("workspace.test").unwrap();
        verifier.verify_server_cert(&der(shown), &[], &name, &[], in_2026)
    }

    #[test]
    fn an_authoritys_own_certificate_is_trusted_if_it_is_named_itself() {
        assert!(verified(OWN, OWN).is_ok());
        assert!(verified(SELF_SIGNED, SELF_SIGNED).is_ok());
    }

    #[test]
    fn it_is_held_to_its_dates_and_its_names_all_the_same() {
        use CertificateError::{ExpiredContext, NotValidForNameContext};
        use Error::InvalidCertificate;

        let expired = verified(EXPIRED, EXPIRED);
        assert!(matches!(expired, Err(InvalidCertificate(ExpiredContext { .. }))), "{expired:?}");
        let other = verified(OTHER_HOST, OTHER_HOST);
        assert!(
            matches!(other, Err(InvalidCertificate(NotValidForNameContext { .. }))),
            "{other:?}"
        );
    }

    #[test]
    fn another_of_the_same_key_and_name_is_not_trusted() {
        for named in [EXPIRED, OTHER_HOST, SELF_SIGNED, SERVER] {
            let error = verified(named, OWN).unwrap_err();
            assert!(is_an_authoritys(&error), "{error}");
        }
    }
}
