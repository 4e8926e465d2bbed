//! The ways in which an answer differs from the usual one, and how a call ends that meets it.
//!
//! Each goes through every layer, from bytes on a socket to a token or an error. The ends are exact
//! also where neither an RFC nor `docs/wire.md` decides: a change is to be noticed.
//!
//! What of these JavaScript meets, and how answers are delivered, is in `__test__/bad_answers.test.ts`.

use std::collections::HashSet;

use super::*;
use ErrorCode::{Forbidden, NotFound, Protocol, RateLimited, Unauthenticated, Unavailable};

/// How a call ends that meets an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// With the token of the answer.
    Token,
    /// With an error.
    Refused(ErrorCode),
    /// Not yet: it goes on after a pause.
    Again(ErrorCode),
}
use End::{Again, Refused, Token};

const BREACH: End = Refused(Protocol);

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    AccessToken,
    PostgresToken,
}

const STEPS: [Step; 2] = [Step::AccessToken, Step::PostgresToken];

/// One answer, and what becomes of it.
struct Row {
    step: Step,
    status: u16,
    answer: Vec<u8>,
    end: End,
    /// The token of the answer.
    token: String,
}

/// The names and values of an object.
type Members = Vec<(&'static str, String)>;

impl Step {
    /// The name of the token's field.
    fn field(self) -> &'static str {
        match self {
            Step::AccessToken => "access_token",
            Step::PostgresToken => "token",
        }
    }

    /// The token of the usual answer.
    fn token(self) -> &'static str {
        match self {
            Step::AccessToken => "access-1",
            Step::PostgresToken => "postgres-1",
        }
    }

    /// The members of the usual answer.
    fn members(self) -> Members {
        let token = (self.field(), format!("\"{}\"", self.token()));
        let text = str::to_owned;
        match self {
            Step::AccessToken => {
                vec![token, ("token_type", text("\"Bearer\"")), ("expires_in", text("3600"))]
            }
            Step::PostgresToken => vec![token, ("expire_time", text("\"2099-12-31T00:00:00Z\""))],
        }
    }

    /// The body of the usual answer.
    fn usual(self) -> String {
        object(&self.members())
    }

    /// The usual body with one member more.
    fn with(self, member: &str) -> String {
        self.usual().replacen('{', &format!("{{{member},"), 1)
    }

    /// The usual body with other bytes at the end of its token.
    fn with_bytes(self, bytes: &[u8]) -> Vec<u8> {
        replaced(&self.usual(), "-1", bytes)
    }

    fn row(self, status: u16, answer: Vec<u8>, end: End) -> Row {
        Row { step: self, status, answer, end, token: self.token().to_owned() }
    }

    /// A row of an answer with success.
    fn body(self, body: impl AsRef<[u8]>, end: End) -> Row {
        self.row(200, bytes("200 OK", &[DATE], body), end)
    }

    /// A row of an answer without a date.
    fn answer(
        self,
        status: u16,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
        end: End,
    ) -> Row {
        self.row(status, bytes(&format!("{status} Status"), headers, body), end)
    }
}

