//! The INI dialect of `.databrickscfg`: that of `gopkg.in/ini.v1` with `SpaceBeforeInlineComment`, by which
//! the Databricks CLI, who writes the file, reads it. Text in, sections out.

use std::mem::replace;

use zeroize::Zeroizing;

/// The sections of a file as they stand there: one may stand in several places.
pub(super) struct Ini {
    parts: Vec<Section>,
}

/// A section, or a part of one.
#[derive(Clone, Default)]
pub(super) struct Section {
    pub name: String,
    /// The line of its first heading; zero without one.
    pub line: usize,
    /// Of several with one name the last counts.
    keys: Vec<(String, Zeroizing<String>)>,
}

/// Why a file cannot be read. It holds none of its text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// The first is 1.
    pub line: usize,
    pub what: &'static str,
}

/// The section of keys that stand before any other.
pub(super) const DEFAULT: &str = "DEFAULT";

/// Reads `text`.
///
/// # Errors
///
/// The first line that is neither a section nor a key with a value, or a quote that is not closed.
pub(super) fn parse(text: &str) -> Result<Ini, Problem> {
    let mut lines = Lines { rest: text.strip_prefix('\u{FEFF}').unwrap_or(text), count: 0 };
    let mut parts = Vec::new();
    let mut part = Section { name: DEFAULT.to_owned(), ..Section::default() };
    // Keys whose name is "-" are counted.
    let mut dashes = 0;
    while let Some(line) = lines.next() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(rest) = line.strip_prefix('[') {
            let end = rest.rfind(']').ok_or_else(|| lines.problem("its ] is missing"))?;
            if end == 0 {
                return Err(lines.problem("it names no section"));
            }
            let name = rest[..end].to_owned();
            parts.push(replace(&mut part, Section { name, line: lines.count, keys: Vec::new() }));
            dashes = 0;
            continue;
        }
        let (name, rest) = key(line).map_err(|what| lines.problem(what))?;
        let value = lines.value(rest)?;
        let name = if name == "-" {
            dashes += 1;
            format!("#{dashes}")
        } else {
            name.to_owned()
        };
        part.keys.push((name, value));
    }
    parts.push(part);
    Ok(Ini { parts })
}

impl Ini {
    /// The section of that very name, with all its parts.
    pub(super) fn section(&self, name: &str) -> Option<Section> {
        let mut parts = self.parts.iter().filter(|part| part.name == name);
        let mut section = parts.next()?.clone();
        for part in parts {
            section.line = if section.line == 0 { part.line } else { section.line };
            section.keys.extend(part.keys.iter().cloned());
        }
        Some(section)
    }

    /// The names of those in which something is set, [`DEFAULT`] first, and no more than so many.
    pub(super) fn names(&self, most: usize) -> Vec<&str> {
        let mut names = Vec::new();
        for part in self.parts.iter().filter(|part| !part.is_empty()) {
            if names.len() < most && !names.contains(&part.name.as_str()) {
                names.push(part.name.as_str());
            }
        }
        names
    }
}

impl Section {
    /// The value of the key of that very name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.keys.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether nothing is set in it.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// The name of a key, and what follows its delimiter.
fn key(line: &str) -> Result<(&str, &str), &'static str> {
    let quote = match line.as_bytes() {
        [b'"', b'"', b'"', _, _, _, _, ..] => "\"\"\"",
        [b'"', ..] => "\"",
        [b'`', ..] => "`",
        _ => {
            let (name, rest) = line.split_once(DELIMITERS).ok_or(NO_DELIMITER)?;
            return named(name, rest);
        }
    };
    let (name, rest) = line[quote.len()..].split_once(quote).ok_or(NO_END_OF_QUOTE)?;
    let (_, rest) = rest.split_once(DELIMITERS).ok_or(NO_DELIMITER)?;
    named(name, rest)
}

fn named<'a>(name: &'a str, rest: &'a str) -> Result<(&'a str, &'a str), &'static str> {
    match name.trim() {
        "" => Err("it names no key"),
        name => Ok((name, rest)),
    }
}

