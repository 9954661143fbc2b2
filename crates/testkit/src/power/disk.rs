//! Files and directories as they were at each moment, and as they may be after a loss of power.

use super::trace::Call;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

const PAGE: u64 = 4096;
const SECTOR: usize = 512;
const ROOT: usize = 0;

/// Everything that a workload did to a folder, and what it acknowledged.
pub struct History {
    nodes: Vec<Node>,
    /// When, and what.
    acks: Vec<(usize, String)>,
    end: usize,
}

/// A file or a directory: what was done to it, and when it was synced.
#[derive(Default)]
struct Node {
    writes: Vec<(usize, Write)>,
    names: Vec<(usize, Naming)>,
    is_directory: bool,
    /// Not followed, and not there after a loss of power.
    is_transient: bool,
    syncs: Vec<(usize, usize)>,
}

enum Write {
    Bytes(u64, Vec<u8>),
    Zeros(u64, u64),
    Length(u64),
}

/// A change of names that a directory has made wholly or not at all.
struct Naming(Vec<(String, Option<usize>)>);

/// A moment at which power was lost.
#[derive(Clone, Debug)]
pub struct Crash {
    at: usize,
    seed: u64,
    /// What had been acknowledged.
    pub acks: Vec<String>,
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let wide = u64::try_from(end.max(1)).unwrap();
        usize::try_from((self.0 >> 11) % wide).unwrap()
    }
}

/// An open file.
#[derive(Clone)]
struct Open {
    node: usize,
    path: String,
    at: u64,
    appends: bool,
}

/// What the calls have led to so far.
struct Replay<'a> {
    history: History,
    folder: &'a str,
    acks: &'a str,
    open: HashMap<i64, Open>,
    /// Of directories, by node.
    names: HashMap<usize, BTreeMap<String, usize>>,
    lengths: HashMap<usize, u64>,
    /// The file of acknowledgements, while it is open, and the beginning of a line.
    ack: Option<i64>,
    line: Vec<u8>,
}

impl Crash {
    /// No loss of power: what was acknowledged, in a folder that is as it was left.
    pub fn none(acks: &str) -> Crash {
        Crash {
            at: 0,
            seed: 0,
            acks: acks.lines().map(str::to_owned).collect(),
        }
    }
}

impl History {
    pub(super) fn of(calls: Vec<Call>, folder: &Path, acks: &Path) -> History {
        let root = Node {
            is_directory: true,
            ..Node::default()
        };
        let mut replay = Replay {
            history: History {
                nodes: vec![root],
                acks: Vec::new(),
                end: 0,
            },
            folder: folder.to_str().unwrap(),
            acks: acks.to_str().unwrap(),
            open: HashMap::new(),
            names: HashMap::from([(ROOT, BTreeMap::new())]),
            lengths: HashMap::new(),
            ack: None,
            line: Vec::new(),
        };
        for call in calls {
            replay.history.end = call.ended;
            replay.call(&call);
        }
        replay.history
    }

    /// Everything that was acknowledged.
    pub fn acks(&self) -> impl Iterator<Item = &str> {
        self.acks.iter().map(|(_, ack)| ack.as_str())
    }

    /// How many changes and syncs there were.
    pub fn counts(&self) -> (usize, usize) {
        let changes = |node: &Node| node.writes.len() + node.names.len();
        let changes = self.nodes.iter().map(changes).sum();
        (
            changes,
            self.nodes.iter().map(|node| node.syncs.len()).sum(),
        )
    }

    /// A loss of power at a moment that the seed decides, from the first acknowledgement on.
    pub fn crash(&self, seed: u64) -> Crash {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let first = self.acks.first().map_or(0, |(at, _)| *at);
        // Half of them right after an acknowledgement: nothing has had time to reach the disk by itself.
        let at = match random.below(2) {
            0 => self.acks[random.below(self.acks.len())].0,
            _ => first + random.below(self.end + 1 - first),
        };
        let before = self.acks.iter().take_while(|(when, _)| *when <= at);
        Crash {
            at,
            seed,
            acks: before.map(|(_, ack)| ack.clone()).collect(),
        }
    }

    /// Makes the folder as the disk may have held it.
    pub fn leave(&self, crash: &Crash, folder: &Path) {
        let mut random = Random((crash.seed ^ 0x5851_f42d_4c95_7f2d) | 1);
        // How much of what was not synced is there: nothing, everything, or some.
        let kept = random.below(4);
        self.make(ROOT, crash, folder, &mut (random, kept));
    }

