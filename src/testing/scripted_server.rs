//! A workspace for tests: a listener on loopback that answers as it is told, whatever it is asked.
//!
//! While it runs a paused clock stands still: tokio would otherwise advance it whenever everybody
//! waits for a socket, and time-outs would come at random.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, spawn_blocking};

/// A server, until it is dropped.
pub(crate) struct ScriptedServer {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    accepting: JoinHandle<()>,
    /// Its other end holds the clock until this one is dropped.
    _clock: Sender<()>,
}

/// What happens to one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// It is answered with these bytes.
    Bytes(Vec<u8>),
    /// It is answered with these bytes, and then the connection is closed.
    Last(Vec<u8>),
    /// It is answered with the first bytes, and then the second ones again and again.
    Endless(Vec<u8>, Vec<u8>),
    /// The connection is closed instead.
    Break,
    /// Nothing happens.
    Silence,
}

#[derive(Default)]
struct Script {
    replies: VecDeque<Reply>,
    requests: Vec<String>,
    connections: usize,
}

impl ScriptedServer {
    /// Listens; whatever is asked before it is told an answer is met with a closed connection, but for
    /// what it says of itself: that is nothing, and is not noted.
    pub(crate) async fn start() -> ScriptedServer {
        let (clock, held) = mpsc::channel();
        // tokio does not advance a paused clock while something blocks.
        spawn_blocking(move || held.recv());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Mutex::new(Script::default()));
        let accepting = tokio::spawn(accept(listener, script.clone()));
        ScriptedServer { address, script, accepting, _clock: clock }
    }

    /// The server's origin.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Has the next requests met with `replies`, one each, after those already told.
    pub(crate) fn tell(&self, replies: impl IntoIterator<Item = Reply>) {
        lock(&self.script).replies.extend(replies);
    }

    /// The requests since the last call, as they were on the wire.
    pub(crate) fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.script).requests)
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        lock(&self.script).connections
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Reply {
    /// An answer with a body of known length. `status` is such as "200 OK".
    pub(crate) fn new(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Reply {
        let body = body.as_ref();
        let length = body.len().to_string();
        let head = head(status, &[headers, &[("Content-Length", &length)]].concat());
        Reply::Bytes([head.as_bytes(), body].concat())
    }
}

/// The head of an answer, with the empty line that ends it.
pub(crate) fn head(status: &str, headers: &[(&str, &str)]) -> String {
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\n{headers}\r\n")
}

async fn accept(listener: TcpListener, script: Arc<Mutex<Script>>) {
    while let Ok((stream, _)) = listener.accept().await {
        lock(&script).connections += 1;
        tokio::spawn(serve(stream, script.clone()));
    }
}

/// Ends when the client goes, or an answer ends the connection.
async fn serve(mut stream: TcpStream, script: Arc<Mutex<Script>>) -> Option<()> {
    loop {
        let request = read_request(&mut stream).await?;
        let reply = {
            let mut script = lock(&script);
            if script.replies.is_empty() && request.starts_with("GET /.well-known/") {
                Reply::new("404 Not Found", &[], "")
            } else {
                script.requests.push(request);
                script.replies.pop_front().unwrap_or(Reply::Break)
            }
        };
        match reply {
            Reply::Bytes(bytes) => stream.write_all(&bytes).await.ok()?,
            Reply::Last(bytes) => return stream.write_all(&bytes).await.ok(),
            Reply::Endless(first, again) => {
                stream.write_all(&first).await.ok()?;
                loop {
                    stream.write_all(&again).await.ok()?;
                }
            }
            Reply::Break => return None,
            Reply::Silence => std::future::pending().await,
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= content_length(head)
        {
            return Some(text);
        }
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
}

fn content_length(head: &str) -> usize {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, length)| length.trim().parse().unwrap())
}

fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}
