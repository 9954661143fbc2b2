//! Which pack holds which address, and what refers to what. The index is handed in by the caller
//! and can always be made again from the packs, so it is a convenience and never the truth.
//!
//! [`Index`] is what readers and writers need, [`Collection`] what the collector of garbage needs
//! besides. The protocol between the two is docs/format/collection.md; in short: an address is
//! forgotten only when no page and no root refers to it, and a writer's page is taken in only
//! while all that it refers to is there, each in one transaction.

use crate::error::{Error, Result};
use crate::names::{Address, Location, PackId};
use crate::references::{self, References};
use async_trait::async_trait;
use std::collections::HashSet;
use std::sync::Arc;

/// A durable pack and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Its name.
    pub id: PackId,
    /// The whole object's length, which is what its storage costs.
    pub bytes: u64,
    /// What it holds, in the order of the frames; every location names this pack.
    pub entries: Vec<(Address, Location)>,
    /// What the pages among them refer to.
    pub pages: Vec<References>,
    /// What its writer was told to note with it ([`crate::Store::noting`]). It is not in the object.
    pub note: Option<Arc<str>>,
}

impl Pack {
    /// Under which addresses frames of references lie beside its sealed pages. Whoever packs a page
    /// makes its frame, so that a copy brings it from nowhere.
    pub fn frames_of_references(&self) -> HashSet<Address> {
        let pages = self.pages.iter();
        pages
            .map(|page| references::frame_address(&page.page))
            .collect()
    }
}

/// The map from addresses to packs, one name space for each Region.
#[async_trait]
pub trait Index: Send + Sync {
    /// Where each address lies, in the same order and number; `None` where it is not stored, or
    /// is known to be damaged.
    async fn lookup(&self, region: &str, addresses: &[Address]) -> Result<Vec<Option<Location>>>;

    /// A number that grows whenever addresses are forgotten. A writer reads it before its first
    /// look-up, and hands it in with each of its packs.
    async fn generation(&self, region: &str) -> Result<u64>;

    /// Records a pack that is already durable, in one transaction. An address that is already
    /// known keeps its location, unless that is known to be damaged. Doing it again only adds what
    /// is not known (any more). Fails with [`collected`], having written nothing, if something that
    /// a page of the pack refers to was forgotten after `generation`, or if the pack was condemned.
    async fn insert_pack(&self, region: &str, pack: &Pack, generation: u64) -> Result<()>;

    /// Lets the delay begin anew for those of the addresses that nothing refers to: a writer who
    /// is still at work has made or found them, and what will refer to them is yet to come.
    async fn keep(&self, region: &str, addresses: &[Address]) -> Result<()>;

    /// Forgets where a pack's contents lie. What refers to them stays known, so that they count as
    /// lost and not as garbage, and are taken in again from wherever they turn up.
    async fn remove_pack(&self, region: &str, pack: &PackId) -> Result<()>;

    /// Every recorded pack with its length in bytes, without those that are condemned.
    async fn list_packs(&self, region: &str) -> Result<Vec<(PackId, u64)>>;

    /// Every known address that begins with these eight bytes.
    async fn expand(&self, region: &str, mark: [u8; 8]) -> Result<Vec<Address>>;

    /// The same index for whoever collects garbage, if it can do that.
    fn collection(&self) -> Option<&dyn Collection> {
        None
    }
}

/// One address as the index knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// What.
    pub address: Address,
    /// Where.
    pub location: Location,
    /// Whether what lies there is known to be damaged or gone.
    pub lost: bool,
    /// How many pages and roots refer to it, as far as they are counted.
    pub references: u64,
}

/// One pack as the index knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackState {
    /// Its name.
    pub id: PackId,
    /// Its length.
    pub bytes: u64,
    /// How much of it is frames that the index leads to.
    pub live: u64,
    /// When it was condemned; 0 if it was not.
    pub condemned: u64,
    /// When it was last scrubbed; 0 if never.
    pub checked: u64,
}

/// What a collection would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Planned {
    /// Addresses that nothing refers to, and the bytes of their frames.
    pub unreferenced: u64,
    /// Bytes of them.
    pub unreferenced_bytes: u64,
    /// Of these, the ones whose delay is over. What only they refer to comes with them.
    pub due: u64,
    /// Bytes of them.
    pub due_bytes: u64,
    /// Packs that hold nothing any more and wait for their delay.
    pub condemned: u64,
    /// Bytes of them.
    pub condemned_bytes: u64,
    /// Packs of which less than half is still needed.
    pub sparse: u64,
    /// What would be moved out of them.
    pub sparse_live_bytes: u64,
    /// What they occupy.
    pub sparse_bytes: u64,
}

/// What one step of a sweep forgot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    /// Addresses.
    pub addresses: u64,
    /// Bytes of their frames.
    pub bytes: u64,
    /// References that were taken back.
    pub references: u64,
    /// Whether there is more that is due.
    pub more: bool,
}

impl Swept {
    /// Adds another step; whether there is reason for one more, of at most `limit` rows in all.
    pub fn another(&mut self, step: Swept, limit: usize) -> bool {
        self.addresses += step.addresses;
        self.bytes += step.bytes;
        self.references += step.references;
        self.more = step.more;
        let rows = self.addresses + self.references;
        step.more && step.addresses > 0 && rows < u64::try_from(limit).unwrap_or(u64::MAX)
    }
}