/// Lines with their ends, counted.
struct Lines<'a> {
    rest: &'a str,
    count: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let line = self.rest.split_inclusive('\n').next()?;
        self.rest = &self.rest[line.len()..];
        self.count += 1;
        Some(line)
    }

    fn problem(&self, what: &'static str) -> Problem {
        Problem { line: self.count, what }
    }

    /// The value that begins with `text`, with those of the next lines that belong to it.
    fn value(&mut self, text: &str) -> Result<Zeroizing<String>, Problem> {
        let text = text.trim_start();
        let quote = match text.as_bytes() {
            [b'"', b'"', b'"', _, ..] => "\"\"\"",
            [b'`', ..] => "`",
            _ => return Ok(self.bare_value(text.trim_end())),
        };
        let begun = &text[quote.len()..];
        match begun.rfind(quote) {
            Some(end) => Ok(Zeroizing::new(begun[..end].to_owned())),
            None => self.until(quote, begun),
        }
    }

    fn bare_value(&mut self, text: &str) -> Zeroizing<String> {
        if let Some(begun) = text.strip_suffix('\\') {
            return self.continued(begun);
        }
        // As Go does: a `;` counts only where there is no `#`.
        let comment = text.find(" #").or_else(|| text.find(" ;"));
        let text = comment.map_or(text, |start| text[..start].trim());
        let unquoted = ['"', '\''].into_iter().find_map(|quote| {
            let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
            (!inner.contains(quote)).then_some(inner)
        });
        Zeroizing::new(unquoted.unwrap_or(text).to_owned())
    }

    /// A value whose lines end with backslashes.
    fn continued(&mut self, begun: &str) -> Zeroizing<String> {
        let mut value = Zeroizing::new(begun.to_owned());
        while let Some(next) = self.next().map(str::trim).filter(|next| !next.is_empty()) {
            value.push_str(next);
            if !value.ends_with('\\') {
                break;
            }
            value.pop();
        }
        value
    }

    /// A value that goes on to a closing `quote` in a later line.
    fn until(&mut self, quote: &str, begun: &str) -> Result<Zeroizing<String>, Problem> {
        let start = self.problem(NO_END_OF_QUOTE);
        let mut value = Zeroizing::new(begun.to_owned());
        while let Some(next) = self.next() {
            let end = next.rfind(quote).filter(|end| {
                // Another line follows where what stands behind the quote says so.
                !next[end + quote.len()..].trim().ends_with('\\')
            });
            match end {
                Some(end) => {
                    value.push_str(&next[..end]);
                    return Ok(value);
                }
                None => value.push_str(next),
            }
        }
        Err(start)
    }
}

