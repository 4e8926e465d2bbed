//! What sends the requests to one workspace.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, redirect};

use super::proxy::Way;
use super::retry::CONNECT_LIMIT;
use super::roots::Roots;
use super::trust;
use crate::config::Host;
use crate::config::labels::{Label, NetworkLabels};
use crate::config::network::Network;

/// What is made when the first request is sent.
pub(super) struct Connector {
    pub client: Client,
    /// What was to be trusted and could not be read.
    pub problems: Arc<[String]>,
    /// Where the proxy that leads to the workspace was set.
    pub proxy: Option<Label>,
}

impl Connector {
    /// That to `host`.
    ///
    /// # Errors
    ///
    /// What the libraries say; it is for the cause of an error.
    pub(super) fn new(
        host: &Host,
        network: &Network,
        labels: &NetworkLabels,
        roots: Roots,
    ) -> Result<Connector, String> {
        let mut config = trust::config(roots.store).map_err(|error| error.to_string())?;
        let way = Way::to(host, network, labels);
        if let Some(way) = &way {
            way.watch(&mut config);
        }
        let builder = Client::builder()
            .tls_backend_preconfigured(config)
            .http1_only()
            .user_agent(concat!("lakebase-token/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .pool_idle_timeout(IDLE_LIMIT)
            // reqwest itself must not read proxies from the environment: reading it beside
            // JavaScript's writes is a data race.
            .no_proxy();
        let builder = match host.plain_name() {
            // Whatever a resolver says of it (RFC 6761 §6.3): what is sent there is sent in the clear.
            Some(name) => builder.resolve_to_addrs(name, &LOOPBACK),
            None => builder,
        };
        let builder = match &way {
            Some(way) => way.lead(builder)?,
            None => builder,
        };
        let client = builder.build().map_err(|error| error.to_string())?;
        Ok(Connector {
            client,
            problems: roots.problems,
            proxy: way.map(|way| way.label().clone()),
        })
    }
}

/// Long enough for the second request of a flight to use the connection of the first.
const IDLE_LIMIT: Duration = Duration::from_secs(20);

/// Port zero is the port of the URL.
const LOOPBACK: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
];
