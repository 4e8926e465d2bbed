//! A look at a workspace without any secret: whose certificate it shows, and what time it tells.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rustls::pki_types::{CertificateDer, ServerName};

/// What was seen of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The certificate of whoever answered, in DER; it need not be trusted by anybody.
    pub certificate: Option<Vec<u8>>,
    /// The version of TLS, such as "TLSv1.3", once the certificate is proved to be its own.
    pub protocol: Option<&'static str>,
    /// The `Date` of its answer.
    pub date: Option<String>,
}

/// Where a connection to a workspace tells what it sees.
#[derive(Debug)]
pub(super) struct Seen {
    /// A proxy on the way has a certificate, too.
    workspace: Option<ServerName<'static>>,
    now: Mutex<Now>,
}

#[derive(Debug, Default)]
struct Now {
    look: Look,
    /// Whether it is the workspace that shows its certificate.
    is_workspace: bool,
}

impl Seen {
    /// Nothing yet of the workspace of that name.
    pub(super) fn of(name: &str) -> Seen {
        Seen { workspace: server_name(name), now: Mutex::default() }
    }

    pub(super) fn certificate(&self, of: &ServerName<'_>, der: &CertificateDer<'_>) {
        let mut now = self.now();
        now.is_workspace = self.workspace.as_ref() == Some(of);
        if now.is_workspace {
            now.look.certificate = Some(der.to_vec());
        }
    }

    /// Whoever showed its certificate has proved that it is its own.
    pub(super) fn proof(&self, protocol: &'static str) {
        let mut now = self.now();
        if now.is_workspace {
            now.look.protocol = Some(protocol);
        }
    }

    pub(super) fn date(&self, date: Option<&str>) {
        self.now().look.date = date.map(str::to_owned);
    }

    pub(super) fn take(&self) -> Look {
        std::mem::take(&mut self.now().look)
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What TLS calls a host, whose name may be an address in brackets.
pub(super) fn server_name(host: &str) -> Option<ServerName<'static>> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    ServerName::try_from(bare.to_owned()).ok()
}
