//! ID tokens that whoever looks can have: in a file, in a variable, of the issuer of a job.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::federation::default_audience;
use super::github;
use super::under_way::UnderWay;
use crate::config::id_token::IdTokenSource;
use crate::config::text_file::{Unread, read_file};
use crate::error::{Error, ErrorCode};
use crate::http::Http;
use crate::secret::Secret;
use crate::trip::Trip;
use crate::wire::check_token;

/// Those of one identity.
#[derive(Debug)]
pub(crate) struct IdTokens {
    http: Arc<Http>,
    /// Whom an issuer makes them for.
    audience: String,
    /// Where the latest caller has them.
    source: Mutex<Option<IdTokenSource>>,
    /// Whether an issuer is asked.
    asking: UnderWay,
}

impl IdTokens {
    pub(super) fn new(http: Arc<Http>, audience: Option<String>) -> IdTokens {
        let audience = audience.unwrap_or_else(|| default_audience(&http));
        IdTokens { http, audience, source: Mutex::default(), asking: UnderWay::default() }
    }

    /// From now on they come from there.
    pub(super) fn supply(&self, source: IdTokenSource) {
        self.lock().replace(source);
    }

    /// Lets go of what was supplied and is secret: it is never kept.
    pub(super) fn wipe(&self) {
        self.lock().take_if(|source| !matches!(source, IdTokenSource::File(_)));
    }

    /// What to do for a caller whose patience has ended while an issuer is asked.
    pub(super) fn advice_when_asking(&self) -> Option<String> {
        self.asking.is().then(|| github::WHEN_LATE.to_owned())
    }

    fn lock(&self) -> MutexGuard<'_, Option<IdTokenSource>> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One, obtained anew.
    pub(super) async fn obtain(&self, trip: &Trip) -> Result<Secret, Error> {
        let label = &self.http.labels().identity.proof;
        let unavailable = |what: String| {
            let advice = format!("Check {label}, and whoever writes the ID token there.");
            let error = Error::new(ErrorCode::IdentityUnavailable, what, advice);
            Error { lasts: true, ..error }
        };
        let source = self.lock().clone();
        let text = match source {
            Some(IdTokenSource::Text(text)) => text,
            Some(IdTokenSource::File(path)) => {
                let text = read_file(&path).map_err(|unread| {
                    let why = match unread {
                        Unread::Missing => "is not there".to_owned(),
                        Unread::NoFile => "is no regular file".to_owned(),
                        Unread::TooLarge => "is larger than 1 MiB".to_owned(),
                        Unread::Failed(kind) => format!("cannot be read ({kind})"),
                    };
                    unavailable(format!("The file of {label} {why}"))
                })?;
                Secret::new(text.trim().to_owned())
            }
            Some(IdTokenSource::GitHub(issuer)) => {
                let _asking = self.asking.begin();
                github::id_token(&self.http, &issuer, &self.audience, trip).await?
            }
            None => return Err(unavailable("There is no ID token any more".to_owned())),
        };
        if text.expose().is_empty() {
            return Err(unavailable(format!("The ID token of {label} is empty")));
        }
        check_token(text.expose())
            .map_err(|how| unavailable(format!("The ID token of {label} is one {how}")))?;
        Ok(text)
    }
}
