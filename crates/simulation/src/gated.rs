//! The index of chunks as it is, with a gate before and after each of its transactions: there the
//! server can be killed, and others overtake.

use crate::gates::Gates;
use async_trait::async_trait;
use blocks::{
    Address, Audit, Collection, Held, Index, Location, Pack, PackId, PackState, Planned, Result,
    Swept,
};
use std::sync::Arc;

/// An index behind gates.
pub struct Gated {
    /// The real one.
    pub inner: Arc<dyn Collection>,
    /// The gates.
    pub gates: Arc<Gates>,
}

impl Gated {
    async fn between<T>(
        &self,
        what: &'static str,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        self.gates.pass(what).await;
        let done = work.await;
        self.gates.pass("answer of the index").await;
        done
    }
}

#[async_trait]
impl Index for Gated {
    async fn lookup(&self, region: &str, addresses: &[Address]) -> Result<Vec<Option<Location>>> {
        self.between("lookup", self.inner.lookup(region, addresses))
            .await
    }

    async fn generation(&self, region: &str) -> Result<u64> {
        self.between("generation", self.inner.generation(region))
            .await
    }

    async fn insert_pack(&self, region: &str, pack: &Pack, generation: u64) -> Result<()> {
        self.between(
            "insert_pack",
            self.inner.insert_pack(region, pack, generation),
        )
        .await
    }

    async fn keep(&self, region: &str, addresses: &[Address]) -> Result<()> {
        self.between("keep", self.inner.keep(region, addresses))
            .await
    }

    async fn remove_pack(&self, region: &str, pack: &PackId) -> Result<()> {
        self.between("remove_pack", self.inner.remove_pack(region, pack))
            .await
    }

    async fn list_packs(&self, region: &str) -> Result<Vec<(PackId, u64)>> {
        self.between("list_packs", self.inner.list_packs(region))
            .await
    }

    async fn expand(&self, region: &str, mark: [u8; 8]) -> Result<Vec<Address>> {
        self.between("expand", self.inner.expand(region, mark))
            .await
    }

    fn collection(&self) -> Option<&dyn Collection> {
        Some(self)
    }
}

#[async_trait]
impl Collection for Gated {
    async fn hold(&self, region: &str, holder: &str, roots: &[Address]) -> Result<()> {
        self.between("hold", self.inner.hold(region, holder, roots))
            .await
    }

    async fn count(&self, region: &str, limit: usize) -> Result<bool> {
        self.between("count", self.inner.count(region, limit)).await
    }

    async fn notice(&self, region: &str, now: u64, limit: usize) -> Result<u64> {
        self.between("notice", self.inner.notice(region, now, limit))
            .await
    }

    async fn plan(&self, region: &str, cutoff: u64) -> Result<Planned> {
        self.between("plan", self.inner.plan(region, cutoff)).await
    }

    async fn sweep(&self, region: &str, cutoff: u64, now: u64, limit: usize) -> Result<Swept> {
        self.between("sweep", self.inner.sweep(region, cutoff, now, limit))
            .await
    }

    async fn rehearse(&self, region: &str, cutoff: u64, now: u64, limit: usize) -> Result<Swept> {
        self.between("rehearse", self.inner.rehearse(region, cutoff, now, limit))
            .await
    }

    async fn sparse(&self, region: &str, limit: usize) -> Result<Vec<PackState>> {
        self.between("sparse", self.inner.sparse(region, limit))
            .await
    }

    async fn condemned(&self, region: &str, cutoff: u64, limit: usize) -> Result<Vec<PackState>> {
        self.between("condemned", self.inner.condemned(region, cutoff, limit))
            .await
    }

    async fn unchecked(&self, region: &str, before: u64, limit: usize) -> Result<Vec<PackState>> {
        self.between("unchecked", self.inner.unchecked(region, before, limit))
            .await
    }

    async fn packs(&self, region: &str) -> Result<Vec<PackState>> {
        self.between("packs", self.inner.packs(region)).await
    }

    async fn states(&self, region: &str, ids: &[PackId]) -> Result<Vec<Option<PackState>>> {
        self.between("states", self.inner.states(region, ids)).await
    }

    async fn contents(&self, region: &str, pack: &PackId) -> Result<Vec<Held>> {
        self.between("contents", self.inner.contents(region, pack))
            .await
    }

    async fn relocate(
        &self,
        region: &str,
        from: &PackId,
        to: Option<&Pack>,
        lost: &[Address],
        now: u64,
    ) -> Result<()> {
        self.between("relocate", self.inner.relocate(region, from, to, lost, now))
            .await
    }

    async fn condemn(&self, region: &str, pack: &PackId, bytes: u64, now: u64) -> Result<bool> {
        self.between("condemn", self.inner.condemn(region, pack, bytes, now))
            .await
    }

    async fn bury(&self, region: &str, pack: &PackId) -> Result<()> {
        self.between("bury", self.inner.bury(region, pack)).await
    }

    async fn note_checked(&self, region: &str, pack: &PackId, now: u64) -> Result<()> {
        self.between("note_checked", self.inner.note_checked(region, pack, now))
            .await
    }

    async fn holders(&self, region: &str, addresses: &[Address]) -> Result<Vec<String>> {
        self.between("holders", self.inner.holders(region, addresses))
            .await
    }

    async fn history(&self, region: &str) -> Result<(u64, u64)> {
        self.between("history", self.inner.history(region)).await
    }

    async fn roots(&self, region: &str) -> Result<Vec<(String, Address)>> {
        self.between("roots", self.inner.roots(region)).await
    }

    async fn audit(&self, region: &str) -> Result<Audit> {
        self.between("audit", self.inner.audit(region)).await
    }

    async fn wipe(&self, region: &str) -> Result<()> {
        self.between("wipe", self.inner.wipe(region)).await
    }
}
