//! Certificates in files, in folders of files, and in the system's own store: all that can be read,
//! and why some cannot.

use std::collections::HashSet;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::shortage::Shortage;

/// Certificates, and why some are missing.
#[derive(Default)]
pub(super) struct Found {
    /// Those that can be read.
    pub certificates: Vec<CertificateDer<'static>>,
    /// The first reason why there are no others.
    pub problem: Option<String>,
    /// What this process has none of any more, if it is that.
    pub shortage: Option<Shortage>,
}

impl Found {
    fn nothing(problem: impl ToString) -> Found {
        Found { problem: Some(problem.to_string()), ..Found::default() }
    }

    fn failed(path: &Path, error: &io::Error) -> Found {
        let problem = format!("{error} at '{}'", path.display());
        Found { shortage: Shortage::told_by(error), ..Found::nothing(problem) }
    }
}

/// Those of a file, or of all files of a folder.
pub(super) fn certificates_at(path: &Path) -> Found {
    // A path that is none would be repeated by the system's error, and with it a key.
    if path.to_string_lossy().contains("-----BEGIN ") {
        return Found::nothing("it is PEM itself, not the path of a file");
    }
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => certificates_in(path),
        Ok(metadata) => contents(path, &metadata)
            .map_or_else(|none| none, |contents| certificates_of(&contents)),
        Err(error) => Found::failed(path, &error),
    }
}

/// Those of all regular files in a folder, as `openssl rehash` fills it.
fn certificates_in(folder: &Path) -> Found {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return Found::failed(folder, &error),
    };
    let mut found = Found::default();
    let mut size = 0;
    let mut seen = HashSet::new();
    for (count, entry) in entries.enumerate() {
        if count == MOST_FILES {
            found.problem.get_or_insert(format!("it holds more than {MOST_FILES} files"));
            break;
        }
        // Whatever is gone, dangles or is no file was not meant.
        let Ok(path) = entry.map(|entry| entry.path()) else { continue };
        let Ok(metadata) = fs::metadata(&path) else { continue };
        // Most have two names.
        if !metadata.is_file() || !seen.insert(identity(&path, &metadata)) {
            continue;
        }
        let file = contents(&path, &metadata).map_or_else(
            |none| none,
            |contents| {
                size += contents.len();
                certificates_of(&contents)
            },
        );
        found.certificates.extend(file.certificates);
        found.shortage = found.shortage.or(file.shortage);
        found.problem = found.problem.or(file.problem.filter(|problem| problem != NO_CERTIFICATE));
        if size > LARGEST_FOLDER {
            found.problem.get_or_insert("it is larger than 32 MiB".to_owned());
            break;
        }
    }
    // Most are in a bundle beside them, too.
    found.certificates.sort_unstable_by(|a, b| a.as_ref().cmp(b.as_ref()));
    found.certificates.dedup();
    found
}

/// What tells one file from another, whatever its name.
#[cfg(unix)]
fn identity(_: &Path, metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;

    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(path: &Path, _: &Metadata) -> std::path::PathBuf {
    path.to_owned()
}

/// The contents of a regular file with that `metadata`; or why there are none.
fn contents(path: &Path, metadata: &Metadata) -> Result<Vec<u8>, Found> {
    let said = |error| Found::failed(path, &error);
    // Asked before it is opened, for to open some devices does something; and after, for it may be
    // another by then.
    if !metadata.is_file() {
        return Err(Found::nothing(NOT_A_FILE));
    }
    let file = open(path).map_err(said)?;
    let metadata = file.metadata().map_err(said)?;
    if !metadata.is_file() {
        return Err(Found::nothing(NOT_A_FILE));
    }
    let mut contents = Vec::with_capacity(metadata.len().min(LARGEST_FILE) as usize + 1);
    file.take(LARGEST_FILE + 1).read_to_end(&mut contents).map_err(said)?;
    if contents.len() as u64 > LARGEST_FILE {
        return Err(Found::nothing("it is larger than 4 MiB"));
    }
    Ok(contents)
}

/// Does not wait for a writer where it is a pipe.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    options.open(path)
}

/// All that can be read, as Node does, and in our own words why some cannot: the library's repeat
/// what they stumble over, and that can be a key.
fn certificates_of(contents: &[u8]) -> Found {
    let contents = contents.strip_prefix(BYTE_ORDER_MARK).unwrap_or(contents);
    let text = String::from_utf8_lossy(contents);
    // An older name for the same, which the library does not know.
    let renamed = text
        .contains("-----BEGIN X509 CERTIFICATE-----")
        .then(|| text.replace(" X509 CERTIFICATE-----", " CERTIFICATE-----"));
    let contents = renamed.as_deref().map_or(contents, str::as_bytes);
    let mut certificates = Vec::new();
    let mut is_broken = false;
    for section in CertificateDer::pem_slice_iter(contents) {
        match section {
            Ok(certificate) => certificates.push(certificate),
            Err(_) => is_broken = true,
        }
    }
    let is_whole = !is_broken && !certificates.is_empty();
    let problem = (!is_whole).then(|| what_is_wrong_with(contents, is_broken).to_owned());
    Found { certificates, problem, shortage: None }
}

