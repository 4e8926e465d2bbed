//! What sends the requests to one workspace.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, redirect};

use super::look::Seen;
use super::names::Names;
use super::proxy::Way;
use super::retry::{CONNECT_LIMIT, LATER_ATTEMPT};
use super::roots::Roots;
use super::trust;
use super::way::Explaining;
use crate::config::Host;
use crate::config::labels::{Label, NetworkLabels};
use crate::config::network::Network;

/// What is made when the first request is sent.
pub(super) struct Connector {
    pub client: Client,
    /// What was to be trusted and could not be read.
    pub problems: Arc<[String]>,
    /// The proxy that leads to the workspace.
    pub proxy: Option<Arc<Way>>,
}

impl Connector {
    /// That to `host`; it tells `seen`, if somebody wants to know, what it sees there.
    ///
    /// # Errors
    ///
    /// What the libraries say; it is for the cause of an error.
    pub(super) fn new(
        host: &Host,
        network: &Network,
        labels: &NetworkLabels,
        roots: Roots,
        seen: Option<Arc<Seen>>,
    ) -> Result<Connector, String> {
        let mut config =
            trust::config(roots.trusted, roots.named, seen).map_err(|error| error.to_string())?;
        let proxy = Way::to(host, network, labels)?.map(Arc::new);
        if let Some(way) = &proxy {
            way.watch(&mut config);
        }
        let names = Names { plain_name: host.plain_name().map(Arc::from) };
        let builder = Client::builder()
            .tls_backend_preconfigured(config)
            .http1_only()
            .http1_max_headers(MOST_HEADERS)
            .user_agent(concat!("lakebase-token/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .dns_resolver(Arc::new(names.clone()))
            .connector_layer(Explaining { way: proxy.clone(), names })
            .connect_timeout(connect_limit(proxy.as_deref()))
            .pool_idle_timeout(IDLE_LIMIT)
            // reqwest itself must not read proxies from the environment: reading it beside
            // JavaScript's writes is a data race.
            .no_proxy();
        let builder = match &proxy {
            Some(way) => way.lead(builder)?,
            None => builder,
        };
        let client = builder.build().map_err(|error| error.to_string())?;
        Ok(Connector { client, problems: roots.problems, proxy })
    }

    /// Whether what was set as the proxy seems to be a script.
    pub(super) fn is_led_by_script(&self) -> bool {
        self.proxy.as_ref().is_some_and(|way| way.is_script)
    }

    /// Where the proxy was set, if there is one.
    pub(super) fn proxy_label(&self) -> Option<&Label> {
        self.proxy.as_ref().map(|way| &way.label)
    }
}

/// The gate of a password has a limit of its own, which does not begin before it lets somebody through.
fn connect_limit(proxy: Option<&Way>) -> Duration {
    match proxy.and_then(|way| way.gate.as_ref()) {
        Some(_) => LATER_ATTEMPT,
        None => CONNECT_LIMIT,
    }
}

/// Long enough for the second request of a flight to use the connection of the first.
/// Not longer: a process may have thousands of configurations, with a socket each.
const IDLE_LIMIT: Duration = Duration::from_secs(5);

/// Gateways add some, each for itself. Hyper's own limit of 100 saves it an allocation.
const MOST_HEADERS: usize = 4096;
