//! A directory of packs behind a link: it can be cut, and what is behind it can be lost.

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

#[derive(Debug)]
pub struct Link {
    files: LocalFileSystem,
    left: AtomicU64,
    refused: AtomicU64,
    lost: AtomicBool,
}

impl Link {
    pub fn to(folder: &std::path::Path) -> Link {
        std::fs::create_dir_all(folder).unwrap();
        Link {
            files: LocalFileSystem::new_with_prefix(folder).unwrap(),
            left: AtomicU64::new(u64::MAX),
            refused: AtomicU64::new(0),
            lost: AtomicBool::new(false),
        }
    }

    /// Carries so many reads more, and then nothing.
    pub fn cut_after(&self, reads: u64) {
        self.left.store(reads, SeqCst);
    }

    /// Reads that were tried in vain.
    pub fn refused(&self) -> u64 {
        self.refused.load(SeqCst)
    }

    /// From now on, what is behind the link is gone for good, or there again.
    pub fn lose(&self, lost: bool) {
        self.lost.store(lost, SeqCst);
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a link")
    }
}

#[async_trait]
impl ObjectStore for Link {
    async fn put_opts(&self, at: &Path, bytes: PutPayload, how: PutOptions) -> Result<PutResult> {
        self.files.put_opts(at, bytes, how).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        how: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.files.put_multipart_opts(at, how).await
    }

    async fn get_opts(&self, at: &Path, how: GetOptions) -> Result<GetResult> {
        if self.lost.load(SeqCst) {
            return Err(Error::NotFound {
                path: at.to_string(),
                source: "lost".into(),
            });
        }
        let take = |left: u64| match left {
            u64::MAX => Some(u64::MAX),
            left => left.checked_sub(1),
        };
        if self.left.fetch_update(SeqCst, SeqCst, take).is_err() {
            self.refused.fetch_add(1, SeqCst);
            return Err(Error::Generic {
                store: "link",
                source: "the link is down".into(),
            });
        }
        self.files.get_opts(at, how).await
    }

    fn delete_stream(
        &self,
        which: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.files.delete_stream(which)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.files.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.files.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, how: CopyOptions) -> Result<()> {
        self.files.copy_opts(from, to, how).await
    }
}
