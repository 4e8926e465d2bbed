//! What a proxy answers to whoever asks it for a tunnel (RFC 9110 §9.3.6).

use std::error::Error;
use std::fmt;
use std::io;

use reqwest::header::HeaderValue;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// What a library says.
pub(super) type BoxError = Box<dyn Error + Send + Sync>;

/// Why there is no tunnel.
#[derive(Debug)]
pub(super) enum NoTunnel {
    /// The proxy asks for a user and a password, or for others (407).
    LoginRequired,
    /// It answered with this status.
    Refused(u16),
    /// It answered with something that is not HTTP.
    NotHttp,
    /// The connection to it broke.
    Broken(BoxError),
}

/// Has the proxy at the other end of `stream` connect it to `authority`.
pub(super) async fn open(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    authority: &str,
    login: Option<&HeaderValue>,
) -> Result<(), NoTunnel> {
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
    if let Some(login) = login {
        request = [&request[..], b"Proxy-Authorization: ", login.as_bytes(), b"\r\n"].concat();
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await.map_err(broken)?;
    let mut head = [0; LARGEST_HEAD];
    let mut length = 0;
    // What follows the head is the workspace's, which does not speak first.
    while length < head.len() {
        let count = stream.read(&mut head[length..]).await.map_err(broken)?;
        if count == 0 {
            return Err(broken(io::ErrorKind::UnexpectedEof.into()));
        }
        length += count;
        if let Some(outcome) = outcome(&head[..length]) {
            return outcome;
        }
    }
    Err(NoTunnel::NotHttp)
}

fn broken(error: io::Error) -> NoTunnel {
    NoTunnel::Broken(error.into())
}

/// What a proxy's answer means; `None` while it is not whole.
fn outcome(head: &[u8]) -> Option<Result<(), NoTunnel>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    match response.parse(head) {
        Ok(httparse::Status::Partial) => return None,
        Ok(httparse::Status::Complete(_)) => {}
        Err(_) => return Some(Err(NoTunnel::NotHttp)),
    }
    Some(match response.code {
        Some(200..=299) => Ok(()),
        Some(407) => Err(NoTunnel::LoginRequired),
        Some(status) => Err(NoTunnel::Refused(status)),
        None => Err(NoTunnel::NotHttp),
    })
}

impl fmt::Display for NoTunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoTunnel::LoginRequired => f.write_str("proxy authentication required (407)"),
            NoTunnel::Refused(status) => write!(f, "the proxy answered {status} to CONNECT"),
            NoTunnel::NotHttp => f.write_str("the proxy answered with something that is not HTTP"),
            NoTunnel::Broken(error) => error.fmt(f),
        }
    }
}

impl Error for NoTunnel {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            NoTunnel::Broken(error) => error.source(),
            NoTunnel::LoginRequired | NoTunnel::Refused(_) | NoTunnel::NotHttp => None,
        }
    }
}

const LARGEST_HEAD: usize = 16 * 1024;

const MOST_HEADERS: usize = 128;

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    /// What comes of this answer, told letter by letter.
    async fn told(answer: &str) -> Result<(), NoTunnel> {
        let (mut ours, mut proxys) = duplex(1);
        let answering = async {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(proxys.read_u8().await.unwrap());
            }
            // It may have seen enough before the end.
            let _ = proxys.write_all(answer.as_bytes()).await;
            drop(proxys);
            String::from_utf8(request).unwrap()
        };
        let login = HeaderValue::from_static("Basic dTpw");
        let opening = async {
            let outcome = open(&mut ours, "workspace.test:443", Some(&login)).await;
            drop(ours);
            outcome
        };
        let (outcome, request) = tokio::join!(opening, answering);
        assert_eq!(
            request,
            "CONNECT workspace.test:443 HTTP/1.1\r\nHost: workspace.test:443\r\n\
             Proxy-Authorization: Basic dTpw\r\n\r\n"
        );
        outcome
    }

    #[tokio::test]
    async fn what_a_proxy_answers_is_told_apart() {
        for (answer, expected) in [
            ("HTTP/1.1 200 Connection established\r\n\r\n", "Ok(())"),
            ("HTTP/1.0 200\r\nVia: 1.0 proxy.test\r\n\r\n", "Ok(())"),
            ("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", "Err(Refused(403))"),
            ("HTTP/1.1 503 Unavailable\r\n\r\n", "Err(Refused(503))"),
            ("HTTP/1.1 407 Login\r\n\r\n", "Err(LoginRequired)"),
            ("SSH-2.0-OpenSSH_9.6\r\n", "Err(NotHttp)"),
            ("HTTP/1.1 200 OK\r\n", "Err(Broken(Kind(UnexpectedEof)))"),
            ("", "Err(Broken(Kind(UnexpectedEof)))"),
        ] {
            assert_eq!(format!("{:?}", told(answer).await), expected, "{answer}");
        }
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(LARGEST_HEAD));
        assert_eq!(format!("{:?}", told(&endless).await), "Err(NotHttp)");
    }
}
