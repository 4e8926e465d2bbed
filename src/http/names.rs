//! Names into addresses, by the system's own resolver.
//!
//! That blocks for as long as it likes. Each name has a thread of its own while it is looked up: a
//! name server that is silent stops nobody who asks for another name.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::watch;

use super::own_thread;
use crate::shortage::Shortage;

/// Looks names up. An address is no name, and never gets here.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// A name that is this machine's whatever a resolver says of it (RFC 6761 §6.3): what is sent
    /// there is sent in the clear.
    pub plain_name: Option<Arc<str>>,
}

/// Why there is no address.
#[derive(Clone, Debug)]
pub(super) struct NoAddress {
    said: String,
    /// What this process has none of any more, if it is that.
    pub shortage: Option<Shortage>,
}

/// Addresses, or why there are none.
type Found = Result<Arc<[SocketAddr]>, NoAddress>;

impl Names {
    /// All of `name`, each with the port zero.
    pub(super) async fn look_up(&self, name: &str) -> Result<Arc<[SocketAddr]>, NoAddress> {
        if name == "localhost" || self.plain_name.as_deref() == Some(name) {
            return Ok(LOOPBACK.into());
        }
        let mut progress = join(name, addresses_of)?;
        let found = progress.wait_for(Option::is_some).await.ok().and_then(|found| found.clone());
        found.unwrap_or_else(|| Err(NoAddress::because("the lookup ended")))
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.clone();
        Box::pin(async move {
            let found = names.look_up(name.as_str()).await?;
            let addresses: Vec<SocketAddr> = found.iter().copied().collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// A lookup under way. It is in the list of them until it ends.
struct Lookup {
    name: String,
    progress: watch::Receiver<Option<Found>>,
}

fn lookups() -> MutexGuard<'static, Vec<Lookup>> {
    static LOOKUPS: Mutex<Vec<Lookup>> = Mutex::new(Vec::new());
    LOOKUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The progress of the lookup of `name` that is under way, which is begun if there is none.
fn join(
    name: &str,
    look_up: impl FnOnce(&str) -> Found + Send + 'static,
) -> Result<watch::Receiver<Option<Found>>, NoAddress> {
    let mut lookups = lookups();
    if let Some(lookup) = lookups.iter().find(|lookup| lookup.name == name) {
        return Ok(lookup.progress.clone());
    }
    if lookups.len() >= MOST_LOOKUPS {
        let reason = format!("{MOST_LOOKUPS} other names are being looked up, without an answer");
        return Err(NoAddress::because(reason));
    }
    let (progress, receiver) = watch::channel(None);
    let listed = Listed(name.to_owned());
    let task = move || {
        let found = look_up(&listed.0);
        // Who comes now shall hear what the resolver says now.
        drop(listed);
        progress.send_replace(Some(found));
    };
    lookups.push(Lookup { name: name.to_owned(), progress: receiver.clone() });
    // A task that does not run takes itself off the list.
    drop(lookups);
    own_thread::run("lakebase-names", task).map_err(|error| NoAddress {
        said: error.to_string(),
        shortage: Shortage::told_by_start(&error),
    })?;
    Ok(receiver)
}

/// Takes a lookup off the list, also when it panics.
struct Listed(String);

impl Drop for Listed {
    fn drop(&mut self) {
        lookups().retain(|lookup| lookup.name != self.0);
    }
}

fn addresses_of(name: &str) -> Found {
    // Port zero is the port of the URL.
    let addresses = (name, 0).to_socket_addrs().map_err(|error| NoAddress {
        said: error.to_string(),
        shortage: Shortage::told_by(&error),
    })?;
    Ok(addresses.collect())
}

impl NoAddress {
    fn because(said: impl Into<String>) -> NoAddress {
        NoAddress { said: said.into(), shortage: None }
    }
}

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

impl Error for NoAddress {}

/// More than a process has workspaces and proxies; a stack that is not touched costs nothing.
const MOST_LOOKUPS: usize = 64;

const LOOPBACK: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
];

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    async fn told(mut progress: watch::Receiver<Option<Found>>) -> Found {
        progress.wait_for(Option::is_some).await.unwrap().clone().unwrap()
    }

    fn loopback() -> Found {
        Ok(LOOPBACK.into())
    }

    #[tokio::test]
    async fn a_silent_name_server_holds_one_thread_for_each_name_and_stops_no_other() {
        let (go_on, held) = mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let mut waiting = Vec::new();
        for count in 0..8 {
            for name in ["one.hanging.test", "two.hanging.test"] {
                let held = held.clone();
                let hang = move |_: &str| {
                    let _ = held.lock().unwrap().recv();
                    loopback()
                };
                waiting.push(join(name, hang).unwrap());
                let of_name = |lookup: &&Lookup| lookup.name == name;
                assert_eq!(lookups().iter().filter(of_name).count(), 1, "{count}");
            }
        }
        let addresses = told(join("answered.test", |_| loopback()).unwrap()).await.unwrap();
        assert_eq!(*addresses, LOOPBACK);
        drop(go_on);
        for progress in waiting {
            assert_eq!(*told(progress).await.unwrap(), LOOPBACK);
        }
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_told_in_the_systems_words_and_asked_again() {
        for _ in 0..2 {
            let failing = |_: &str| Err(NoAddress::because("unknown"));
            let said = told(join("unknown.test", failing).unwrap()).await.unwrap_err().to_string();
            assert_eq!(said, "unknown");
        }
        let addresses = told(join("unknown.test", |_| loopback()).unwrap()).await.unwrap();
        assert_eq!(*addresses, LOOPBACK);
    }

    #[tokio::test]
    async fn a_lookup_that_panics_is_an_error_and_the_next_is_another() {
        let mut progress = join("panics.test", |_| panic!("on purpose")).unwrap();
        assert!(progress.wait_for(Option::is_some).await.is_err());
        assert!(told(join("panics.test", |_| loopback()).unwrap()).await.is_ok());
    }
}
