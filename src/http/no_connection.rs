//! Why there is no connection, by how far it came.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::tunnel::{BoxError, NoTunnel};

/// Why there is no connection. What a library says lies beneath it.
#[derive(Debug)]
pub(super) enum NoConnection {
    /// It took too long.
    Late,
    /// The proxy is not reached, or there is no TLS with it.
    ToProxy(BoxError),
    /// It refuses to lead on.
    Tunnel(NoTunnel),
    /// It refuses who asks it to.
    Login(LoginError),
    /// The workspace is not reached, or there is no TLS with it.
    ToWorkspace(BoxError),
}

/// Why a proxy leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LoginError {
    /// It refuses the user or the password, now or so short a time ago that it was not asked.
    Refused {
        /// When they may be presented again.
        retry_in: Duration,
    },
    /// It asks for a user and a password where there are none.
    Missing,
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("proxy authentication required (407)")
    }
}

impl Error for LoginError {}

impl fmt::Display for NoConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoConnection::Late => "no connection in time",
            NoConnection::ToProxy(_) => "no connection to the proxy",
            NoConnection::Tunnel(_) | NoConnection::Login(_) => "no tunnel",
            NoConnection::ToWorkspace(_) => "no connection to the workspace",
        })
    }
}

impl Error for NoConnection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            NoConnection::Late => None,
            NoConnection::ToProxy(error) | NoConnection::ToWorkspace(error) => Some(&**error),
            NoConnection::Tunnel(error) => Some(error),
            NoConnection::Login(error) => Some(error),
        }
    }
}