    fn make(&self, node: usize, crash: &Crash, path: &Path, random: &mut (Random, usize)) {
        let node = &self.nodes[node];
        if !node.is_directory {
            return self.fill(node, crash, path, random);
        }
        std::fs::create_dir_all(path).unwrap();
        let (durable, all) = node.bounds(crash.at, node.names.iter().map(|(at, _)| *at));
        let until = pick(durable, all, random);
        let mut names = BTreeMap::new();
        for (_, Naming(changes)) in &node.names[..until] {
            for (name, node) in changes {
                match node {
                    Some(node) => _ = names.insert(name, *node),
                    None => _ = names.remove(name),
                }
            }
        }
        for (name, node) in names {
            if !self.nodes[node].is_transient {
                self.make(node, crash, &path.join(name), random);
            }
        }
    }

    fn fill(&self, node: &Node, crash: &Crash, path: &Path, random: &mut (Random, usize)) {
        let (durable, all) = node.bounds(crash.at, node.writes.iter().map(|(at, _)| *at));
        let length = pick(durable, all, random);
        let length = node.writes[..length]
            .iter()
            .fold(0, |length, (_, write)| write.length(length));
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .unwrap();
        file.set_len(length).unwrap();
        let pages: BTreeSet<u64> = node.writes[..all]
            .iter()
            .flat_map(|(_, write)| write.pages())
            .collect();
        for page in pages {
            if page * PAGE >= length {
                continue;
            }
            let mut bytes = node.page(page, pick(durable, all, random));
            if random.0.below(8) == 0 {
                let other = node.page(page, pick(durable, all, random));
                let sector = random.0.below(9) * SECTOR;
                bytes[sector..].copy_from_slice(&other[sector..]);
            }
            let here = usize::try_from((length - page * PAGE).min(PAGE)).unwrap();
            file.write_all_at(&bytes[..here], page * PAGE).unwrap();
        }
    }
}

/// Up to where changes are there, of those that may be.
fn pick(durable: usize, all: usize, (random, kept): &mut (Random, usize)) -> usize {
    match kept {
        0 => durable,
        1 => all,
        _ => durable + random.below(all - durable + 1),
    }
}

impl Node {
    /// How many of the changes are durable, and how many were made.
    fn bounds(&self, at: usize, changes: impl Iterator<Item = usize> + Clone) -> (usize, usize) {
        let synced = self.syncs.iter().filter(|(_, ended)| *ended <= at);
        let synced = synced.map(|(began, _)| *began).max().unwrap_or(0);
        let until = |limit: usize| changes.clone().take_while(|ended| *ended < limit).count();
        (until(synced), until(at + 1))
    }

    fn page(&self, page: u64, until: usize) -> [u8; 4096] {
        let mut bytes = [0; 4096];
        for (_, write) in &self.writes[..until] {
            write.apply(page * PAGE, &mut bytes);
        }
        bytes
    }
}

impl Write {
    fn length(&self, before: u64) -> u64 {
        match self {
            Write::Bytes(offset, bytes) => before.max(offset + u64::try_from(bytes.len()).unwrap()),
            Write::Zeros(..) => before,
            Write::Length(length) => *length,
        }
    }

    fn pages(&self) -> std::ops::Range<u64> {
        match self {
            Write::Bytes(offset, bytes) => {
                let end = offset + u64::try_from(bytes.len()).unwrap();
                offset / PAGE..end.div_ceil(PAGE)
            }
            // They change only what was written before.
            Write::Zeros(..) | Write::Length(_) => 0..0,
        }
    }

    fn apply(&self, start: u64, page: &mut [u8; 4096]) {
        let place = |at: u64| usize::try_from(at.clamp(start, start + PAGE) - start).unwrap();
        match self {
            Write::Bytes(offset, bytes) => {
                let end = offset + u64::try_from(bytes.len()).unwrap();
                let (from, to) = (place(*offset), place(end));
                if from < to {
                    let skip = usize::try_from(start.saturating_sub(*offset)).unwrap();
                    page[from..to].copy_from_slice(&bytes[skip..skip + to - from]);
                }
            }
            Write::Zeros(offset, length) => page[place(*offset)..place(offset + length)].fill(0),
            Write::Length(length) => page[place(*length)..].fill(0),
        }
    }
}

