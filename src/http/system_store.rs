//! The certificates that macOS and Windows trust, asked of the systems themselves: `rustls-native-certs` reads
//! `SSL_CERT_FILE` and `SSL_CERT_DIR` first, on this thread, and then never asks.

/// In DER: what the current user trusts to vouch for servers.
#[cfg(windows)]
pub(super) fn trusted() -> Result<Vec<Vec<u8>>, String> {
    use schannel::cert_context::{CertContext, ValidUses};
    use schannel::cert_store::CertStore;

    let store = CertStore::open_current_user("ROOT").map_err(|error| error.to_string())?;
    let vouches = |uses| match uses {
        Ok(ValidUses::All) => true,
        Ok(ValidUses::Oids(uses)) => uses.iter().any(|own| own == SERVERS),
        Err(_) => false,
    };
    let is_valid = |one: &CertContext| one.is_time_valid().unwrap_or(false);
    let all = store.certs().filter(|one| vouches(one.valid_uses()) && is_valid(one));
    Ok(all.map(|one| one.to_der().to_vec()).collect())
}

/// `id-kp-serverAuth` (RFC 5280 §4.2.1.12).
#[cfg(windows)]
const SERVERS: &str = "1.3.6.1.5.5.7.3.1";

/// In DER: what the user, else an administrator, else the system trusts to vouch for servers.
#[cfg(target_os = "macos")]
pub(super) fn trusted() -> Result<Vec<Vec<u8>>, String> {
    use std::collections::HashMap;

    use security_framework::trust_settings::{Domain, TrustSettings, TrustSettingsForCertificate};

    let mut all = HashMap::new();
    let mut problem = None;
    for domain in [Domain::User, Domain::Admin, Domain::System] {
        let settings = TrustSettings::new(domain);
        let Ok(known) = settings.iter().map_err(|error| problem = Some(error.to_string())) else {
            continue;
        };
        for one in known {
            // Without settings of its own it is trusted.
            let own = settings.tls_trust_settings_for_certificate(&one).ok();
            let is_trusted = own.is_some_and(|own| {
                use TrustSettingsForCertificate::{TrustAsRoot, TrustRoot};
                matches!(own.unwrap_or(TrustRoot), TrustRoot | TrustAsRoot)
            });
            all.entry(one.to_der()).or_insert(is_trusted);
        }
    }
    let trusted: Vec<_> = all.into_iter().filter_map(|(der, is)| is.then_some(der)).collect();
    match problem {
        // A domain without settings is no problem where another has some.
        Some(problem) if trusted.is_empty() => Err(problem),
        Some(_) | None => Ok(trusted),
    }
}
