//! The body of an answer, which holds a token: it is bounded, and wiped.

use reqwest::Response;
use zeroize::Zeroizing;

/// The body and whether that is all of it; of a larger one, what was read up to the limit.
pub(super) async fn read(
    mut response: Response,
) -> Result<(Zeroizing<Vec<u8>>, bool), reqwest::Error> {
    let mut body = Zeroizing::new(Vec::new());
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LARGEST_BODY {
            return Ok((body, false));
        }
        append(&mut body, &chunk);
    }
    Ok((body, true))
}

/// As a vector grows by itself it would leave its old memory behind, and what was in it.
fn append(body: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    if body.capacity() - body.len() < chunk.len() {
        let mut larger = Vec::with_capacity(2 * (body.len() + chunk.len()));
        larger.extend_from_slice(body);
        *body = Zeroizing::new(larger);
    }
    body.extend_from_slice(chunk);
}

/// A hundred times what a real answer needs.
pub(super) const LARGEST_BODY: usize = 1024 * 1024;
