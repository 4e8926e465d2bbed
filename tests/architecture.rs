//! The arrows between the modules of `src`: those that are allowed, and no circle in any folder.
//!
//! Read from the text: `crate::x` and `super::x`, outside tests and comments. What a `mod.rs` declares
//! is no arrow, what it uses is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each module may name. Whatever is not listed here may name nothing of ours.
const ALLOWED: [(&str, &[&str]); 14] = [
    ("errand", &["secret"]),
    ("callers", &["errand"]),
    ("shortage", &["error"]),
    ("event", &["error", "time"]),
    ("trip", &["callers", "event", "time"]),
    ("cache", &["callers", "error", "event", "shortage", "time", "trip"]),
    ("config", &["error", "secret"]),
    ("http", &["config", "error", "event", "secret", "shortage", "time", "trip"]),
    ("wire", &["cache", "config", "error", "http", "secret"]),
    (
        "identity",
        &[
            "cache", "callers", "config", "errand", "error", "event", "http", "secret", "time",
            "trip", "wire",
        ],
    ),
    ("store", &["cache", "config", "http", "secret", "time", "wire"]),
    (
        "source",
        &[
            "cache", "config", "error", "event", "http", "identity", "secret", "store", "time",
            "trip", "wire",
        ],
    ),
    ("registry", &["cache", "config", "error", "event", "identity", "secret", "source", "time"]),
    (
        "node",
        &[
            "cache", "callers", "config", "errand", "error", "event", "http", "identity",
            "registry", "secret", "time", "trip",
        ],
    ),
];

type Arrows = BTreeMap<String, BTreeSet<String>>;

#[test]
fn modules_name_only_what_they_may() {
    let allowed = BTreeMap::from(ALLOWED);
    for (module, named) in arrows_in(&[]) {
        let may = allowed.get(module.as_str()).copied().unwrap_or_default();
        let excess: Vec<_> = named.iter().filter(|name| !may.contains(&name.as_str())).collect();
        assert!(excess.is_empty(), "{module} names {excess:?}");
    }
}

#[test]
fn no_folder_has_a_circle() {
    for folder in folders(&source(&[])) {
        let relative = folder.strip_prefix(source(&[])).expect("below src");
        let path: Vec<String> =
            relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let arrows = arrows_in(&path);
        for start in arrows.keys() {
            let route = route_back(&arrows, start);
            assert!(route.is_none(), "{}: {}", folder.display(), route.unwrap_or_default());
        }
    }
}

#[test]
fn a_circle_would_be_found() {
    let arrow = |to: &str| BTreeSet::from([to.to_owned()]);
    let circle: Arrows =
        [("a", "b"), ("b", "c"), ("c", "b")].map(|(a, b)| (a.to_owned(), arrow(b))).into();
    assert_eq!(route_back(&circle, "a"), None);
    assert_eq!(route_back(&circle, "b").as_deref(), Some("b → c → b"));
    assert!(arrows_in(&[]).values().map(BTreeSet::len).sum::<usize>() > 15, "arrows are seen");
    assert!(arrows_in(&["cache".to_owned()])["slot"].contains("lease"), "in folders, too");
}

fn source(path: &[String]) -> PathBuf {
    path.iter().fold(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), |at, part| at.join(part))
}

/// `folder` and all below it.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let below = entries(folder).into_iter().filter(|path| path.is_dir() && !is_test(path));
    [folder.to_path_buf()].into_iter().chain(below.flat_map(|path| folders(&path))).collect()
}

/// The arrows between what lies in the folder of the module `path`; the folder's own file is "mod".
fn arrows_in(path: &[String]) -> Arrows {
    let folder = source(path);
    let names: BTreeSet<String> = entries(&folder).iter().map(|entry| name(entry)).collect();
    let mut arrows = Arrows::new();
    for entry in entries(&folder).into_iter().filter(|entry| !is_test(entry)) {
        let from = name(&entry);
        let named = files(&entry).into_iter().flat_map(|file| names_in(&file, path));
        let others: Vec<_> = named.filter(|to| *to != from && names.contains(to)).collect();
        arrows.entry(from).or_default().extend(others);
    }
    arrows.remove("lib");
    arrows
}