const DELIMITERS: [char; 2] = ['=', ':'];
const NO_DELIMITER: &str = "it has neither = nor :";
const NO_END_OF_QUOTE: &str = "its closing quote is missing";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The value of `token` in the section `p` of a file that ends with `text`.
    fn token(text: &str) -> Result<Option<String>, Problem> {
        let ini = parse(&format!("[p]\nhost = https://ws.test\n{text}"))?;
        Ok(ini.section("p").and_then(|section| section.get("token").map(str::to_owned)))
    }

    #[test]
    fn values_are_what_go_reads() {
        for (written, value) in [
            ("t1", "t1"),
            (" t1 \r", "t1"),
            ("a=b==", "a=b=="),
            ("\"t1", "\"t1"),
            (r"C:\x\y", r"C:\x\y"),
            ("%(host)s", "%(host)s"),
            ("100%x", "100%x"),
            ("$HOME", "$HOME"),
            ("t1 # c", "t1"),
            ("t1 ; c", "t1"),
            ("t#1", "t#1"),
            ("t;1", "t;1"),
            ("t1\t# c", "t1\t# c"),
            ("#t1", "#t1"),
            ("a ;b #c", "a ;b"),
            ("\"t1\"", "t1"),
            ("'t1'", "t1"),
            ("\"t1\" # c", "t1"),
            ("\"a #b\"", "\"a"),
            ("\"a\"b\"", "\"a\"b\""),
            ("`a #b`", "a #b"),
            ("`a\n#b` # c", "a\n#b"),
            ("\"\"\"t1\"\"\"", "t1"),
            (r#""a\nb""#, r"a\nb"),
            ("t1\\\nnext = x", "t1next = x"),
            ("t1\\\n\nnext = x", "t1"),
            ("t1\\\na\\\nb", "t1ab"),
            ("", ""),
            ("t1\ntoken = t2", "t2"),
            ("t1\n[a]\ntoken = t2\n[p]\nkey = é", "t1"),
            ("\"%Y#X$Z\" # c", "%Y#X$Z"),
            ("#", "#"),
            ("=v", "=v"),
        ] {
            let read = token(&format!("token = {written}\n"));
            assert_eq!(read, Ok(Some(value.to_owned())), "{written}");
        }
        for text in ["token: t1", "token=t1", " token\t=t1", "\"token\" = t1", "`token`: t1"] {
            assert_eq!(token(text), Ok(Some("t1".to_owned())), "{text}");
        }
        for text in
            ["# token = t1", " ; token = t1", "Token = t1", "[P]\ntoken = t1", "[ p ]\ntoken = t1"]
        {
            assert_eq!(token(text), Ok(None), "{text}");
        }
        let long = "x".repeat(70_000);
        assert_eq!(token(&format!("token = {long}")), Ok(Some(long)));
    }

    #[test]
    fn sections_are_those_that_go_reads() {
        for (text, names) in [
            ("", &["DEFAULT"][..]),
            ("\u{FEFF}[p]\n", &["DEFAULT", "p"]),
            ("host = h\n[a.b]\r\n[p] # c\n[DEFAULT]", &["DEFAULT", "a.b", "p", "DEFAULT"]),
            ("[foo]bar]\n[[n]]\n[s] extra", &["DEFAULT", "foo]bar", "[n]", "s"]),
            ("[ p ]\n[P]", &["DEFAULT", " p ", "P"]),
        ] {
            let ini = parse(text).unwrap();
            let read: Vec<_> = ini.parts.iter().map(|part| part.name.as_str()).collect();
            assert_eq!(read, names, "{text}");
        }
        let ini = parse("host = h\n[a]\nx = 1\n[DEFAULT]\ntoken = t1\n[a]\nx = 2\n[b]").unwrap();
        assert_eq!(ini.names(9), ["DEFAULT", "a"]);
        assert_eq!(ini.names(1), ["DEFAULT"]);
        let a = ini.section("a").unwrap();
        assert_eq!((a.get("x"), a.line), (Some("2"), 2));
        let default = ini.section(DEFAULT).unwrap();
        assert_eq!(default.line, 4);
        assert_eq!((default.get("host"), default.get("token")), (Some("h"), Some("t1")));
        assert!(parse("[p]").unwrap().section("p").unwrap().is_empty());
    }

    #[test]
    fn what_go_refuses_is_refused_with_its_line_and_none_of_its_text() {
        for (text, line, what) in [
            ("canary", 3, NO_DELIMITER),
            ("token = t1\n  canary", 4, NO_DELIMITER),
            ("[canary", 3, "its ] is missing"),
            ("[]", 3, "it names no section"),
            ("= canary", 3, "it names no key"),
            ("\"\" = canary", 3, "it names no key"),
            ("\"canary = x", 3, NO_END_OF_QUOTE),
            ("token = `canary\n\n", 3, NO_END_OF_QUOTE),
        ] {
            assert_eq!(token(text), Err(Problem { line, what }), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in r#"([\[\]=:#;"'`\\ \ta\n]|\r\n|é){0,60}"#) {
            let lines = text.split('\n').count();
            if let Err(problem) = parse(&text) {
                prop_assert!(problem.line >= 1 && problem.line <= lines);
            }
        }
    }
}
