//! A text file of some size, read as a whole.

use std::io;
use std::path::Path;

use zeroize::Zeroizing;

/// Why a file was not read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    Missing,
    /// It is a folder, a pipe, a device.
    NoFile,
    TooLarge,
    Failed(io::ErrorKind),
}

/// Reads the text of a file; an argument, so that choosing is a matter of values.
pub(crate) type ReadFile<'a> = &'a dyn Fn(&Path) -> Result<Zeroizing<String>, Unread>;

/// Reads a regular file of no more than 1 MiB.
pub(crate) fn read_file(path: &Path) -> Result<Zeroizing<String>, Unread> {
    let failed = |error: io::Error| {
        let kind = error.kind();
        let is_missing = matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
        if is_missing { Unread::Missing } else { Unread::Failed(kind) }
    };
    // Of a pipe or a device the end may never come.
    let found = std::fs::metadata(path).map_err(failed)?;
    if !found.is_file() {
        return Err(Unread::NoFile);
    }
    if found.len() > LARGEST_FILE {
        return Err(Unread::TooLarge);
    }
    let bytes = Zeroizing::new(std::fs::read(path).map_err(failed)?);
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}

const LARGEST_FILE: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::folder::Folder;

    #[test]
    fn a_file_is_read_if_it_is_a_regular_one_of_some_size() {
        let folder = Folder::new();
        let latin = read_file(&folder.file("latin", b"[p]\nname = \xe9\n")).expect("a text");
        assert_eq!(latin.as_str(), "[p]\nname = \u{fffd}\n");
        let large = vec![b'#'; LARGEST_FILE as usize + 1];
        assert_eq!(read_file(&folder.file("large", &large)), Err(Unread::TooLarge));
        assert_eq!(read_file(&folder.0), Err(Unread::NoFile));
        assert_eq!(read_file(&folder.0.join("none")), Err(Unread::Missing));
        assert_eq!(read_file(&folder.0.join("latin/below")), Err(Unread::Missing));
    }
}
