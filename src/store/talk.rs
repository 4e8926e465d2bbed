//! One conversation with a server: connect, ask, leave.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::resp::{self, Reply};
use crate::config::labels::NetworkLabels;
use crate::config::network::Network;
use crate::config::store::Place;
use crate::http::stream::{Stream, connect};
use crate::time::{Now, TimeLimit};

/// A connection, and what it has brought that nobody has read.
pub(crate) struct Talk {
    stream: Box<Stream>,
    unread: Vec<u8>,
    limit: TimeLimit,
}

/// Commands that are sent together.
#[derive(Default)]
pub(crate) struct Commands {
    /// A password may be in it.
    bytes: Zeroizing<Vec<u8>>,
    count: usize,
}

impl Commands {
    /// Those that begin a conversation there.
    pub(crate) fn greeting(place: &Place) -> Commands {
        let mut commands = Commands::default();
        // It is not moved while it grows.
        commands.bytes.reserve(512);
        if let Some(password) = &place.password {
            let password = password.expose().as_bytes();
            match &place.user {
                Some(user) => commands.add(&[b"AUTH", user.as_bytes(), password]),
                None => commands.add(&[b"AUTH", password]),
            }
        }
        if let Some(number) = place.database.filter(|number| *number != 0) {
            commands.add(&[b"SELECT", number.to_string().as_bytes()]);
        }
        commands
    }

    pub(crate) fn add(&mut self, words: &[&[u8]]) {
        resp::put(&mut self.bytes, words);
        self.count += 1;
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }
}

impl Talk {
    /// Connects to `place`. There is an answer, or an error, within `limit`.
    ///
    /// # Errors
    ///
    /// In words without a secret; they go on "the store …".
    pub(crate) async fn begin(
        place: &Place,
        trust: (&Network, &NetworkLabels),
        limit: TimeLimit,
    ) -> Result<Talk, String> {
        let encrypted = place.is_encrypted.then_some(trust);
        let connecting = connect(&place.host, place.port, encrypted);
        match timeout(limit.remaining(Now::read()), connecting).await {
            Ok(stream) => Ok(Talk { stream: Box::new(stream?), unread: Vec::new(), limit }),
            Err(_) => Err(late(limit)),
        }
    }

    /// From now on there is an answer within `limit`.
    pub(crate) fn go_on(&mut self, limit: TimeLimit) {
        self.limit = limit;
    }

    /// The replies to `commands`, one for each.
    ///
    /// # Errors
    ///
    /// As those of [`Talk::begin`]. What a server refuses is a reply.
    pub(crate) async fn ask(&mut self, commands: &Commands) -> Result<Vec<Reply>, String> {
        let limit = self.limit;
        let asking = self.exchange(commands);
        timeout(limit.remaining(Now::read()), asking).await.unwrap_or_else(|_| Err(late(limit)))
    }

    async fn exchange(&mut self, commands: &Commands) -> Result<Vec<Reply>, String> {
        let broken = |error: std::io::Error| format!("broke off: {}", error.kind());
        self.stream.write_all(&commands.bytes).await.map_err(broken)?;
        self.stream.flush().await.map_err(broken)?;
        let mut replies = Vec::with_capacity(commands.count);
        while replies.len() < commands.count {
            match resp::reply(&self.unread) {
                Ok(Some((reply, taken))) => {
                    self.unread.drain(..taken);
                    replies.push(reply);
                }
                // What is no whole reply yet has a limit of its own there.
                Ok(None) => {
                    if self.stream.read_buf(&mut self.unread).await.map_err(broken)? == 0 {
                        return Err("broke off its answer".to_owned());
                    }
                }
                Err(resp::Malformed) => return Err("answered as no Redis does".to_owned()),
            }
        }
        Ok(replies)
    }
}

fn late(limit: TimeLimit) -> String {
    format!("did not answer within {} s", limit.length().as_secs())
}
