//! The host of an endpoint, for whoever has not set it:
//! <https://docs.databricks.com/api/workspace/postgres/getendpoint>.

use serde::Deserialize;

use super::postgres::PostgresTokens;
use crate::error::{Error, ErrorCode};
use crate::event::Wanted;
use crate::http::{Refused, Request, What};
use crate::secret::AccessToken;
use crate::trip::Trip;
use crate::wire::{authorization, json};

impl PostgresTokens {
    /// Where the endpoint's Postgres listens: the direct host, which takes tokens.
    ///
    /// # Errors
    ///
    /// Those of an access token, and of asking the workspace with it. Each says that PGHOST may be set.
    pub(crate) async fn host(&self, trip: &Trip) -> Result<String, Error> {
        let found = self.find_host(trip).await;
        self.access_tokens.wipe();
        found
    }

    async fn find_host(&self, trip: &Trip) -> Result<String, Error> {
        let (token, trip) = &self.access_tokens.obtain(trip).await?;
        let found = self.look_up(token, trip).await;
        if !self.takes_another(token, &found) {
            return found;
        }
        let (another, trip) = &self.access_tokens.obtain(trip).await?;
        self.look_up(another, trip).await
    }

    async fn look_up(&self, access_token: &AccessToken, trip: &Trip) -> Result<String, Error> {
        let endpoint = &self.endpoint;
        let bearer = access_token.0.expose();
        let request = Request {
            wanted: Wanted::AccessToken,
            path: &format!("/api/2.0/postgres/{endpoint}"),
            authorization: Some(authorization("Bearer", bearer)?),
            workspace_id: self.workspace_id.as_deref(),
            body: None,
            secret: bearer,
            advise: &|refused| match refused {
                Refused::What(What::Permission) => {
                    Some(format!("Set PGHOST, or let the identity look up {endpoint}: CAN VIEW."))
                }
                Refused::Who(_) | Refused::What(_) | Refused::Here(_) => self.advice(refused),
            },
        };
        let answer = self.http.send(&request, trip).await?;
        let found = json::<Endpoint>(&answer);
        let found = found.map_err(|why| self.http.unusable(&request, &answer, why).error)?;
        let host = found.status.and_then(|status| status.hosts).and_then(|hosts| hosts.host);
        host.filter(|host| is_name(host)).ok_or_else(|| {
            let what = format!("The workspace tells no host of {endpoint}");
            Error::new(
                ErrorCode::Protocol,
                what,
                "Set PGHOST, or look whether the endpoint is ready.",
            )
        })
    }
}

/// Whether it can be a host's: nothing else is dialled.
fn is_name(host: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':');
    !host.is_empty() && host.len() <= 253 && host.bytes().all(is_part)
}

#[derive(Deserialize)]
struct Endpoint {
    status: Option<Status>,
}

#[derive(Deserialize)]
struct Status {
    hosts: Option<Hosts>,
}

#[derive(Deserialize)]
struct Hosts {
    host: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_a_name_is_dialled() {
        for (host, is) in [
            ("ep-x-1.database.us-east-1.cloud.databricks.com", true),
            ("127.0.0.1", true),
            ("::1", true),
            ("", false),
            ("/var/run/postgresql", false),
            ("a b", false),
            ("user@host", false),
        ] {
            assert_eq!(is_name(host), is, "{host}");
        }
    }
}