/// What `file` names of the folder of the module `path`.
fn names_in(file: &Path, path: &[String]) -> Vec<String> {
    let relative = file.strip_prefix(source(&[])).expect("below src").with_extension("");
    let mut module: Vec<String> =
        relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let is_folders_own = module.last().is_some_and(|last| last == "mod");
    if is_folders_own {
        module.pop();
    }
    let text = product(file);
    let mut names = Vec::new();
    for full in paths(&text, &module) {
        if full.len() > path.len() && full.starts_with(path) {
            let to = &full[path.len()];
            // An item of the folder's own file, or a module in the folder.
            let is_item = full.len() == path.len() + 1
                && !source(path).join(to).exists()
                && !source(path).join(format!("{to}.rs")).exists();
            names.push(if is_item { "mod".to_owned() } else { to.clone() });
        }
    }
    if is_folders_own && module == path {
        // Its own children are named without a prefix.
        let children = entries(&source(path)).into_iter().filter(|entry| !is_test(entry));
        names.extend(children.map(|child| name(&child)).filter(|child| {
            text.contains(&format!("use {child}::"))
                || text.contains(&format!(" {child}::"))
                || text.contains(&format!("({child}::"))
        }));
    }
    names
}

/// The paths that `text`, of `module`, names, each from the crate on.
fn paths(text: &str, module: &[String]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for (prefix, base) in [("crate::", Vec::new()), ("super::", parent(module))] {
        for (at, _) in text.match_indices(prefix) {
            let is_amid =
                text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            if !is_amid {
                paths.extend(tree(&text[at + prefix.len()..], &base));
            }
        }
    }
    paths
}

/// What `a::b`, `a::{b, c::d}` or `super::a` names below `base`.
fn tree(text: &str, base: &[String]) -> Vec<Vec<String>> {
    let with = |name: &str| [base, &[name.to_owned()]].concat();
    if let Some(rest) = text.strip_prefix("super::") {
        return tree(rest, &parent(base));
    }
    if let Some(list) = text.strip_prefix('{') {
        return parts(list).iter().flat_map(|part| tree(part.trim(), base)).collect();
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() || name == "self" {
        return Vec::new();
    }
    match rest.strip_prefix("::") {
        Some(rest) => {
            let deeper = tree(rest, &with(name));
            if deeper.is_empty() { vec![with(name)] } else { deeper }
        }
        None => vec![with(name)],
    }
}

/// The parts of a list up to its closing brace.
fn parts(list: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("there is one").push(c);
    }
    parts
}

fn parent(module: &[String]) -> Vec<String> {
    module.split_last().map(|(_, rest)| rest.to_vec()).unwrap_or_default()
}

/// The text of a file up to its tests, without comments.
fn product(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("readable");
    let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
    let lines = product.lines().filter(|line| !line.trim_start().starts_with("//"));
    // A module within the file names the file.
    let is_within = |line: &&str| !line.starts_with("    use super::");
    lines.filter(is_within).collect::<Vec<_>>().join("\n")
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_path_buf()];
    }
    entries(path).iter().filter(|entry| !is_test(entry)).flat_map(|entry| files(entry)).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}

/// `tests`, `property_tests`, `testing`.
fn is_test(path: &Path) -> bool {
    let name = name(path);
    name.ends_with("tests") || name == "testing"
}

/// A way along `arrows` from `start` back to it.
fn route_back(arrows: &Arrows, start: &str) -> Option<String> {
    let mut routes: Vec<Vec<&str>> = vec![vec![start]];
    let mut seen = BTreeSet::new();
    while let Some(route) = routes.pop() {
        for next in arrows.get(*route.last()?).into_iter().flatten() {
            let longer = [&route[..], &[next.as_str()]].concat();
            if next == start {
                return Some(longer.join(" → "));
            }
            if seen.insert(next.as_str()) {
                routes.push(longer);
            }
        }
    }
    None
}
