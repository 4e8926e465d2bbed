//! The ID tokens of a job of GitHub Actions, from the issuer that the job is given:
//! <https://docs.github.com/en/actions/reference/security/oidc>.

use std::sync::Arc;

use serde::Deserialize;

use crate::config::id_token::GitHubIssuer;
use crate::config::labels::{Label, Labels};
use crate::config::network::Network;
use crate::error::{Error, ErrorCode};
use crate::event::Wanted;
use crate::http::{Here, Http, Refused, Request, What};
use crate::secret::Secret;
use crate::trip::{Reports, Trip};
use crate::wire::{authorization, json, secret};

/// One for `audience`, by the way to the workspace of `http`.
///
/// # Errors
///
/// `IDENTITY_UNAVAILABLE`, with the reason.
pub(super) async fn id_token(
    http: &Http,
    issuer: &GitHubIssuer,
    audience: &str,
    trip: &Trip,
) -> Result<Secret, Error> {
    let GitHubIssuer { host, path, token, .. } = issuer;
    // Of another label, and for loopback of another way: plain http needs none.
    let network = if host.is_plain() { Network::default() } else { http.network().clone() };
    let place = Label::variable("ACTIONS_ID_TOKEN_REQUEST_URL");
    let labels = Arc::new(Labels { host: place, ..http.labels().clone() });
    let http = Http::new(host.clone(), network, labels, vec![token.clone()]);
    let continued = if path.contains('?') { '&' } else { '?' };
    let audience: String = form_urlencoded::byte_serialize(audience.as_bytes()).collect();
    let request = Request {
        wanted: Wanted::AccessToken,
        path: &format!("{path}{continued}audience={audience}"),
        authorization: Some(authorization("Bearer", token.expose())?),
        workspace_id: None,
        body: None,
        secret: token.expose(),
        advise: &|refused| Some(advice(refused).to_owned()),
    };
    let trip = Trip { reports: Reports::default(), ..trip.clone() };
    let answer = http.send(&request, &trip).await.map_err(|failure| unavailable(failure.error))?;
    let read = json::<IdToken>(&answer);
    let read = read.map_err(|why| unavailable(http.unusable(&request, &answer, why).error))?;
    Ok(read.value)
}

/// What to do where the issuer refuses: it is no workspace.
fn advice(refused: &Refused) -> &'static str {
    match refused {
        Refused::Who(_) | Refused::What(What::Permission) => PERMISSION,
        Refused::Here(Here::Throttled | Here::Outage | Here::Failure) => {
            "Try again; if it lasts, look at https://www.githubstatus.com."
        }
        Refused::What(_) | Refused::Here(_) => CHECK_URL,
    }
}

fn unavailable(error: Error) -> Error {
    let lasts = !error.is_retryable();
    // What cannot be read is advised on as a workspace's.
    let error = if error.code == ErrorCode::Protocol { error.advise(CHECK_URL) } else { error };
    let what = format!("GitHub Actions gives no ID token: {}", error.what);
    Error { code: ErrorCode::IdentityUnavailable, what, lasts, ..error }
}

#[derive(Deserialize)]
struct IdToken {
    #[serde(deserialize_with = "secret")]
    value: Secret,
}

/// What to do for a caller whose patience has ended while it is asked.
pub(super) const WHEN_LATE: &str = "GitHub's issuer of ID tokens does not answer: check that this machine reaches \
     ACTIONS_ID_TOKEN_REQUEST_URL.";
const CHECK_URL: &str = "Check that ACTIONS_ID_TOKEN_REQUEST_URL is what GitHub gave the job.";
const PERMISSION: &str = "Give the job the permission `id-token: write`.";