/// The part of an index that collects garbage. Each method is one transaction; times are
/// milliseconds, and only compared with each other.
#[async_trait]
pub trait Collection: Index {
    /// Makes `roots` what `holder` refers to, instead of what it referred to before. Fails with
    /// [`collected`] if one of them is not known (any more).
    async fn hold(&self, region: &str, holder: &str, roots: &[Address]) -> Result<()>;

    /// Counts what up to `limit` new pages refer to; whether none is left.
    async fn count(&self, region: &str, limit: usize) -> Result<bool>;

    /// Writes the time on up to `limit` addresses that nothing refers to; how many these were.
    async fn notice(&self, region: &str, now: u64, limit: usize) -> Result<u64>;

    /// What is to be done. Costs what there is to do.
    async fn plan(&self, region: &str, cutoff: u64) -> Result<Planned>;

    /// Forgets addresses that nothing refers to since `cutoff` or longer, counts down what they
    /// referred to, and condemns packs that hold nothing any more. Touches about `limit` rows.
    /// Does nothing while pages are not counted.
    async fn sweep(&self, region: &str, cutoff: u64, now: u64, limit: usize) -> Result<Swept>;

    /// What counting, noticing and all sweeps together would forget now: it is done, and taken
    /// back. `more` says that it was left at about `limit` rows.
    async fn rehearse(&self, region: &str, cutoff: u64, now: u64, limit: usize) -> Result<Swept>;

    /// Up to `limit` packs of which less than half is needed, that are not condemned; those with the least to move first.
    async fn sparse(&self, region: &str, limit: usize) -> Result<Vec<PackState>>;

    /// Up to `limit` packs that were condemned at `cutoff` or before and are not buried.
    async fn condemned(&self, region: &str, cutoff: u64, limit: usize) -> Result<Vec<PackState>>;

    /// Up to `limit` packs that were not scrubbed since `before`, the longest ago first.
    async fn unchecked(&self, region: &str, before: u64, limit: usize) -> Result<Vec<PackState>>;

    /// Every pack that is not buried.
    async fn packs(&self, region: &str) -> Result<Vec<PackState>>;

    /// What the index says of these packs; `None` for one it has never heard of. Buried packs are
    /// condemned packs of no length.
    async fn states(&self, region: &str, ids: &[PackId]) -> Result<Vec<Option<PackState>>>;

    /// What the index locates in a pack, in the order in which it lies there.
    async fn contents(&self, region: &str, pack: &PackId) -> Result<Vec<Held>>;

    /// Records a durable pack that holds again what `from` held: what is still located in `from`
    /// is located in `to` from now on, if `to` has it; the addresses in `lost` are noted as
    /// damaged. Condemns `from` once it holds nothing any more.
    async fn relocate(
        &self,
        region: &str,
        from: &PackId,
        to: Option<&Pack>,
        lost: &[Address],
        now: u64,
    ) -> Result<()>;

    /// Condemns a pack that the index has never heard of; `false` if it has by now.
    async fn condemn(&self, region: &str, pack: &PackId, bytes: u64, now: u64) -> Result<bool>;

    /// Notes that a condemned pack is deleted. Its name stays condemned.
    async fn bury(&self, region: &str, pack: &PackId) -> Result<()>;

    /// Notes that a pack was scrubbed.
    async fn note_checked(&self, region: &str, pack: &PackId, now: u64) -> Result<()>;

    /// Who holds a tree in which one of these addresses is, in order.
    async fn holders(&self, region: &str, addresses: &[Address]) -> Result<Vec<String>>;

    /// What was ever forgotten in this Region: addresses, and the bytes of their frames.
    async fn history(&self, region: &str) -> Result<(u64, u64)>;

    /// All that every holder holds, in order.
    async fn roots(&self, region: &str) -> Result<Vec<(String, Address)>>;

    /// Compares what is counted with what there is, and names what disagrees. Reads everything.
    async fn audit(&self, region: &str) -> Result<Audit>;

    /// Forgets all but roots, so that an index can be made again from nothing.
    async fn wipe(&self, region: &str) -> Result<()>;
}

/// What an audit of an index found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Audit {
    /// Addresses known.
    pub addresses: u64,
    /// Pages among them.
    pub pages: u64,
    /// Pages whose references are not counted yet.
    pub uncounted: u64,
    /// Addresses whose frames are known to be damaged or gone.
    pub lost: u64,
    /// What disagrees; the first hundred findings.
    pub findings: Vec<String>,
}

impl Audit {
    /// Adds a finding, up to a hundred.
    pub fn found(&mut self, what: String) {
        if self.findings.len() < 100 {
            self.findings.push(what);
        }
    }
}

/// What a writer fails with that relied on something which was collected meanwhile. Doing the
/// whole work again helps.
pub fn collected(what: impl std::fmt::Display) -> Error {
    Error::store(std::io::Error::other(format!(
        "{what} was collected while it was being referred to; the work has to be done again"
    )))
}