fn what_is_wrong_with(contents: &[u8], is_broken: bool) -> &'static str {
    let text = String::from_utf8_lossy(contents);
    let mut begins = text.split(['\r', '\n']).filter(|line| line.contains("-----BEGIN "));
    let count = |mark| text.matches(mark).count();
    if !begins.all(is_a_line_of_its_own) {
        "it is not PEM: its line breaks are missing"
    } else if count("-----BEGIN ") > count("-----END ") {
        "it is not PEM: it is cut off"
    } else if is_broken {
        "it is not PEM: a part of it is not base64"
    } else if text.trim().is_empty() {
        "it is empty"
    } else if contents.starts_with(DER_SEQUENCE) {
        "it is not PEM but DER"
    } else if contents.starts_with(b"\xff\xfe") || contents.starts_with(b"\xfe\xff") {
        "it is UTF-16, not UTF-8"
    } else if text.contains("-----BEGIN TRUSTED CERTIFICATE-----") {
        "it holds a TRUSTED CERTIFICATE, which only OpenSSL reads"
    } else if text.contains("-----BEGIN PKCS7-----") {
        "it is PKCS7, not single certificates"
    } else if text.lines().any(|line| line.starts_with(' ') && line.trim_start() == LABEL) {
        "it is not PEM: its lines are indented"
    } else {
        NO_CERTIFICATE
    }
}

fn is_a_line_of_its_own(begin: &str) -> bool {
    let label =
        begin.trim().strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----"));
    label.is_some_and(|label| !label.contains('-'))
}

/// The store of the system.
#[cfg(any(windows, target_os = "macos"))]
pub(super) mod system {
    use super::*;
    use crate::http::system_store::trusted;

    /// What messages call it.
    pub(crate) fn path() -> &'static Path {
        Path::new("the system's store")
    }

    /// Those in it.
    pub(crate) fn certificates() -> Found {
        let (certificates, problem) = match trusted() {
            Ok(all) => (all.into_iter().map(CertificateDer::from).collect(), None),
            Err(problem) => (Vec::new(), Some(problem)),
        };
        Found { certificates, problem, shortage: None }
    }
}

/// The bundle that the system keeps for OpenSSL, wherever this distribution has it.
#[cfg(all(unix, not(target_os = "macos")))]
pub(super) mod system {
    use super::*;

    /// Where it is on most.
    pub(crate) fn path() -> &'static Path {
        Path::new(BUNDLES[0])
    }

    /// Those in it.
    pub(crate) fn certificates() -> Found {
        let bundle = BUNDLES.iter().map(Path::new).find(|path| path.exists());
        certificates_at(bundle.unwrap_or(path()))
    }

    /// Debian, Fedora, openSUSE, Alpine.
    const BUNDLES: [&str; 4] = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ];
}

const LABEL: &str = "-----BEGIN CERTIFICATE-----";

/// What Windows' editors begin UTF-8 with.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The problem of a file without any.
pub(super) const NO_CERTIFICATE: &str = "it holds no certificate";
const NOT_A_FILE: &str = "it is not a regular file";

/// The first byte of a certificate that is not text.
const DER_SEQUENCE: &[u8] = b"\x30\x82";