impl Replay<'_> {
    fn call(&mut self, call: &Call) {
        match call.name.as_str() {
            "open" | "creat" => self.opened(call, self.at_folder(call, None, 0), 1),
            "openat" => self.opened(call, self.at_folder(call, Some(0), 1), 2),
            "close" => {
                self.open.remove(&call.number(0));
                if self.ack == Some(call.number(0)) {
                    self.ack = None;
                }
            }
            "fcntl" if !call.args[1].starts_with("F_DUPFD") => {}
            "dup" | "dup2" | "dup3" | "fcntl" => {
                if let Some(open) = self.open.get(&call.number(0)).cloned() {
                    self.open.insert(call.result, open);
                }
            }
            "lseek" => {
                if let Some(open) = self.open.get_mut(&call.number(0)) {
                    open.at = u64::try_from(call.result).unwrap();
                }
            }
            "write" | "writev" => self.wrote(call, None),
            "pwrite64" | "pwritev" | "pwritev2" => self.wrote(call, Some(call.size(3))),
            "ftruncate" => self.change(call, Write::Length(call.size(1))),
            "truncate" => {
                let path = self.at_folder(call, None, 0);
                assert!(path.is_none(), "truncate by name is not followed");
            }
            "fallocate" => self.allocated(call),
            "fsync" | "fdatasync" => {
                if let Some(open) = self.open.get(&call.number(0)) {
                    let node = &mut self.history.nodes[open.node];
                    node.syncs.push((call.began, call.ended));
                }
            }
            "mkdir" => self.made(call, self.at_folder(call, None, 0)),
            "mkdirat" => self.made(call, self.at_folder(call, Some(0), 1)),
            "unlink" | "rmdir" => self.removed(call, self.at_folder(call, None, 0)),
            "unlinkat" => self.removed(call, self.at_folder(call, Some(0), 1)),
            "rename" => {
                self.renamed(
                    call,
                    (self.at_folder(call, None, 0), self.at_folder(call, None, 1)),
                );
            }
            "renameat" | "renameat2" => {
                assert!(
                    !call.has(4, "RENAME_EXCHANGE"),
                    "an exchange is not followed"
                );
                let (from, to) = (
                    self.at_folder(call, Some(0), 1),
                    self.at_folder(call, Some(2), 3),
                );
                self.renamed(call, (from, to));
            }
            "link" => self.linked(
                call,
                (self.at_folder(call, None, 0), self.at_folder(call, None, 1)),
            ),
            "linkat" => {
                let (from, to) = (
                    self.at_folder(call, Some(0), 1),
                    self.at_folder(call, Some(2), 3),
                );
                self.linked(call, (from, to));
            }
            "mmap" => {
                let shared = call.has(3, "MAP_SHARED") && call.has(2, "PROT_WRITE");
                if let Some(open) = self.open.get(&call.number(4)).filter(|_| shared) {
                    let node = &self.history.nodes[open.node];
                    assert!(node.is_transient, "{} is written through memory", open.path);
                }
            }
            "symlink" | "symlinkat" | "sync_file_range" | "msync" | "copy_file_range"
            | "sendfile" | "splice" => {
                let known = |at: usize| call.args.get(at).and_then(|arg| arg.parse().ok());
                let ours = (0..3)
                    .filter_map(known)
                    .any(|fd: i64| self.open.contains_key(&fd));
                assert!(!ours, "{} is not followed", call.name);
            }
            other => panic!("{other} is not followed"),
        }
    }

    /// The path within the folder, if it is there. Anything else is of no interest.
    fn at_folder(&self, call: &Call, directory: Option<usize>, at: usize) -> Option<String> {
        let mut path = call.path(at);
        if !path.starts_with('/') {
            let directory = call.args[directory?].parse().ok()?;
            path = format!("{}/{path}", self.open.get(&directory)?.path);
        }
        if path == self.acks {
            return Some(path);
        }
        let within = path.strip_prefix(self.folder)?;
        (within.is_empty() || within.starts_with('/'))
            .then(|| path.trim_end_matches('/').to_owned())
    }

    /// The directory that a path is in, and its name there.
    fn place(&self, path: &str) -> Option<(usize, String)> {
        let within = path.strip_prefix(self.folder)?.trim_matches('/');
        let mut names: Vec<&str> = within.split('/').filter(|name| *name != ".").collect();
        let name = names.pop()?;
        let mut node = ROOT;
        for step in names {
            node = *self.names.get(&node)?.get(step)?;
        }
        Some((node, name.to_owned()))
    }

    fn node(&self, path: &str) -> Option<usize> {
        match self.place(path)? {
            (ROOT, name) if name.is_empty() => Some(ROOT),
            (directory, name) => self.names.get(&directory)?.get(&name).copied(),
        }
    }

    fn name(&mut self, call: &Call, directory: usize, changes: Vec<(String, Option<usize>)>) {
        let names = self.names.entry(directory).or_default();
        for (name, node) in &changes {
            match node {
                Some(node) => _ = names.insert(name.clone(), *node),
                None => _ = names.remove(name),
            }
        }
        let node = &mut self.history.nodes[directory];
        node.names.push((call.ended, Naming(changes)));
    }

    fn opened(&mut self, call: &Call, path: Option<String>, flags: usize) {
        let Some(path) = path else { return };
        if path == self.acks {
            self.ack = Some(call.result);
            return;
        }
        assert!(
            !call.has(flags, "O_TMPFILE"),
            "files without a name are not followed"
        );
        let node = self.node(&path).unwrap_or_else(|| {
            let node = self.history.nodes.len();
            self.history.nodes.push(Node {
                is_transient: path.ends_with("-shm"),
                ..Node::default()
            });
            let (directory, name) = self.place(&path).expect("a file in no directory");
            self.name(call, directory, vec![(name, Some(node))]);
            node
        });
        let open = Open {
            node,
            path,
            at: 0,
            appends: call.has(flags, "O_APPEND"),
        };
        self.open.insert(call.result, open);
        if call.has(flags, "O_TRUNC") {
            self.write(call.ended, node, Write::Length(0));
        }
    }

    fn write(&mut self, ended: usize, node: usize, write: Write) {
        let length = self.lengths.entry(node).or_default();
        *length = write.length(*length);
        self.history.nodes[node].writes.push((ended, write));
    }

    fn change(&mut self, call: &Call, write: Write) {
        if let Some(open) = self.open.get(&call.number(0)) {
            self.write(call.ended, open.node, write);
        }
    }

    fn wrote(&mut self, call: &Call, offset: Option<u64>) {
        let fd = call.number(0);
        if self.ack == Some(fd) {
            self.line.extend(call.bytes(1));
            while let Some(end) = self.line.iter().position(|byte| *byte == b'\n') {
                let rest = self.line.split_off(end + 1);
                let line = std::mem::replace(&mut self.line, rest);
                let line = String::from_utf8(line).unwrap().trim_end().to_owned();
                self.history.acks.push((call.ended, line));
            }
        }
        let Some(open) = self.open.get(&fd).cloned() else {
            return;
        };
        let mut bytes = call.bytes(1);
        bytes.truncate(usize::try_from(call.result).unwrap());
        let at = match offset {
            Some(offset) => offset,
            None if open.appends => *self.lengths.get(&open.node).unwrap_or(&0),
            None => open.at,
        };
        if offset.is_none() {
            let end = at + u64::try_from(bytes.len()).unwrap();
            self.open.get_mut(&fd).unwrap().at = end;
        }
        self.write(call.ended, open.node, Write::Bytes(at, bytes));
    }

    fn allocated(&mut self, call: &Call) {
        let Some(open) = self.open.get(&call.number(0)).cloned() else {
            return;
        };
        let (offset, length) = (call.size(2), call.size(3));
        let zeroes = call.has(1, "FALLOC_FL_PUNCH_HOLE") || call.has(1, "FALLOC_FL_ZERO_RANGE");
        if zeroes {
            self.write(call.ended, open.node, Write::Zeros(offset, length));
        } else {
            assert!(
                call.has(1, "0") || call.has(1, "FALLOC_FL_KEEP_SIZE"),
                "{:?} is not followed",
                call.args
            );
        }
        let before = *self.lengths.get(&open.node).unwrap_or(&0);
        if !call.has(1, "FALLOC_FL_KEEP_SIZE") && offset + length > before {
            self.write(call.ended, open.node, Write::Length(offset + length));
        }
    }

    fn made(&mut self, call: &Call, path: Option<String>) {
        let Some((directory, name)) = path.and_then(|path| self.place(&path)) else {
            return;
        };
        let node = self.history.nodes.len();
        self.history.nodes.push(Node {
            is_directory: true,
            ..Node::default()
        });
        self.names.insert(node, BTreeMap::new());
        self.name(call, directory, vec![(name, Some(node))]);
    }

    fn removed(&mut self, call: &Call, path: Option<String>) {
        if let Some((directory, name)) = path.and_then(|path| self.place(&path)) {
            self.name(call, directory, vec![(name, None)]);
        }
    }

    fn renamed(&mut self, call: &Call, paths: (Option<String>, Option<String>)) {
        let (Some(from), Some(to)) = paths else {
            return;
        };
        let node = self.node(&from).expect("what was renamed is not there");
        let (from, to) = (self.place(&from).unwrap(), self.place(&to).unwrap());
        if from.0 == to.0 {
            self.name(call, from.0, vec![(from.1, None), (to.1, Some(node))]);
        } else {
            self.name(call, to.0, vec![(to.1, Some(node))]);
            self.name(call, from.0, vec![(from.1, None)]);
        }
    }

    fn linked(&mut self, call: &Call, paths: (Option<String>, Option<String>)) {
        let (Some(from), Some(to)) = paths else {
            return;
        };
        let node = self.node(&from).expect("what was linked is not there");
        let (directory, name) = self.place(&to).unwrap();
        self.name(call, directory, vec![(name, Some(node))]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::trace;
    use super::*;

    fn history(lines: &[&str]) -> History {
        let text = |line: &&str| {
            let mut out = String::new();
            for (n, part) in line.split('\'').enumerate() {
                match n % 2 {
                    0 => out.push_str(part),
                    _ => {
                        let hex: String = part.bytes().map(|b| format!("\\x{b:02x}")).collect();
                        out.push_str(&format!("\"{hex}\""));
                    }
                }
            }
            format!("1 {out}\n")
        };
        let text: String = lines.iter().map(text).collect();
        History::of(trace::read(&text), Path::new("/d"), Path::new("/acks"))
    }

    /// Every state of `/d/f` that some seed leaves, at the acknowledgement.
    fn states(lines: &[&str], name: &str) -> BTreeSet<Option<String>> {
        let mut lines: Vec<&str> = lines.to_vec();
        lines.extend([
            "openat(AT_FDCWD, '/acks', O_WRONLY|O_CREAT, 0666) = 9",
            "write(9, 'done\n', 5) = 5",
        ]);
        let history = history(&lines);
        let mut found = BTreeSet::new();
        for seed in 0..200 {
            let crash = history.crash(seed);
            assert_eq!(crash.acks, ["done"]);
            let folder = tempfile::tempdir().unwrap();
            history.leave(&crash, folder.path());
            found.insert(std::fs::read_to_string(folder.path().join(name)).ok());
        }
        found
    }

    fn set<const N: usize>(all: [Option<&str>; N]) -> BTreeSet<Option<String>> {
        all.into_iter().map(|one| one.map(str::to_owned)).collect()
    }

    const OPEN: &str = "openat(AT_FDCWD, '/d/f', O_RDWR|O_CREAT, 0666) = 3";
    const DIRECTORY: &str = "openat(AT_FDCWD, '/d', O_RDONLY|O_DIRECTORY) = 4";

    #[test]
    fn what_is_synced_with_its_name_is_there_and_nothing_else_is_sure() {
        let (write, sync, named) = ("write(3, 'ab', 2) = 2", "fsync(3) = 0", "fsync(4) = 0");
        assert_eq!(
            states(&[OPEN, DIRECTORY, write, sync, named], "f"),
            set([Some("ab")])
        );
        let unnamed = states(&[OPEN, write, sync], "f");
        assert_eq!(unnamed, set([None, Some("ab")]));
        let unsynced = states(&[OPEN, DIRECTORY, named, write], "f");
        assert_eq!(unsynced, set([Some(""), Some("ab"), Some("\0\0")]));
        let more = states(
            &[
                OPEN,
                DIRECTORY,
                write,
                sync,
                named,
                "pwrite64(3, 'c', 1, 0) = 1",
            ],
            "f",
        );
        assert_eq!(more, set([Some("ab"), Some("cb")]));
    }

    #[test]
    fn names_are_changed_wholly_and_in_order() {
        let rename = "rename('/d/f', '/d/g') = 0";
        let all = [
            OPEN,
            DIRECTORY,
            "write(3, 'ab', 2) = 2",
            "fsync(3) = 0",
            "fsync(4) = 0",
            rename,
        ];
        assert_eq!(states(&all, "g"), set([None, Some("ab")]));
        let synced: Vec<&str> = all.into_iter().chain(["fsync(4) = 0"]).collect();
        assert_eq!(states(&synced, "g"), set([Some("ab")]));
        assert_eq!(states(&synced, "f"), set([None]));
    }

    #[test]
    fn a_sync_makes_durable_what_had_ended_when_it_began() {
        let lines = [OPEN, DIRECTORY, "fsync(4) = 0"];
        let mut text: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        text.push("fsync(3 <unfinished ...>".into());
        let mut history = history(&text.iter().map(String::as_str).collect::<Vec<_>>());
        let node = &mut history.nodes[1];
        node.writes.push((7, Write::Bytes(0, b"x".to_vec())));
        node.syncs.push((6, 8));
        assert_eq!(node.bounds(9, [7].into_iter()), (0, 1));
        node.syncs.push((8, 9));
        assert_eq!(node.bounds(9, [7].into_iter()), (1, 1));
    }
}
