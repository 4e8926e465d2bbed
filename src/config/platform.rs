//! What a platform gives whoever runs there, so that nobody has to set a secret.

use url::{Position, Url};

use super::host::Host;
use super::id_token::{GitHubIssuer, IdTokenSource};
use super::labels::{Label, Labelled, Set};
use crate::secret::Secret;

/// The platforms that have ID tokens. They mean something only beside a client id.
#[derive(Default)]
pub(super) struct Platforms {
    pub vercel: Option<Vercel>,
    /// Its issuer, or what is wrong with its address.
    pub github: Option<Labelled<Result<IdTokenSource, &'static str>>>,
}

/// <https://vercel.com/docs/oidc>: an ID token in each request, in the context of whoever serves it.
pub(super) struct Vercel {
    pub label: Label,
    /// Where there is one without a request: in a build, or on a laptop.
    pub besides: Option<IdTokenSource>,
}

impl Platforms {
    pub(super) fn read<E>(set: &mut Set<'_, E>) -> Result<Platforms, E> {
        Ok(Platforms { vercel: Vercel::read(set)?, github: github(set)? })
    }
}

impl Vercel {
    fn read<E>(set: &mut Set<'_, E>) -> Result<Option<Vercel>, E> {
        let file =
            set(VERCEL_FILE)?.map(|file| (file.label, IdTokenSource::File(file.value.into())));
        let besides = match file {
            Some(file) => Some(file),
            None => set(VERCEL_TOKEN)?
                .map(|token| (token.label, IdTokenSource::Text(Secret::new(token.value)))),
        };
        let is_there = besides.is_some() || set(VERCEL)?.is_some_and(|set| set.value == "1");
        Ok(is_there.then(|| {
            let (label, besides) = besides.unzip();
            let request = || Label::Described("Vercel's request".to_owned());
            Vercel { label: label.unwrap_or_else(request), besides }
        }))
    }
}

/// <https://docs.github.com/en/actions/reference/security/oidc>: an issuer that is asked by HTTP.
fn github<E>(
    set: &mut Set<'_, E>,
) -> Result<Option<Labelled<Result<IdTokenSource, &'static str>>>, E> {
    let (Some(url), Some(token)) = (set(GITHUB_URL)?, set(GITHUB_TOKEN)?) else { return Ok(None) };
    let audience = set(AUDIENCE)?.map(|audience| audience.value);
    let source = issuer(&url.value, Secret::new(token.value), audience).map(IdTokenSource::GitHub);
    Ok(Some(Labelled { value: source, label: url.label }))
}

/// The error completes the sentence "ACTIONS_ID_TOKEN_REQUEST_URL …".
fn issuer(
    url: &str,
    token: Secret,
    audience: Option<String>,
) -> Result<GitHubIssuer, &'static str> {
    let host = Host::parse(url)?;
    let parsed = Url::parse(url).map_err(|_| "is not a URL")?;
    let path = parsed[Position::BeforePath..Position::AfterQuery].to_owned();
    Ok(GitHubIssuer { host, path, token, audience })
}

const VERCEL: &str = "VERCEL";
const VERCEL_TOKEN: &str = "VERCEL_OIDC_TOKEN";
const VERCEL_FILE: &str = "VERCEL_OIDC_TOKEN_FILE";
pub(super) const GITHUB_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
pub(super) const GITHUB_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
/// The SDKs': whom ID tokens are asked for.
const AUDIENCE: &str = "DATABRICKS_TOKEN_AUDIENCE";
