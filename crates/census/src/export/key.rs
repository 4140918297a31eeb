//! The study's key: what makes pseudonyms of ids, the same in every export of a study, others in every other study.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use crate::study::Study;
use crate::{Error, Result};

/// Its name in the study's folder.
const FILE: &str = "pseudonyms.key";

/// A secret of a study. Who has it can tell whose pseudonym it is, by trying ids; who has not, cannot.
pub struct Key([u8; 32]);

impl Key {
    /// The study's key, made when it is first needed: 32 bytes of the system's randomness, in a file that nobody but its
    /// owner may read.
    pub fn of_study(study: &Study) -> Result<Self> {
        let path = study.root().join(FILE);
        match read(&path) {
            Ok(text) => Self::parse(&text).ok_or_else(|| {
                Error::usage(format!("{} does not hold a key", path.display()))
                    .help("put it back from a backup; or delete it: a new one is made, and its pseudonyms are others")
            }),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                Self::make(&path)?;
                Self::of_study(study)
            }
            Err(e) => Err(Error::disk(&path, e)),
        }
    }

    fn make(path: &Path) -> Result<()> {
        let mut key = [0; 32];
        let random = rustls::crypto::ring::default_provider().secure_random;
        random.fill(&mut key).map_err(|_| Error::bug("the system gives no random numbers"))?;
        let text = blake3::Hash::from_bytes(key).to_hex();
        let temporary = path.with_extension("part");
        // What a stop left of it is no key.
        let _ = fs::remove_file(&temporary);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&temporary).and_then(|mut file| {
            writeln!(file, "{text}")?;
            file.sync_all()
        });
        // A link fails where another process was first: its key is the key. Not every disk knows links.
        let linked = written.and_then(|()| match fs::hard_link(&temporary, path) {
            Err(_) if path.exists() => Ok(()),
            Err(_) => fs::rename(&temporary, path),
            linked => linked,
        });
        let _ = fs::remove_file(&temporary);
        linked.map_err(|e| Error::disk(path, e))
    }

    fn parse(text: &str) -> Option<Self> {
        blake3::Hash::from_hex(text.trim()).ok().map(|hash| Self(*hash.as_bytes()))
    }

    /// What an account is called: 96 bits of a keyed BLAKE3 hash of its id, behind a letter, so that no program takes it
    /// for a number.
    pub fn pseudonym(&self, id: &str) -> String {
        let hash = blake3::Hasher::new_keyed(&self.0).update(b"account\0").update(id.as_bytes()).finalize();
        format!("p{}", &hash.to_hex()[..24])
    }

    /// 32 bytes that only who has the key can make, of what they are for and of what.
    pub(crate) fn secret(&self, purpose: &str, of: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        *hasher.update(purpose.as_bytes()).update(b"\0").update(of).finalize().as_bytes()
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(1024).read_to_string(&mut text)?;
    Ok(text)
}
