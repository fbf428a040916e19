//! The content of a part, compressed as soon as it is made.
//!
//! Tool output is most of a transcript. Compressing it where it is parsed keeps an import's memory
//! small and spreads the work over the parsing threads.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

/// Bodies shorter than this many bytes are kept as they are: zstd gains nothing on them.
pub const PACK_FROM: usize = 384;
/// Bodies of at least this many bytes are stored once per archive, by content hash.
pub const SHARE_FROM: usize = 4096;

const LEVEL: i32 = 1;

thread_local! {
    // Making a zstd context costs more than using it on a small body.
    static COMPRESSOR: RefCell<Option<zstd::bulk::Compressor<'static>>> =
        RefCell::new(zstd::bulk::Compressor::new(LEVEL).ok());
    static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> =
        RefCell::new(zstd::bulk::Decompressor::new().ok());
}

fn decompress(bytes: &[u8], size: usize) -> Option<Vec<u8>> {
    DECOMPRESSOR.with_borrow_mut(|decompressor| decompressor.as_mut()?.decompress(bytes, size).ok())
}

fn compress(bytes: &[u8]) -> Option<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|compressor| compressor.as_mut()?.compress(bytes).ok())
}

/// Bytes of one part, possibly zstd-compressed. A clone shares them.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Body {
    // Not `Arc<[u8]>`: that would copy the bytes once when they are made and once when they are stored.
    bytes: Arc<Vec<u8>>,
    size: u64,
    packed: bool,
    hash: Option<[u8; 16]>,
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.text() {
            Ok(text) if self.size <= 2048 => write!(f, "Body({text:?})"),
            _ => write!(f, "Body({} bytes)", self.size),
        }
    }
}

/// A stored body that cannot be read back: its compressed bytes are damaged.
#[derive(Debug, thiserror::Error)]
#[error("a stored body of {size} bytes cannot be decompressed")]
pub struct Damaged {
    size: u64,
}

impl Body {
    /// Packs `bytes`, compressing them when that makes them smaller.
    pub fn new(bytes: &[u8]) -> Self {
        let size = bytes.len() as u64;
        let hash = (bytes.len() >= SHARE_FROM).then(|| short_hash(bytes));
        if bytes.len() >= PACK_FROM
            && let Some(small) = compress(bytes)
            && small.len() < bytes.len()
        {
            return Self { bytes: Arc::new(small), size, packed: true, hash };
        }
        Self { bytes: Arc::new(bytes.to_vec()), size, packed: false, hash }
    }

    /// Keeps `bytes` as they are, for content that is compressed already (images).
    pub fn raw(bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u64;
        let hash = Some(short_hash(&bytes));
        Self { bytes: Arc::new(bytes), size, packed: false, hash }
    }

    /// Rebuilds a body from what [`Body::stored`] gave.
    pub fn from_stored(bytes: Vec<u8>, size: u64, packed: bool) -> Self {
        Self { bytes: Arc::new(bytes), size, packed, hash: None }
    }

    /// The same body with the hash it was stored under.
    #[must_use]
    pub fn with_hash(self, hash: Option<[u8; 16]>) -> Self {
        Self { hash, ..self }
    }

    /// The bytes as they are stored, and whether they are compressed.
    pub fn stored(&self) -> (&[u8], bool) {
        (&self.bytes, self.packed)
    }

    /// The bytes as they are stored, by value. They are copied only when a clone shares them.
    pub fn into_stored(self) -> Vec<u8> {
        Arc::unwrap_or_clone(self.bytes)
    }

    /// Size of the content in bytes, uncompressed.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The content hash, for bodies that are stored once per archive.
    pub fn hash(&self) -> Option<[u8; 16]> {
        self.hash
    }

    /// The content, uncompressed.
    pub fn bytes(&self) -> Result<Cow<'_, [u8]>, Damaged> {
        if !self.packed {
            return Ok(Cow::Borrowed(self.bytes.as_slice()));
        }
        let size = usize::try_from(self.size).map_err(|_| Damaged { size: self.size })?;
        decompress(&self.bytes, size).map(Cow::Owned).ok_or(Damaged { size: self.size })
    }

    /// The content as text; bytes that are no UTF-8 become replacement characters.
    pub fn text(&self) -> Result<String, Damaged> {
        Ok(match self.bytes()? {
            Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Cow::Owned(bytes) => {
                String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
            }
        })
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

fn short_hash(bytes: &[u8]) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn long_text_is_compressed_and_comes_back() {
        let text = "the same line again\n".repeat(500);
        let body = Body::from(text.as_str());
        assert!(body.stored().1);
        assert!(body.stored().0.len() < text.len() / 10);
        assert_eq!(body.text().unwrap(), text);
        assert!(body.hash().is_some());
    }

    #[test]
    fn a_clone_shares_the_bytes() {
        let body = Body::raw(vec![7; 100]);
        let clone = body.clone();
        assert_eq!(body.stored().0.as_ptr(), clone.stored().0.as_ptr());
        assert_eq!((clone.into_stored(), body.into_stored()), (vec![7; 100], vec![7; 100]));
    }

    #[test]
    fn damaged_bytes_are_an_error_not_a_panic() {
        let body = Body::from_stored(vec![1, 2, 3], 4000, true);
        assert!(body.text().is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..9000)) {
            let body = Body::new(&bytes);
            let (stored, packed) = body.stored();
            let again = Body::from_stored(stored.to_vec(), body.size(), packed);
            let unpacked = again.bytes().unwrap();
            prop_assert_eq!(unpacked.as_ref(), bytes.as_slice());
        }
    }
}
