//! ID tokens that are there for whoever looks: in a file, in a variable.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::config::id_token::IdTokenSource;
use crate::config::labels::Label;
use crate::config::text_file::{Unread, read_file};
use crate::error::{Error, ErrorCode};
use crate::secret::Secret;
use crate::wire::check_token;

/// Where the latest caller has them.
#[derive(Debug, Default)]
pub(crate) struct IdTokens(Mutex<Option<IdTokenSource>>);

impl IdTokens {
    /// From now on they come from there.
    pub(super) fn supply(&self, source: IdTokenSource) {
        self.lock().replace(source);
    }

    /// Lets go of one that was supplied: it is never kept.
    pub(super) fn wipe(&self) {
        let mut source = self.lock();
        if matches!(*source, Some(IdTokenSource::Text(_))) {
            source.take();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<IdTokenSource>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One, read anew; `label` is what messages call it.
    pub(super) fn read(&self, label: &Label) -> Result<Secret, Error> {
        let unavailable = |what: String| {
            let advice = format!("Check {label}, and whoever writes the ID token there.");
            let error = Error::new(ErrorCode::IdentityUnavailable, what, advice);
            Error { lasts: true, ..error }
        };
        let text = match self.lock().clone() {
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