/// Ten times what all of Mozilla's and a system's certificates take.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// A folder of them with a bundle or two beside, each under several names.
const LARGEST_FOLDER: usize = 32 * 1024 * 1024;
const MOST_FILES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::folder::Folder;

    fn found(contents: impl AsRef<[u8]>) -> (usize, Option<String>) {
        let folder = Folder::new();
        told(&folder.file("certificates.pem", contents))
    }

    fn told(path: &Path) -> (usize, Option<String>) {
        let found = certificates_at(path);
        (found.certificates.len(), found.problem)
    }

    const KEY: &str = include_str!("../../support/tls/test-only-server.key");
    const CA: &str = include_str!("../../support/tls/test-only-ca.pem");
    const SELF_SIGNED: &str = include_str!("../../support/tls/test-only-self-signed.pem");

    #[test]
    fn what_node_reads_is_read() {
        let broken = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
        for (contents, count, problem) in [
            (CA.to_owned(), 1, None),
            (CA.replace('\n', "\r\n"), 1, None),
            (CA.replace('\n', "\r"), 1, None),
            (CA.trim().to_owned(), 1, None),
            (format!("\u{feff}{CA}"), 1, None),
            (CA.replace("CERTIFICATE", "X509 CERTIFICATE"), 1, None),
            (format!("\u{feff}{}{SELF_SIGNED}", CA.replace("CERTI", "X509 CERTI")), 2, None),
            (format!("{CA}{SELF_SIGNED}"), 2, None),
            (format!("# ours\n{CA}\nsubject: x\n\n{SELF_SIGNED}the end"), 2, None),
            (format!("{KEY}{CA}"), 1, None),
            (format!("{CA}{KEY}"), 1, None),
            (
                format!("{CA}{broken}{SELF_SIGNED}"),
                2,
                Some("it is not PEM: a part of it is not base64"),
            ),
        ] {
            assert_eq!(found(&contents), (count, problem.map(str::to_owned)), "{contents}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_told_without_its_contents() {
        const LOST: &str = "it is not PEM: its line breaks are missing";
        const CUT: &str = "it is not PEM: it is cut off";
        let both = format!("{KEY}{CA}");
        let der = CertificateDer::from_pem_slice(CA.as_bytes()).unwrap();
        let utf16: Vec<u8> = CA.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let indented = CA.replace("-----BEGIN", "  -----BEGIN").replace("-----END", "  -----END");
        let pkcs7 = CA.replace("CERTIFICATE", "PKCS7");
        for (contents, problem) in [
            (both.replace('\n', "").as_bytes(), LOST),
            (both.replace('\n', " ").as_bytes(), LOST),
            (both.replace('\n', "\\n").as_bytes(), LOST),
            (both.replace('\n', "\\r\\n").as_bytes(), LOST),
            (CA.replace('\n', "").as_bytes(), LOST),
            (format!("{KEY}{}", CA.replace('\n', " ")).as_bytes(), LOST),
            (&KEY.as_bytes()[..100], CUT),
            (&CA.as_bytes()[..500], CUT),
            (format!("{}\n{CA}", &KEY[..100]).as_bytes(), CUT),
            (CA.replace("MII", "M!I").as_bytes(), "it is not PEM: a part of it is not base64"),
            (&der, "it is not PEM but DER"),
            (&utf16, NO_CERTIFICATE),
            (&[b"\xff\xfe", &utf16[..]].concat(), "it is UTF-16, not UTF-8"),
            (pkcs7.as_bytes(), "it is PKCS7, not single certificates"),
            (
                CA.replace("CERTI", "TRUSTED CERTI").as_bytes(),
                "it holds a TRUSTED CERTIFICATE, which only OpenSSL reads",
            ),
            (indented.as_bytes(), "it is not PEM: its lines are indented"),
            (KEY.as_bytes(), NO_CERTIFICATE),
            (KEY.lines().nth(1).unwrap().as_bytes(), NO_CERTIFICATE),
            (b"", "it is empty"),
            (b" \n", "it is empty"),
            (b"\xff\0", NO_CERTIFICATE),
        ] {
            let shown = String::from_utf8_lossy(contents);
            assert_eq!(found(contents).1.as_deref(), Some(problem), "{shown}");
        }
    }

    #[test]
    fn a_file_that_is_none_or_too_large_is_told() {
        let folder = Folder::new();
        let large = folder.file("large.pem", CA.repeat(8 * 1024 * 1024 / CA.len()));
        assert_eq!(told(&large), (0, Some("it is larger than 4 MiB".to_owned())));
        let missing = folder.0.join("missing.pem");
        let problem = told(&missing).1.unwrap();
        assert!(problem.ends_with(&format!(" at '{}'", missing.display())), "{problem}");
        let problem = told(Path::new(&format!("{KEY}{CA}"))).1.unwrap();
        assert_eq!(problem, "it is PEM itself, not the path of a file");
    }

    #[test]
    fn a_folder_is_read_within_bounds() {
        let folder = Folder::new();
        assert_eq!(told(&folder.0), (0, None));
        folder.file("key.pem", KEY);
        folder.file("0123abcd.0", CA);
        folder.file("89abcdef.0", CA);
        folder.file("self-signed.pem", SELF_SIGNED);
        fs::create_dir(folder.0.join("folder")).unwrap();
        assert_eq!(told(&folder.0), (2, None));
        let megabytes = "x".repeat(3 * 1024 * 1024);
        for count in 0..12 {
            folder.file(&format!("{count}.pem"), &megabytes);
        }
        assert_eq!(told(&folder.0).1.as_deref(), Some("it is larger than 32 MiB"));
    }

    #[test]
    fn a_folder_of_many_files_is_read_within_bounds() {
        let folder = Folder::new();
        for count in 0..=MOST_FILES {
            folder.file(&format!("{count}.pem"), "");
        }
        assert_eq!(told(&folder.0).1.as_deref(), Some("it is empty"));
        for entry in fs::read_dir(&folder.0).unwrap() {
            fs::write(entry.unwrap().path(), "no certificate").unwrap();
        }
        assert_eq!(told(&folder.0).1.as_deref(), Some("it holds more than 4096 files"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_not_opened() {
        let folder = Folder::new();
        let pipe = folder.0.join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for path in [&pipe, Path::new("/dev/zero"), Path::new("/dev/null")] {
            assert_eq!(told(path), (0, Some(NOT_A_FILE.to_owned())), "{}", path.display());
        }
        // In a folder it was not meant.
        folder.file("ca.pem", CA);
        assert_eq!(told(&folder.0), (1, None));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_has_no_end_is_read_within_bounds() {
        for path in ["/proc/self", "/proc/self/pagemap"] {
            let (count, problem) = told(Path::new(path));
            assert!(count == 0 && problem.is_some(), "{path}: {count} {problem:?}");
        }
    }
}
