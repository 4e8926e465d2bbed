//! The scopes of access tokens, in words.

/// What a token or a secret has to be with, `names` where the service has named them.
pub(super) fn with_scopes(names: &str) -> String {
    let kind = if names.contains(", ") { "scopes" } else { "scope" };
    match names {
        "" => format!("with the scope {LAKEBASE_SCOPE}, or with {ALL_SCOPES}"),
        _ if names.contains(ALL_SCOPES) => format!("with the {kind} {names}"),
        _ => format!("with the {kind} {names}, or with {ALL_SCOPES}"),
    }
}

/// That of the credentials call, by its documentation.
pub(super) const LAKEBASE_SCOPE: &str = "postgres";
/// That of every call.
pub(super) const ALL_SCOPES: &str = "all-apis";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_those_that_the_service_names() {
        for (names, words) in [
            ("", "with the scope postgres, or with all-apis"),
            ("postgres", "with the scope postgres, or with all-apis"),
            ("apps, sql", "with the scopes apps, sql, or with all-apis"),
            ("all-apis", "with the scope all-apis"),
        ] {
            assert_eq!(with_scopes(names), words);
        }
    }
}
