//! The calls in what `strace -f -xx` wrote.

use std::collections::HashMap;

/// The calls that matter.
pub(super) const CALLS: [&str; 38] = [
    "open",
    "openat",
    "creat",
    "close",
    "dup",
    "dup2",
    "dup3",
    "fcntl",
    "lseek",
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "pwritev2",
    "truncate",
    "ftruncate",
    "fallocate",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "copy_file_range",
    "sendfile",
    "splice",
    "io_uring_setup",
    "mmap",
    "msync",
];

/// A call that succeeded.
#[derive(Debug)]
pub(super) struct Call {
    /// Its place in the order in which calls began, and in that in which they returned.
    pub(super) began: usize,
    pub(super) ended: usize,
    pub(super) name: String,
    pub(super) args: Vec<String>,
    pub(super) result: i64,
}

impl Call {
    pub(super) fn number(&self, at: usize) -> i64 {
        let arg = &self.args[at];
        arg.parse()
            .unwrap_or_else(|_| panic!("{} has no number {arg}", self.name))
    }

    /// A length or an offset.
    pub(super) fn size(&self, at: usize) -> u64 {
        u64::try_from(self.number(at)).unwrap()
    }

    pub(super) fn has(&self, at: usize, flag: &str) -> bool {
        self.args
            .get(at)
            .is_some_and(|arg| arg.split('|').any(|one| one == flag))
    }

    /// The bytes in an argument: one string, or those of a list.
    pub(super) fn bytes(&self, at: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (n, part) in self.args[at].split('"').enumerate() {
            if n % 2 == 0 {
                assert!(!part.starts_with("..."), "{} was cut short", self.name);
                continue;
            }
            let hex = part.split("\\x").skip(1);
            bytes.extend(hex.map(|two| u8::from_str_radix(two, 16).unwrap()));
        }
        bytes
    }

    pub(super) fn path(&self, at: usize) -> String {
        String::from_utf8(self.bytes(at)).unwrap()
    }
}

/// The calls that succeeded, in the order in which they returned.
pub(super) fn read(text: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut begun: HashMap<&str, (usize, &str)> = HashMap::new();
    for (at, line) in text.lines().enumerate() {
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        if rest.starts_with("+++") || rest.starts_with("---") {
            continue;
        }
        if let Some(first) = rest.strip_suffix(" <unfinished ...>") {
            begun.insert(thread, (at, first));
            continue;
        }
        let call = match rest.strip_prefix("<... ") {
            None => parse(rest, (at, at)),
            Some(resumed) => {
                let (began, first) = begun.remove(thread).expect("a call without its beginning");
                let second = resumed.split_once(" resumed>").unwrap().1;
                parse(&format!("{first}{second}"), (began, at))
            }
        };
        calls.extend(call);
    }
    calls
}

fn parse(text: &str, (began, ended): (usize, usize)) -> Option<Call> {
    let (name, rest) = text.split_once('(')?;
    let (args, result) = rest.rsplit_once(" = ")?;
    let args = args.trim_end().strip_suffix(')')?;
    let result = result.split(' ').next()?;
    let result = match result.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok()?,
        None => result.parse().ok()?,
    };
    (result >= 0).then(|| Call {
        began,
        ended,
        name: name.to_owned(),
        args: split(args),
        result,
    })
}

/// Arguments end at commas that are in no string, list or structure.
fn split(args: &str) -> Vec<String> {
    let (mut parts, mut depth, mut quoted) = (vec![String::new()], 0, false);
    for c in args.chars() {
        match c {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        let last = parts.last_mut().unwrap();
        if !(c == ' ' && last.is_empty()) {
            last.push(c);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_put_together_and_ordered_by_their_ends() {
        let text = "\
7 openat(AT_FDCWD, \"\\x2f\\x61\", O_RDWR|O_CREAT, 0666) = 3
7 write(3, \"\\x61\\x2c\\x62\", 3 <unfinished ...>
8 fsync(3)                          = 0
8 unlink(\"\\x2f\\x62\") = -1 ENOENT (No such file or directory)
7 <... write resumed>) = 3
9 writev(4, [{iov_base=\"\\x61\", iov_len=1}, {iov_base=\"\\x62\\x63\", iov_len=2}], 2) = 3
9 mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3, 0) = 0x7f00
9 +++ exited with 0 +++
";
        let calls = read(text);
        let names: Vec<_> = calls.iter().map(|call| call.name.as_str()).collect();
        assert_eq!(names, ["openat", "fsync", "write", "writev", "mmap"]);
        assert_eq!((calls[2].began, calls[2].ended), (1, 4));
        assert_eq!(calls[2].bytes(1), b"a,b");
        assert_eq!(calls[3].bytes(1), b"abc");
        assert_eq!(calls[0].path(1), "/a");
        assert!(calls[0].has(2, "O_CREAT") && !calls[0].has(2, "O_TRUNC"));
    }
}
