//! The proxy on the way to a workspace.

use std::sync::Arc;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{ClientBuilder, Url};
use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, Resumption, Tls12ClientSessionValue,
    Tls13ClientSessionValue,
};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, NamedGroup};

use super::proxy_login::{Gate, PacedLogin};
use super::retry::LATER_ATTEMPT;
use crate::config::Host;
use crate::config::labels::{Label, NetworkLabels};
use crate::config::network::{Network, Proxy};
use crate::secret::Secret;

/// A proxy that is not bypassed.
pub(super) struct Way<'a> {
    proxy: &'a Proxy,
    label: &'a Label,
    /// That of its user and password, if it has them.
    gate: Option<Arc<Gate>>,
    /// The workspace's name, where the proxy itself is not greeted by the same.
    workspace: Option<ServerName<'static>>,
}

impl Way<'_> {
    /// The way to `host`; `None` if there is no proxy, or it is bypassed.
    pub(super) fn to<'a>(
        host: &Host,
        network: &'a Network,
        labels: &'a NetworkLabels,
    ) -> Option<Way<'a>> {
        let proxy = network.proxy.as_ref()?;
        let label = labels.proxy.as_ref().expect("every proxy was set somewhere");
        // As reqwest does it, which tells nobody.
        let url = Url::parse(proxy.url.expose()).ok()?;
        let bypass = proxy.bypass.as_deref().unwrap_or_default();
        let matcher = Matcher::builder().https(String::from(url)).no(bypass).build();
        let destination = host.as_str().parse().ok()?;
        let intercept = matcher.intercept(&destination)?;
        let credential = intercept.basic_auth().and_then(|header| header.to_str().ok());
        let gate = credential.map(|header| Gate::of(Secret::new(header.to_owned())));
        let is_greeted = intercept.uri().scheme_str() == Some("https");
        let name =
            destination.host().filter(|name| !is_greeted || intercept.uri().host() != Some(*name));
        let workspace = name.and_then(|name| ServerName::try_from(name.to_owned()).ok());
        Some(Way { proxy, label, gate, workspace })
    }

    /// Where the proxy was set.
    pub(super) fn label(&self) -> &Label {
        self.label
    }

    /// Has `config` tell of every tunnel.
    pub(super) fn watch(&self, config: &mut ClientConfig) {
        if let (Some(workspace), Some(gate)) = (&self.workspace, &self.gate) {
            let (workspace, gate) = (workspace.clone(), gate.clone());
            let memory = ClientSessionMemoryCache::new(REMEMBERED_SESSIONS);
            config.resumption = Resumption::store(Arc::new(Tunnelled { workspace, gate, memory }));
        }
    }

    /// Has the client go this way.
    pub(super) fn lead(&self, builder: ClientBuilder) -> Result<ClientBuilder, String> {
        // The URL was checked when it was read; this error would repeat it.
        let proxy = reqwest::Proxy::https(self.proxy.url.expose())
            .map_err(|_| format!("{} is not usable", self.label))?;
        let builder = builder.proxy(proxy).connector_layer(PacedLogin(self.gate.clone()));
        // The gate has a limit of its own, which does not begin before it lets somebody through.
        let is_gated = self.gate.is_some();
        Ok(if is_gated { builder.connect_timeout(LATER_ATTEMPT) } else { builder })
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

/// Rustls's own default.
const REMEMBERED_SESSIONS: usize = 256;
