//! The proxy on the way to a workspace.

use std::sync::Arc;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::header::HeaderValue;
use reqwest::{ClientBuilder, Url};
use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, Resumption, Tls12ClientSessionValue,
    Tls13ClientSessionValue,
};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, NamedGroup};

use super::look::server_name;
use super::proxy_login::Gate;
use super::trust::SESSIONS;
use crate::config::Host;
use crate::config::labels::{Label, NetworkLabels};
use crate::config::network::Network;
use crate::secret::Secret;

/// The way to a workspace through a proxy.
pub(super) struct Way {
    url: Secret,
    /// Where it was set.
    pub label: Label,
    /// Whether it looks as if it was a script that tells the proxy, which is not read.
    pub is_script: bool,
    /// The proxy itself.
    pub host: String,
    pub port: u16,
    pub is_tls: bool,
    /// Its user and password, if it has them.
    pub login: Option<HeaderValue>,
    /// What paces these.
    pub gate: Option<Arc<Gate>>,
    /// What the proxy is asked to connect to.
    pub authority: String,
    /// The workspace's name, where the proxy itself is not greeted by the same.
    workspace: Option<ServerName<'static>>,
}

impl Way {
    /// The way to `host` that `network` asks for; `None` if there is no proxy.
    ///
    /// # Errors
    ///
    /// The proxy cannot be used; it was checked when it was read.
    pub(super) fn to(
        host: &Host,
        network: &Network,
        labels: &NetworkLabels,
    ) -> Result<Option<Way>, String> {
        let Some(proxy) = &network.proxy else { return Ok(None) };
        let label = labels.proxy.clone().expect("every proxy was set somewhere");
        // Any error of these would repeat the URL.
        let unusable = || format!("{label} is not usable");
        let url = Url::parse(proxy.expose()).map_err(|_| unusable())?;
        let is_script = [".pac", "/wpad.dat"].iter().any(|end| url.path().ends_with(end));
        let is_tls = url.scheme() == "https";
        let port = url.port_or_known_default().ok_or_else(unusable)?;
        // As reqwest does it, which tells nobody.
        let matcher = Matcher::builder().https(String::from(url)).build();
        let workspace = Url::parse(host.as_str()).map_err(|_| unusable())?;
        let destination = host.as_str().parse().map_err(|_| unusable())?;
        let intercept = matcher.intercept(&destination).ok_or_else(unusable)?;
        let login = intercept.basic_auth().cloned();
        let credential = login.as_ref().and_then(|header| header.to_str().ok());
        let gate = credential.map(|header| Gate::of(Secret::new(header.to_owned())));
        let proxys_name = intercept.uri().host().unwrap_or_default().to_owned();
        let is_greeted = is_tls && proxys_name == host.name();
        Ok(Some(Way {
            url: proxy.clone(),
            is_script,
            host: proxys_name,
            port,
            is_tls,
            login,
            gate,
            authority: format!(
                "{}:{}",
                host.name(),
                workspace.port_or_known_default().unwrap_or(443)
            ),
            workspace: server_name(host.name()).filter(|_| !is_greeted),
            label,
        }))
    }

    /// Has `config` tell of every tunnel.
    pub(super) fn watch(&self, config: &mut ClientConfig) {
        if let (Some(workspace), Some(gate)) = (&self.workspace, &self.gate) {
            let (workspace, gate) = (workspace.clone(), gate.clone());
            let memory = ClientSessionMemoryCache::new(SESSIONS);
            config.resumption = Resumption::store(Arc::new(Tunnelled { workspace, gate, memory }));
        }
    }

    /// Has the client go this way.
    pub(super) fn lead(&self, builder: ClientBuilder) -> Result<ClientBuilder, String> {
        // The URL was checked when it was read; this error would repeat it.
        let proxy = reqwest::Proxy::https(self.url.expose())
            .map_err(|_| format!("{} is not usable", self.label))?;
        Ok(builder.proxy(proxy))
    }
}

/// Tells the gate that a tunnel stands, before whoever is at its other end has said a word: rustls
/// asks what it remembers of a server when it is about to greet it.
#[derive(Debug)]
struct Tunnelled {
    workspace: ServerName<'static>,
    gate: Arc<Gate>,
    memory: ClientSessionMemoryCache,
}

impl ClientSessionStore for Tunnelled {
    fn kx_hint(&self, server: &ServerName<'_>) -> Option<NamedGroup> {
        if *server == self.workspace {
            self.gate.prove();
        }
        self.memory.kx_hint(server)
    }

    fn set_kx_hint(&self, server: ServerName<'static>, group: NamedGroup) {
        self.memory.set_kx_hint(server, group);
    }

    fn set_tls12_session(&self, server: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.memory.set_tls12_session(server, value);
    }

    fn tls12_session(&self, server: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.memory.tls12_session(server)
    }

    fn remove_tls12_session(&self, server: &ServerName<'static>) {
        self.memory.remove_tls12_session(server);
    }

    fn insert_tls13_ticket(&self, server: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.memory.insert_tls13_ticket(server, value);
    }

    fn take_tls13_ticket(&self, server: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.memory.take_tls13_ticket(server)
    }
}
