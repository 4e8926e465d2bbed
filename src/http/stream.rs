//! A connection to something else than a workspace, which trusts what the workspace's connections trust.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper_rustls::MaybeHttpsStream;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::names::Names;
use super::{roots, trust};
use crate::config::labels::NetworkLabels;
use crate::config::network::Network;

/// A connection, encrypted or not: of the types that reqwest has of them, so that the binary has their code once.
pub(crate) type Stream = TokioIo<MaybeHttpsStream<TokioIo<TcpStream>>>;

/// Connects to `host`, an address or a name: to the first of its addresses that takes it.
///
/// # Errors
///
/// In words that hold nothing of anybody's secrets.
pub(crate) async fn connect(
    host: &str,
    port: u16,
    encrypted: Option<(&Network, &NetworkLabels)>,
) -> Result<Stream, String> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let stream = TokioIo::new(reach(bare, port).await?);
    let Some((network, labels)) = encrypted else { return Ok(TokioIo::new(stream.into())) };
    let roots = roots::read(network, labels)
        .await
        .map_err(|_| "cannot be trusted: the certificates could not be read".to_owned())?;
    let config = trust::config(roots.trusted, roots.named, None).map_err(|error| error.to_string());
    let mut config = config?;
    // That is of HTTP.
    config.alpn_protocols.clear();
    let name = ServerName::try_from(bare.to_owned()).map_err(|_| "has no name for TLS".to_owned());
    let connector = TlsConnector::from(Arc::new(config));
    match connector.connect(name?, TokioIo::new(stream)).await {
        Ok(stream) => Ok(TokioIo::new(MaybeHttpsStream::Https(TokioIo::new(stream)))),
        Err(error) => Err(format!("cannot be reached by TLS: {error}")),
    }
}

async fn reach(host: &str, port: u16) -> Result<TcpStream, String> {
    let addresses: Vec<SocketAddr> = match host.parse() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => {
            let found = Names { plain_name: None }.look_up(host).await;
            let found = found.map_err(|error| format!("has no address: {error}"))?;
            found.iter().map(|found| SocketAddr::new(found.ip(), port)).collect()
        }
    };
    let mut reason = "has no address".to_owned();
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // What is said is short, and is answered.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => reason = format!("cannot be reached: {}", error.kind()),
        }
    }
    Err(reason)
}
