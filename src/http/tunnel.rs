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
    /// It answered with this status, as far as it tells.
    Refused(Option<u16>),
    /// It answered with something that is not HTTP.
    NotHttp,
    /// The connection to it broke.
    Broken(BoxError),
}

/// The status with which the proxy at the other end of `stream` answers whoever asks it to connect to
/// `authority`; `None` if it does not speak HTTP.
pub(super) async fn status(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    authority: &str,
    login: Option<&HeaderValue>,
) -> io::Result<Option<u16>> {
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
    if let Some(login) = login {
        request = [&request[..], b"Proxy-Authorization: ", login.as_bytes(), b"\r\n"].concat();
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await?;
    let mut line = [0; LONGEST_LINE];
    let mut length = 0;
    // Of what follows it nothing matters, however odd it is.
    while length < line.len() && !line[..length].contains(&b'\n') {
        let count = stream.read(&mut line[length..]).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        length += count;
    }
    Ok(status_in(&line[..length]))
}

/// That of a status line (RFC 9112 §4).
fn status_in(line: &[u8]) -> Option<u16> {
    let rest = line.strip_prefix(b"HTTP/1.")?.get(2..5)?;
    std::str::from_utf8(rest).ok()?.parse().ok()
}

impl fmt::Display for NoTunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoTunnel::LoginRequired => f.write_str("proxy authentication required (407)"),
            NoTunnel::Refused(Some(status)) => {
                write!(f, "the proxy answered {status} to CONNECT")
            }
            NoTunnel::Refused(None) => f.write_str("the proxy refuses CONNECT"),
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

/// More than a status and its reason take.
const LONGEST_LINE: usize = 1024;

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    /// What comes of this answer, told letter by letter.
    async fn told(answer: &str) -> io::Result<Option<u16>> {
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
        let asking = async {
            let told = status(&mut ours, "workspace.test:443", Some(&login)).await;
            drop(ours);
            told
        };
        let (told, request) = tokio::join!(asking, answering);
        assert_eq!(
            request,
            "CONNECT workspace.test:443 HTTP/1.1\r\nHost: workspace.test:443\r\n\
             Proxy-Authorization: Basic dTpw\r\n\r\n"
        );
        told
    }

    #[tokio::test]
    async fn what_a_proxy_answers_is_told_by_its_first_line() {
        let many = "X: 1\r\n".repeat(5000);
        for (answer, expected) in [
            ("HTTP/1.1 200 Connection established\r\n\r\n", Some(200)),
            ("HTTP/1.0 403 Forbidden\nContent-Length: 2\n\nno", Some(403)),
            ("HTTP/1.1 503\r\n\r\n", Some(503)),
            ("HTTP/1.1 407 Login\r\nProxy-Authenticate : Basic\r\n\r\n", Some(407)),
            (&format!("HTTP/1.1 407 Login\r\n{many}\r\n"), Some(407)),
            ("SSH-2.0-OpenSSH_9.6\r\n", None),
            ("HTTP/1.1 4x3 Odd\r\n", None),
            ("HTTP/1.1\n", None),
            (&"x".repeat(2000), None),
        ] {
            assert_eq!(told(answer).await.unwrap(), expected, "{answer:.40}");
        }
        for answer in ["", "HTTP/1.1 200"] {
            let kind = told(answer).await.unwrap_err().kind();
            assert_eq!(kind, io::ErrorKind::UnexpectedEof, "{answer}");
        }
    }
}
