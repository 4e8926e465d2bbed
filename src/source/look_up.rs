//! What the workspace tells besides tokens, such as the endpoint that they are for:
//! <https://docs.databricks.com/api/workspace/postgres/getendpoint>.

use serde::de::IgnoredAny;

use super::postgres::PostgresTokens;
use crate::error::Error;
use crate::event::Wanted;
use crate::http::{Refused, Request, What};
use crate::secret::AccessToken;
use crate::trip::Trip;
use crate::wire::{authorization, json};

impl PostgresTokens {
    /// The JSON at `path`, which begins with a slash.
    ///
    /// # Errors
    ///
    /// Those of an access token, and of asking the workspace with it.
    pub(crate) async fn look_up(&self, path: &str, trip: &Trip) -> Result<String, Error> {
        let found = self.find(path, trip).await;
        self.access_tokens.wipe();
        found
    }

    async fn find(&self, path: &str, trip: &Trip) -> Result<String, Error> {
        let (token, trip) = &self.access_tokens.obtain(trip).await?;
        let found = self.get(path, token, trip).await;
        if !self.takes_another(token, &found) {
            return found;
        }
        let (another, trip) = &self.access_tokens.obtain(trip).await?;
        self.get(path, another, trip).await
    }

    async fn get(&self, path: &str, token: &AccessToken, trip: &Trip) -> Result<String, Error> {
        let bearer = token.0.expose();
        let request = Request {
            wanted: Wanted::AccessToken,
            path,
            authorization: Some(authorization("Bearer", bearer)?),
            workspace_id: self.workspace_id.as_deref(),
            body: None,
            secret: bearer,
            advise: &|refused| match refused {
                Refused::What(what) => self.advice_on_resource(*what, path),
                Refused::Who(_) | Refused::Here(_) => self.advice(refused),
            },
        };
        let answer = self.http.send(&request, trip).await?;
        let read = json::<IgnoredAny>(&answer);
        read.map_err(|why| self.http.unusable(&request, &answer, why).error)?;
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }

    fn advice_on_resource(&self, what: What, path: &str) -> Option<String> {
        let host = &self.http.labels().host;
        // Without the API and the query.
        let name = path.rsplit("/postgres/").next().and_then(|name| name.split('?').next())?;
        match what {
            What::Permission => {
                Some(format!("Let the identity see {name}: CAN VIEW on the Lakebase project."))
            }
            What::Missing => Some(format!("Check {name}, and that {host} is its workspace.")),
            What::Api => {
                Some(format!("Check that {host} is the workspace, in a region that has Lakebase."))
            }
            What::Feature => Some("Have an admin of the workspace enable Lakebase.".to_owned()),
            What::Quota | What::DisabledEndpoint | What::Request | What::Change => None,
        }
    }
}
