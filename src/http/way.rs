//! What of a way to a workspace failed: its name, the proxy, the tunnel or its own end.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tower_layer::Layer;
use tower_service::Service;

use super::names::Names;
use super::no_connection::NoConnection;
use super::proxy::Way;
use super::proxy_login::Paced;
use super::tunnel::{self, BoxError, NoTunnel};

/// Has every new connection say how far it came, and present the proxy's password with care.
#[derive(Clone)]
pub(super) struct Explaining {
    pub way: Option<Arc<Way>>,
    pub names: Names,
}

impl<S> Layer<S> for Explaining {
    type Service = Paced<Explained<S>>;

    fn layer(&self, connector: S) -> Self::Service {
        let gate = self.way.as_ref().and_then(|way| way.gate.clone());
        Paced::new(Explained { connector, circumstances: self.clone() }, gate)
    }
}

/// A connector whose errors say how far it came.
#[derive(Clone)]
pub(super) struct Explained<S> {
    connector: S,
    circumstances: Explaining,
}

impl<S, R> Service<R> for Explained<S>
where
    S: Service<R, Error = BoxError> + Clone + Send + 'static,
    S::Future: Send,
    R: Send + 'static,
{
    type Response = S::Response;
    type Error = NoConnection;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, NoConnection>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), NoConnection>> {
        self.connector.poll_ready(context).map_err(NoConnection::ToWorkspace)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let connecting = self.connector.call(request);
        let Explaining { way, names } = self.circumstances.clone();
        Box::pin(async move {
            let error = match connecting.await {
                Ok(connection) => return Ok(connection),
                Err(error) => error,
            };
            Err(match way {
                Some(way) => explained(error, &way, &names).await,
                None => NoConnection::ToWorkspace(error),
            })
        })
    }
}

/// The one place that reads the words of hyper-util's `TunnelError`, which is not public.
async fn explained(error: BoxError, way: &Way, names: &Names) -> NoConnection {
    match error.to_string().as_str() {
        "tunnel error: failed to create underlying connection" => NoConnection::ToProxy(error),
        "tunnel error: proxy authorization required" => {
            NoConnection::Tunnel(NoTunnel::LoginRequired)
        }
        "tunnel error: unsuccessful" => {
            let asked = refusal(way, names).await;
            NoConnection::Tunnel(asked.unwrap_or(NoTunnel::Broken(error)))
        }
        text if text.starts_with("tunnel error: ") => NoConnection::Tunnel(NoTunnel::Broken(error)),
        _ => NoConnection::ToWorkspace(error),
    }
}

/// Why the proxy refuses: hyper-util does not tell its status, so it is asked once more. `None` where it
/// tells nothing, or refuses no longer.
async fn refusal(way: &Way, names: &Names) -> Option<NoTunnel> {
    // What is said under TLS is too much to ask for a status.
    if way.is_tls {
        return None;
    }
    let asking = async {
        let mut stream = connect(way, names).await?;
        match tunnel::open(&mut stream, &way.authority, way.login.as_ref()).await {
            Ok(()) | Err(NoTunnel::Broken(_)) => None,
            Err(refusal) => Some(refusal),
        }
    };
    timeout(LIMIT, asking).await.ok().flatten()
}

async fn connect(way: &Way, names: &Names) -> Option<TcpStream> {
    let bare = way.host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return TcpStream::connect((address, way.port)).await.ok();
    }
    let addresses = names.look_up(&way.host).await.ok()?;
    let with_port = |address: &SocketAddr| SocketAddr::new(address.ip(), way.port);
    let addresses: Vec<_> = addresses.iter().map(with_port).collect();
    TcpStream::connect(&addresses[..]).await.ok()
}

/// It has answered a moment ago.
const LIMIT: Duration = Duration::from_secs(1);