fn object(members: &Members) -> String {
    let members: Vec<String> =
        members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn bytes(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let Reply::Bytes(bytes) = Reply::new(status, headers, body) else {
        unreachable!("its length is known")
    };
    bytes
}

fn replaced(text: &str, part: &str, bytes: &[u8]) -> Vec<u8> {
    let (before, after) = text.split_once(part).unwrap();
    [before.as_bytes(), bytes, after.as_bytes()].concat()
}

fn nested(levels: usize) -> String {
    "[".repeat(levels) + &"]".repeat(levels)
}

fn utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

/// The first moment of the year 2000.
const DATE: (&str, &str) = ("Date", "Sat, 01 Jan 2000 00:00:00 GMT");

const MIB: usize = 1024 * 1024;

/// All rows, each with the class it belongs to.
fn classes() -> [(&'static str, Vec<Row>); 10] {
    [
        ("a body that is not the usual one", of_each_step(bodies)),
        ("a field of an access token", fields(Step::AccessToken, &ACCESS_TOKEN_FIELDS)),
        ("a field of a Postgres token", fields(Step::PostgresToken, &POSTGRES_TOKEN_FIELDS)),
        ("a token of some length", of_each_step(lengths)),
        ("a header of a success", of_each_step(headers)),
        ("a status", of_each_step(statuses)),
        ("a redirect", of_each_step(redirects)),
        ("the body of a refusal", of_each_step(refusals)),
        ("the service's own words", of_each_step(words)),
        ("a pause that is asked for", pauses()),
    ]
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_met_in_many_ways_and_each_ends_as_it_should() {
    let server = ScriptedServer::start().await;
    let callers =
        Callers { access: client_credentials(&server), postgres: source(&server, &GIVEN) };
    let mut met = HashSet::new();
    for (class, rows) in classes() {
        for row in rows {
            callers.meet(&server, class, &row).await;
            met.insert((row.step, row.answer));
        }
    }
    assert!(met.len() >= WAYS, "{} ways", met.len());
}

/// Rows that differ. What is promised is 150; none of these goes unnoticed.
const WAYS: usize = 884;

fn of_each_step(rows: fn(Step) -> Vec<Row>) -> Vec<Row> {
    STEPS.into_iter().flat_map(rows).collect()
}

struct Callers {
    access: ClientCredentials,
    postgres: PostgresTokens,
}

impl Callers {
    async fn meet(&self, server: &ScriptedServer, class: &str, row: &Row) {
        let answer = String::from_utf8_lossy(&row.answer[..row.answer.len().min(600)]);
        let shown = format!("{class}, {:?}: {answer}", row.step);
        // Where a scope is refused, the one that Lakebase needs is asked for.
        let is_scope = answer.contains("cope") && row.end == Refused(Forbidden);
        let times = if is_scope && row.step == Step::AccessToken { 2 } else { 1 };
        server.tell(vec![Reply::Bytes(row.answer.clone()); times]);
        let outcome = match row.step {
            Step::AccessToken => ask(&self.access, |token| &token.0).await,
            Step::PostgresToken => ask(&self.postgres, |token| &token.0).await,
        };
        // No redirect was followed, and nothing was asked for again.
        assert_eq!(server.take_requests().len(), times, "{shown}");
        let (end, error) = match outcome {
            Outcome::Token(token) => {
                assert_eq!((Token, token), (row.end, row.token.clone()), "{shown}");
                return;
            }
            Outcome::Refused(error) => (Refused(error.code), error),
            Outcome::Again(error) => (Again(error.code), error),
        };
        assert_eq!(end, row.end, "{shown}");
        let texts = [&Some(error.what.clone()), &error.error_code, &error.request_id, &error.cause];
        for text in texts.into_iter().flatten() {
            assert!(text.chars().count() < 500, "{shown}: {text}");
            let is_printable = |c: char| !c.is_control() && !UNPRINTABLE.contains(c);
            assert!(text.chars().all(is_printable), "{shown}: {text:?}");
        }
        assert_eq!(error.status, Some(row.status), "{shown}");
        let said = format!("{error:?} {error}");
        for secret in ["canary", "given-1", row.step.token()] {
            assert!(!said.contains(secret), "{shown}: {said}");
        }
        let passes = matches!(error.code, RateLimited | Unavailable);
        assert_eq!(error.is_retryable(), passes, "{shown}");
    }
}

/// Besides those of control: what of the rows below turns or hides other characters.
const UNPRINTABLE: &str = "\u{ad}\u{61c}\u{180e}\u{200b}\u{200e}\u{200f}\u{2028}\u{2029}\u{202e}\
    \u{2060}\u{2066}\u{2069}\u{feff}\u{e0041}";

enum Outcome {
    Token(String),
    Refused(Error),
    Again(Error),
}

async fn ask<S: Source>(source: &S, secret: fn(&S::Token) -> &Secret) -> Outcome {
    let (trip, mut progress) = watched(Duration::from_secs(30));
    tokio::select! {
        biased;
        outcome = source.fetch(&trip) => match outcome {
            Ok(grant) => Outcome::Token(secret(&grant.token).expose().to_owned()),
            Err(error) => Outcome::Refused(error),
        },
        progress = progress.wait_for(is_pausing) => {
            Outcome::Again(progress.unwrap().failure.clone().unwrap().1)
        }
    }
}

/// Bodies of a success, most of them made of the usual one.
fn bodies(step: Step) -> Vec<Row> {
    let (usual, field) = (step.usual(), step.field());
    let values: Vec<String> = step.members().into_iter().map(|(_, value)| value).collect();
    let members = usual.trim_matches(['{', '}']);
    let (first, last) = (members.split_once(',').unwrap().0, members.rsplit_once(',').unwrap().1);
    let other = STEPS.into_iter().find(|other| *other != step).unwrap();
    let texts = [
        "",
        " ",
        " \r\n\t ",
        "null",
        "true",
        "false",
        "0",
        "3600",
        "1e999",
        "NaN",
        "\"canary\"",
        "[]",
        "{}",
        "{}{}",
        "{",
        "{\"",
        "}",
        "canary",
        "postgres-token-1-canary",
        "access_token=canary&token_type=bearer&expires_in=3600",
        "<?xml version=\"1.0\"?><token>canary</token>",
        "<!DOCTYPE html><html><title>Sign in</title></html>",
        "\u{feff}{}",
        "{\"error\":\"canary\"}",
        "{\"error_code\":\"NOT_FOUND\",\"message\":\"canary\"}",
        "{\"Token\":\"canary\",\"Access_Token\":\"canary\"}",
    ];
    let breaches = [
        "1".repeat(100_000),
        nested(10_000),
        nested(100_000),
        "[".repeat(500_000),
        "{\"a\":".repeat(100_000),
        format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000)),
        // The usual object elsewhere.
        format!("[{usual}]"),
        format!("[{}]", values.join(",")),
        format!("{{\"data\":{usual}}}"),
        serde_json::to_string(&usual).unwrap(),
        // With something before or after it.
        format!("{usual}{usual}"),
        format!("{usual} canary"),
        format!("/* canary */{usual}"),
        format!("// canary\n{usual}"),
        format!(")]}}'\n{usual}"),
        format!("answer({usual});"),
        format!("\u{feff}\u{feff}{usual}"),
        format!("\u{feff}[{usual}]"),
        format!("{usual}\u{feff}"),
        format!("{usual}{}", " ".repeat(MIB + 1 - usual.len())),
        // Not all of it, or written otherwise.
        usual[..usual.len() / 2].to_owned(),
        usual[..usual.len() - 1].to_owned(),
        format!("{{{first}"),
        format!("{{{first},"),
        format!("{{{first},}}"),
        usual.replace('}', ",}"),
        usual.replace('"', "'"),
        usual.replace(&format!("\"{field}\""), field),
        usual.replacen(field, &field.to_uppercase(), 1),
        usual.replacen("-1", "\\ud800", 1),
        usual.replacen("-1", "\\x41", 1),
        usual.replacen("-1", "\n", 1),
        usual.replacen("-1", &"x".repeat(MIB), 1),
        // Other members.
        format!("{{{first}}}"),
        format!("{{{last}}}"),
        step.with(&format!("\"{field}\":\"canary\"")),
        step.with(last),
        step.with(&format!("\"x\":{}", "[".repeat(1000))),
        format!("{{\"{field}\":{}}}", nested(10_000)),
        usual.replacen(field, other.field(), 1),
        other.usual(),
    ];
    let breaches_in_bytes = [
        vec![0],
        vec![0; 1000],
        (0..4096_u32).map(|number| (number * 197 % 256) as u8).collect(),
        b"\x1f\x8b\x08\x00".to_vec(),
        b"\xff\xfe{\x00}\x00".to_vec(),
        utf_16(&format!("\u{feff}{usual}"), u16::to_le_bytes),
        utf_16(&usual, u16::to_be_bytes),
        step.with_bytes(b"\xc3"),
        step.with_bytes(b"\xff"),
        step.with_bytes(b"\xc0\xaf"),
    ];
    let many: Vec<String> =
        (0..10_000).map(|number| format!("\"field{number}\":{number}")).collect();
    let tokens = [
        format!("\r\n\t {usual} \n"),
        format!("\u{feff}{usual}"),
        format!("{usual}{}", " ".repeat(MIB - usual.len())),
        usual.replace("\":", "\" :\n"),
        usual.replacen("-1", "\\u002d\\u0031", 1),
        usual.replacen("to", "\\u0074o", 1),
        step.with("\"x\":1,\"x\":2"),
        step.with("\"x\":1e999"),
        step.with("\"x\":\"\\ud800\""),
        step.with(&format!("\"x\":{}", nested(10_000))),
        step.with("\"scope\":[\"a\"],\"x\":{\"canary\":null}"),
        step.with("\"other\":[{\"token\":1}],\"refresh_token\":7"),
        step.with(&many.join(",")),
    ];
    let no_utf_8 = replaced(&step.with("\"x\":\"spoilt\""), "spoilt", b"\xff");
    let texts = texts.into_iter().map(str::to_owned).chain(breaches);
    let breaches = texts.map(String::into_bytes).chain(breaches_in_bytes);
    let tokens = tokens.into_iter().map(String::into_bytes).chain([no_utf_8]);
    let rows = breaches.map(|body| (body, BREACH)).chain(tokens.map(|body| (body, Token)));
    rows.map(|(body, end)| step.body(body, end)).collect()
}

/// The values of a field, as they stand in the answer, and how all of them end.
type Field = (&'static str, &'static [&'static str], End);

/// The field is not there.
const MISSING: &str = "";

const NO_TOKENS: &[&str] = &[
    MISSING,
    "null",
    r#""""#,
    "0",
    "123",
    "true",
    "[]",
    "{}",
    r#"["canary"]"#,
    r#"{"token":"canary"}"#,
    r#""canary canary""#,
    r#"" canary""#,
    r#""canary ""#,
    r#""\ncanary""#,
    r#""canary\n""#,
    r#""canary\r\nX-Injected: 1""#,
    r#""canary\t""#,
    r#""canary\u0000""#,
    r#""canary\u001b[31m""#,
    r#""canary\u007f""#,
    r#""canary\u0085""#,
    r#""canary\u00a0""#,
    r#""canary\u00e9""#,
    r#""canary\u200b""#,
    r#""canary\udc00""#,
    r#""canaryö""#,
    r#""canary😀""#,
];

const ACCESS_TOKEN_FIELDS: [Field; 6] = [
    ("access_token", NO_TOKENS, BREACH),
    ("access_token", &[r##""!#$%&'()*+,-./:;<=>?@[]^_`{|}~""##, r#""1""#], Token),
    ("token_type", &[MISSING, "null", r#""bearer""#, r#""BEARER""#], Token),
    (
        "token_type",
        &[r#""""#, r#""mac""#, r#""DPoP""#, r#""Bearer ""#, "1", "true", r#"["Bearer"]"#, "{}"],
        BREACH,
    ),
    (
        "expires_in",
        &[
            r#""3600""#,
            r#"" 3600 ""#,
            r#""3600.5""#,
            r#""+3600""#,
            r#""1e3""#,
            r#""Infinity""#,
            "3600.9",
            "3.6e3",
            "60",
            "86400",
            "1000000000",
            "9007199254740993",
            "1e300",
        ],
        Token,
    ),
    (
        "expires_in",
        &[
            // No number.
            MISSING,
            "null",
            "true",
            "[]",
            "[3600]",
            "{}",
            r#""""#,
            r#"" ""#,
            r#""soon""#,
            r#""1 h""#,
            r#""1 hour""#,
            r#""3600s""#,
            r#""0x10""#,
            r#""3,600""#,
            r#""3_600""#,
            r#""NaN""#,
            r#""-Infinity""#,
            "NaN",
            "Infinity",
            "0x10",
            "03600",
            ".5",
            "+3600",
            "1e999",
            // No time left.
            "0",
            "-0",
            "0.0",
            "0.5",
            "0.999",
            "-1",
            "-3600",
            "-1e300",
            r#""0""#,
            r#""-1""#,
        ],
        BREACH,
    ),
];

const POSTGRES_TOKEN_FIELDS: [Field; 4] = [
    ("token", NO_TOKENS, BREACH),
    ("token", &[r#""!'$%&;=@\\`{|}~""#, r#""a\/b\"c\\d!~""#, r#""1""#], Token),
    (
        "expire_time",
        &[
            r#""2099-12-31t00:00:00z""#,
            r#""2099-12-31 00:00:00Z""#,
            r#""2099-12-31T00:00:00+00:00""#,
            r#""2099-12-31T00:00:00-00:00""#,
            r#""2099-12-31T00:00:00+05:30""#,
            r#""2099-12-31T00:00:00-08:00""#,
            r#""2099-12-31T00:00:00+14:00""#,
            r#""2099-12-31T00:00:00.1Z""#,
            r#""2099-12-31T00:00:00.123Z""#,
            r#""2099-12-31T00:00:00.123456Z""#,
            r#""2099-12-31T00:00:00.123456789+01:00""#,
            r#""2096-02-29T00:00:00Z""#,
            r#""2098-12-31T23:59:60Z""#,
            r#""9999-12-30T00:00:00Z""#,
            // In no grammar of RFC 3339.
            r#""20991231T000000Z""#,
            r#""2099-12-31T00:00Z""#,
            r#""2099-12-31T00:00:00+0530""#,
            r#""2099-12-31T00:00:00,5Z""#,
            // Ten seconds, and an hour.
            r#""2000-01-01T00:00:11Z""#,
            r#""2000-01-01T06:30:00+05:30""#,
            r#""1999-12-31T13:00:00-12:00""#,
            r#""2000-01-01T15:00:00+14:00""#,
        ],
        Token,
    ),
    (
        "expire_time",
        &[
            // No time.
            MISSING,
            "null",
            "0",
            "3600",
            "4102358400",
            "true",
            "[]",
            "{}",
            r#"["2099-12-31T00:00:00Z"]"#,
            r#"{"seconds":4102358400}"#,
            r#""""#,
            r#""soon""#,
            r#""canary""#,
            r#""3600""#,
            r#""3600s""#,
            r#""4102358400""#,
            r#""2099-12-31""#,
            r#""00:00:00Z""#,
            r#""2099-12-31T00:00:00""#,
            r#""2099-12-31T00:00:00.123""#,
            r#""2099-12-31T00:00:00 Z""#,
            r#""2099-12-31T00:00:00+""#,
            r#""2099-12-31T00:00:00CET""#,
            r#""2099-12-31T00:00:00.Z""#,
            r#""2099-12-31T00:00:00.1234567891Z""#,
            r#""2099-12-31T24:00:00Z""#,
            r#""2099-12-31T25:00:00Z""#,
            r#""2099-12-31T23:60:00Z""#,
            r#""2099-12-31T23:59:61Z""#,
            r#""2099-12-31T00:00:00+99:00""#,
            r#""2099-13-01T00:00:00Z""#,
            r#""2099-02-29T00:00:00Z""#,
            r#""2099-02-30T00:00:00Z""#,
            r#""2099-00-00T00:00:00Z""#,
            r#""2099/12/31 00:00:00Z""#,
            r#""2099-W01-1T00:00:00Z""#,
            r#""99-12-31T00:00:00Z""#,
            r#""10000-01-01T00:00:00Z""#,
            r#""99999-01-01T01:00:00Z""#,
            r#""１２３４-12-31T00:00:00Z""#,
            r#""Thu, 31 Dec 2099 00:00:00 GMT""#,
            r#"" 2099-12-31T00:00:00Z""#,
            r#""2099-12-31T00:00:00Z ""#,
            r#""2099-12-31T00:00:00Z\u0000""#,
            r#""2099-12-31T00:00:00Z canary""#,
            // No time left.
            r#""2000-01-01T00:00:01.999Z""#,
            r#""2000-01-01T00:00:01.500Z""#,
            r#""2000-01-01T00:00:01Z""#,
            r#""2000-01-01T00:00:00Z""#,
            r#""2000-01-01T01:00:00+01:00""#,
            r#""2000-01-01T04:30:00+05:30""#,
            r#""1999-12-31T11:00:00-12:00""#,
            r#""2000-01-01T13:59:00+14:00""#,
            r#""1999-12-31T23:59:59Z""#,
            r#""1970-01-01T00:00:00Z""#,
            r#""1969-12-31T23:59:59Z""#,
            r#""0001-01-01T00:00:00Z""#,
            r#""0000-01-01T00:00:00Z""#,
        ],
        BREACH,
    ),
];

/// Usual bodies but for the value of one field.
fn fields(step: Step, fields: &[Field]) -> Vec<Row> {
    let row = |field: &'static str, value: &str, end: End| {
        let mut members = step.members();
        members.retain(|(name, _)| *name != field);
        if value != MISSING {
            members.push((field, value.to_owned()));
        }
        let row = step.body(object(&members), end);
        if (field, end) == (step.field(), Token) {
            Row { token: serde_json::from_str(value).unwrap(), ..row }
        } else {
            row
        }
    };
    let rows = fields
        .iter()
        .flat_map(|(field, values, end)| values.iter().map(move |value| row(field, value, *end)));
    rows.collect()
}

/// Tokens of what length are used.
fn lengths(step: Step) -> Vec<Row> {
    let row = |length: usize, end| {
        let token = "canary".repeat(length / 6 + 1)[..length].to_owned();
        let body = step.usual().replacen(step.token(), &token, 1);
        Row { token, ..step.body(body, end) }
    };
    vec![
        row(8000, Token),
        row(LONGEST_TOKEN, Token),
        row(LONGEST_TOKEN + 1, BREACH),
        row(600_000, BREACH),
    ]
}

/// The usual body with another success, or under headers that do not change what it says.
fn headers(step: Step) -> Vec<Row> {
    let large = "canary".repeat(17_000);
    let headers = [
        ("Content-Type", "text/plain"),
        ("Content-Type", "text/html"),
        ("Content-Type", ";;;="),
        ("Content-Type", "application/json; charset=utf-16"),
        ("Content-Encoding", "gzip"),
        ("Date", ""),
        ("Date", "canary"),
        ("Date", "2025-01-01 00:00:00"),
        ("Set-Cookie", "session=canary"),
        ("Refresh", "0; url=https://elsewhere.test/canary"),
        ("Location", "https://elsewhere.test/"),
        ("X-Large", &large),
    ];
    let under = headers.map(|header| step.answer(200, &[header], step.usual(), Token));
    let successes = [200, 201, 202, 203, 206, 226, 299]
        .map(|status| step.answer(status, &[], step.usual(), Token));
    let empty = [204, 205].map(|status| step.answer(status, &[], "", BREACH));
    under.into_iter().chain(successes).chain(empty).collect()
}

/// Answers that are a status and nothing else.
fn statuses(step: Step) -> Vec<Row> {
    let ends: [(&[u16], End); 8] = [
        (&[401], Refused(Unauthenticated)),
        (&[403], Refused(Forbidden)),
        (&[404], Refused(NotFound)),
        (
            &[
                400, 402, 405, 406, 407, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421,
                422, 423, 424, 425, 426, 428, 431, 451,
            ],
            BREACH,
        ),
        (&[300, 301, 302, 303, 304, 305, 306, 307, 308, 399], BREACH),
        (&[500, 501, 505, 506, 507, 508, 510, 511, 520, 599], Refused(Unavailable)),
        (&[408, 502, 503, 504], Again(Unavailable)),
        (&[429], Again(RateLimited)),
    ];
    let rows = ends.into_iter().flat_map(|(statuses, end)| {
        statuses.iter().map(move |status| step.answer(*status, &[], "", end))
    });
    // What is throttled by its words alone.
    let throttled = r#"{"errorCode":"RESOURCE_EXHAUSTED"}"#;
    let maintained = r#"{"error_code":"SERVICE_UNDER_MAINTENANCE","message":""}"#;
    let refused = r#"{"error":"unauthorized_client"}"#;
    let oauth = r#"{"error":"invalid_request","error_description":"Temporarily throttled"}"#;
    let by_words = [
        step.answer(400, &[], throttled, Again(RateLimited)),
        step.answer(400, &[], oauth, Again(RateLimited)),
        step.answer(400, &[], maintained, Again(Unavailable)),
        step.answer(400, &[], refused, Refused(Unauthenticated)),
        step.answer(502, &[], "<html><title>502 Bad Gateway</title></html>", Again(Unavailable)),
    ];
    // What is too large to be read to its end says by its status what it means.
    let large = step.answer(403, &[], "canary ".repeat(MIB), Refused(Forbidden));
    rows.chain(by_words).chain([large]).collect()
}

/// Redirects, with a body that nobody reads.
fn redirects(step: Step) -> Vec<Row> {
    let places = [
        "/login.html",
        "/login.html?error=private-link-validation-error",
        "https://user:canary@elsewhere.test/login?next=canary#canary",
        "/oidc/v1/token",
        "//elsewhere.test/api/2.0/postgres/credentials",
        "javascript:alert(1)",
        "\u{80}\u{ff}",
    ];
    let to = |status: u16| {
        places.map(|place| step.answer(status, &[("Location", place)], "canary", BREACH))
    };
    [301, 302, 303, 307, 308].into_iter().flat_map(to).collect()
}

/// Refusals with a body that is not the usual one.
fn refusals(step: Step) -> Vec<Row> {
    let other = match step {
        Step::AccessToken => (400, Protocol),
        Step::PostgresToken => (404, NotFound),
    };
    let of = |(status, code): (u16, ErrorCode)| {
        odd_refusals().into_iter().map(move |body| step.answer(status, &[], body, Refused(code)))
    };
    [(403, Forbidden), other].into_iter().flat_map(of).collect()
}

fn odd_refusals() -> Vec<Vec<u8>> {
    let member = |member: &str| format!(r#"{{"error_code":"X","message":"no",{member}}}"#);
    let message = |value: &str| format!(r#"{{"error_code":"X","message":{value}}}"#);
    let word = |value: &str| format!(r#"{{"error_code":{value},"message":"no"}}"#);
    let texts = [
        r#"{"error_code":"X","message":"y","x":"canary"#,
        "null",
        r#"["canary"]"#,
        r#""canary""#,
        r#"{"error":{"code":403,"message":"canary","status":"X"}}"#,
        r#"{"error_code":"X\u001b[2J","message":"\u001b[31m\u001b]0;title\u0007no\u009b2J"}"#,
        r#"{"error_code":"X\r\nY","message":"no\r\n2025-01-01 INFO well\u2028\u2029\u0085"}"#,
        r#"{"error_code":"X\u202e","message":"no\u202eon\u2066x\u2069\u061c\u200f\u200e"}"#,
        r#"{"error_code":"X\u200b","message":"n\u0000o\u00ad\u2060\ufeff\u180e\udb40\udc41"}"#,
        "<html><body>canary</body></html>",
        "<html><title>Sorry</title><body>canary</body></html>",
        "<html><title>canary",
        "SOME_ERROR: something happened",
        "something happened",
        "something happened\nto canary",
        "something happened to \u{1b}[31mcanary",
        "{something happened to canary}",
        "[something happened to canary]",
        "\"something happened to canary",
        "\u{feff}<html><body>canary</body></html>",
        "<?xml version=\"1.0\"?><Error><Message>canary</Message></Error>",
    ];
    let built = [
        nested(10_000),
        "canary ".repeat(30),
        "canary".repeat(40_000),
        // The word.
        word(r#"{"x":"canary"}"#),
        word("null"),
        word("true"),
        word("1.5"),
        word(r#""""#),
        word(&format!(r#""{}""#, "X".repeat(500_000))),
        // The message.
        message(r#"{"x":"canary"}"#),
        message(r#"["canary"]"#),
        message(&format!(r#""{}""#, "word ".repeat(200_000))),
        message(&format!(r#""canary{}""#, "x".repeat(MIB - 100))),
        // What else it has.
        member(r#""details":"canary""#),
        member(r#""details":null"#),
        member(r#""details":[null,1,"x",["canary"],{}]"#),
        member(r#""details":[{"request_id":{"x":"canary"}}]"#),
        member(&format!(r#""details":[{{"request_id":"{}"}}]"#, "x".repeat(100_000))),
        member(&format!(r#""details":[{}]"#, [r#"{"@type":"canary"}"#; 10_000].join(","))),
        member(r#""token":"canary","access_token":"canary""#),
    ];
    let bytes = [
        utf_16(r#"{"error_code":"X","message":"canary"}"#, u16::to_le_bytes),
        b"\"\xc3(\xff\xfe\"".to_vec(),
        vec![0; 10_000],
        b"\x1f\x8b\x08\x00canary".to_vec(),
    ];
    let texts = texts.into_iter().map(str::to_owned).chain(built);
    texts.map(String::into_bytes).chain(bytes).collect()
}

/// Refusals that the service's own words tell from others with their status.
fn words(step: Step) -> Vec<Row> {
    let address = "Source IP address: 203.0.113.7 is blocked by Databricks IP ACL for workspace: 1 \
                   [ReqId: 0f0e0d0c-1111]";
    let scopes = "Provided OAuth token does not have required scopes: postgres";
    let secret = "Scopes 'all-apis' are not assigned to the OAuth secret";
    let disabled = "Personal access tokens are disabled for this workspace.";
    let standard = |word: &str, message: &str| {
        (format!(r#"{{"error_code":{word},"message":"{message}"}}"#), Vec::new())
    };
    let oauth = |word: &str, message: &str| {
        (format!(r#"{{"error":"{word}","error_description":"{message}"}}"#), Vec::new())
    };
    let text = |text: &str| (text.to_owned(), Vec::new());
    let challenge = ("WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"postgres\"");
    let rows = [
        // Neither a refused token nor a permission on the project.
        (403, standard("403", address), Forbidden),
        (403, standard(r#""403""#, address), Forbidden),
        (403, standard(r#""PERMISSION_DENIED""#, address), Forbidden),
        (401, standard(r#""UNAUTHENTICATED""#, address), Forbidden),
        (403, text(address), Forbidden),
        // What a token or a secret lacks.
        (403, standard("403", scopes), Forbidden),
        (401, standard(r#""UNAUTHENTICATED""#, scopes), Forbidden),
        (401, oauth("insufficient_scope", scopes), Forbidden),
        (403, text(scopes), Forbidden),
        (401, (String::new(), vec![challenge]), Forbidden),
        (400, oauth("access_denied", secret), Forbidden),
        (400, oauth("invalid_scope", "Scope 'all-apis' is not allowed"), Forbidden),
        // A refused token, without a word for it.
        (400, text("Invalid Token"), Unauthenticated),
        (400, text("Invalid Token."), Unauthenticated),
        (403, text("Invalid access token."), Unauthenticated),
        (400, oauth("invalid_scope", "AADSTS1002012: The scope is not valid."), Unauthenticated),
        (401, oauth("invalid_client", "AADSTS7000215: The secret is not valid."), Unauthenticated),
        (403, standard("403", disabled), Forbidden),
        (401, standard(r#""UNAUTHENTICATED""#, disabled), Unauthenticated),
        // What is asked for.
        (403, standard(r#""QUOTA_EXCEEDED""#, "No."), Forbidden),
        (429, standard(r#""QUOTA_EXCEEDED""#, "No."), RateLimited),
        (404, standard(r#""ENDPOINT_NOT_FOUND""#, "No API found for 'POST /x'"), NotFound),
        (403, standard(r#""FEATURE_DISABLED""#, "No."), Forbidden),
        (400, standard(r#""FAILED_PRECONDITION""#, "Endpoint is disabled."), Protocol),
        (409, standard(r#""RESOURCE_CONFLICT""#, "No."), Protocol),
        (400, standard(r#""INVALID_STATE""#, "Workspace 1 is not active."), Protocol),
        (400, standard(r#""BAD_REQUEST""#, "Unable to load OAuth Config"), Protocol),
        (404, text("Not Found"), NotFound),
        (503, text("Workspace 1 is not active."), Unavailable),
    ];
    rows.into_iter()
        .map(|(status, (body, headers), code)| {
            let is_passing = matches!(status, 429 | 503);
            let end = if is_passing { Again(code) } else { Refused(code) };
            step.answer(status, &headers, body, end)
        })
        .collect()
}

/// What a refusal asks for, and whether there is time for it.
fn pauses() -> Vec<Row> {
    let step = Step::PostgresToken;
    let after = |text: &&str, end| step.answer(429, &[("Retry-After", text)], "", end);
    let delay = |json: &&str, end| {
        let details = format!(r#""details":[{{"retry_delay":{json}}}]"#);
        let body = format!(r#"{{"error_code":"RESOURCE_EXHAUSTED","message":"no",{details}}}"#);
        step.answer(429, &[], body, end)
    };
    let short = Again(RateLimited);
    let long = Refused(RateLimited);
    let rows = [
        PAUSES_AFTER_SHORT.iter().map(|text| after(text, short)).collect::<Vec<_>>(),
        PAUSES_AFTER_LONG.iter().map(|text| after(text, long)).collect(),
        DELAYS_SHORT.iter().map(|json| delay(json, short)).collect(),
        DELAYS_LONG.iter().map(|json| delay(json, long)).collect(),
    ];
    rows.into_iter().flatten().collect()
}

const PAUSES_AFTER_SHORT: [&str; 14] = [
    "",
    " ",
    "-1",
    "1.5",
    "soon",
    "NaN",
    "0",
    "1",
    "99999999999999999999",
    "1, 2",
    "0x1",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Foo, 99 Bar 2099 00:00:00 GMT",
];
const PAUSES_AFTER_LONG: [&str; 3] =
    ["31536000", "18446744073709551615", "Thu, 31 Dec 2099 00:00:00 GMT"];
const DELAYS_SHORT: [&str; 13] = [
    "null",
    "5",
    "{}",
    r#""""#,
    r#""s""#,
    r#""5""#,
    r#""-1s""#,
    r#""NaNs""#,
    r#""infs""#,
    r#""1e400s""#,
    r#""0s""#,
    r#""0.000000001s""#,
    r#""18446744073709551615s""#,
];
const DELAYS_LONG: [&str; 2] = [r#""1e10s""#, r#""86400s""#];
