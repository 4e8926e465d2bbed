//! What of a way to a workspace failed: its name, the proxy, the tunnel or its own end.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
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
        // Also of an answer that is too odd or too long for the library.
        "tunnel error: unsuccessful" | "tunnel error: proxy response headers too long" => {
            NoConnection::Tunnel(match refusal(way, names).await {
                Answered::Status(407) => NoTunnel::LoginRequired,
                Answered::Status(status @ 300..) => NoTunnel::Refused(Some(status)),
                Answered::NotHttp => NoTunnel::NotHttp,
                // Or it refuses no longer.
                Answered::Status(_) | Answered::Nothing => NoTunnel::Refused(None),
            })
        }
        text if text.starts_with("tunnel error: ") => NoConnection::Tunnel(NoTunnel::Broken(error)),
        _ => NoConnection::ToWorkspace(error),
    }
}

/// What a proxy answers that has just refused.
#[derive(Clone, Copy, Debug)]
enum Answered {
    Status(u16),
    NotHttp,
    Nothing,
}

/// A proxy's latest answer.
struct Known {
    proxy: (String, u16),
    authority: String,
    at: Instant,
    answered: Answered,
}

/// Why the proxy refuses: hyper-util does not tell its status, so it is asked once more, and then not
/// again for a while: whoever retries, and all who go the same way, learn the same.
async fn refusal(way: &Way, names: &Names) -> Answered {
    static KNOWN: Mutex<Vec<Known>> = Mutex::new(Vec::new());
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    // What is said under TLS is too much to ask for a status.
    if way.is_tls {
        return Answered::Nothing;
    }
    let is_this = |known: &&Known| {
        (&*known.proxy.0, known.proxy.1, &*known.authority)
            == (&*way.host, way.port, &*way.authority)
    };
    let now = Instant::now();
    {
        let mut known = known();
        known.retain(|known| now.saturating_duration_since(known.at) < KNOWN_FOR);
        if let Some(known) = known.iter().find(is_this) {
            return known.answered;
        }
    }
    let asking = async {
        let mut stream = connect(way, names).await?;
        tunnel::status(&mut stream, &way.authority, way.login.as_ref()).await.ok()
    };
    let answered = match timeout(LIMIT, asking).await {
        Ok(Some(Some(status))) => Answered::Status(status),
        Ok(Some(None)) => Answered::NotHttp,
        Ok(None) | Err(_) => Answered::Nothing,
    };
    let proxy = (way.host.clone(), way.port);
    known().push(Known { proxy, authority: way.authority.clone(), at: now, answered });
    answered
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

/// Half of what a connection may take: it has answered a moment ago.
const LIMIT: Duration = Duration::from_secs(2);

/// As long as a flight's retries take, and short for whoever mends the proxy meanwhile.
const KNOWN_FOR: Duration = Duration::from_secs(15);
