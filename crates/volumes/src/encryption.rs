//! What becomes of encryption when a disk is copied, made into a volume, or begun block by block:
//! AWS's tables as pure functions, with a test for every row.
//!
//! Where AWS's pages contradict each other, a copy of one's own snapshot by CopyImage within its
//! Region keeps its key; everything else without a named key goes to the default key.

use base::{Error, Reason, Result, Subject};
use serde::{Deserialize, Serialize};

/// What a request says about encryption.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Encrypted or not.
    pub encrypted: Option<bool>,
    /// The key: its id, ARN, alias or alias's ARN.
    pub key: Option<String>,
}

/// What there is already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nothing, or a disk that is not encrypted.
    Plain,
    /// An encrypted disk.
    Sealed {
        /// Whether it belongs to the caller's account.
        owned: bool,
        /// Whether it lies in the Region that is called.
        here: bool,
    },
}

/// What is to become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is not encrypted.
    Plain,
    /// It keeps the key that it has.
    SameKey,
    /// The account's default key for EBS.
    DefaultKey,
    /// The account's `aws/ebs`, whatever the default key is.
    ManagedKey,
    /// The key that the request names.
    NamedKey,
}

use Outcome::{DefaultKey, ManagedKey, NamedKey, Plain, SameKey};

/// CopyImage, for each snapshot.
pub fn of_image_copy(source: Source, asked: &Asked, by_default: bool) -> Result<Outcome> {
    needs_encrypted(asked)?;
    Ok(match (source, &asked.key) {
        (_, Some(_)) => NamedKey,
        (Source::Plain, None) if asked.encrypted == Some(true) || by_default => DefaultKey,
        (Source::Plain, None) => Plain,
        (
            Source::Sealed {
                owned: true,
                here: true,
            },
            None,
        ) => SameKey,
        (Source::Sealed { .. }, None) => DefaultKey,
    })
}

/// CopySnapshot.
pub fn of_snapshot_copy(source: Source, asked: &Asked, by_default: bool) -> Result<Outcome> {
    if asked.encrypted == Some(false) {
        let message = "The parameter Encrypted cannot be set to false.";
        return Err(Error::invalid(message));
    }
    match (source, &asked.key) {
        (Source::Plain, _) => {
            needs_encrypted(asked)?;
            of_image_copy(source, asked, by_default)
        }
        (Source::Sealed { .. }, Some(_)) => Ok(NamedKey),
        (Source::Sealed { .. }, None) if by_default => Ok(DefaultKey),
        (Source::Sealed { .. }, None) => Ok(ManagedKey),
    }
}

/// CreateVolume and the volumes of RunInstances. An encrypted snapshot never becomes a plain volume,
/// and `Encrypted=false` does not overrule encryption by default.
pub fn of_volume(source: Source, asked: &Asked, by_default: bool) -> Result<Outcome> {
    needs_encrypted(asked)?;
    Ok(match (source, &asked.key) {
        (_, Some(_)) => NamedKey,
        (Source::Plain, None) if asked.encrypted == Some(true) || by_default => DefaultKey,
        (Source::Plain, None) => Plain,
        (Source::Sealed { owned: true, .. }, None) => SameKey,
        (Source::Sealed { owned: false, .. }, None) => DefaultKey,
    })
}

/// StartSnapshot of the EBS direct API; the source is the parent, if there is one.
pub fn of_direct(parent: Option<Source>, asked: &Asked, by_default: bool) -> Result<Outcome> {
    let refused = |message: &str| Err(Error::invalid(message));
    if let Some(parent) = parent {
        if asked.encrypted.is_some() || asked.key.is_some() {
            return refused("Encrypted and KmsKeyArn cannot be given with ParentSnapshotId.");
        }
        return match parent {
            Source::Sealed { .. } => Ok(SameKey),
            Source::Plain if by_default => {
                refused("Encryption by default is on: the parent snapshot must be encrypted.")
            }
            Source::Plain => Ok(Plain),
        };
    }
    match (asked.encrypted, &asked.key) {
        (Some(true), None) => Ok(DefaultKey),
        (Some(true), Some(_)) => Ok(NamedKey),
        (None, None) if by_default => Ok(DefaultKey),
        (None, Some(_)) if by_default => Ok(NamedKey),
        (None, Some(_)) => refused("KmsKeyArn needs Encrypted to be true."),
        (Some(false), Some(_)) => refused("KmsKeyArn cannot be given when Encrypted is false."),
        (Some(false), None) if by_default => {
            refused("Encryption by default is on: Encrypted cannot be false.")
        }
        (Some(false) | None, None) => Ok(Plain),
    }
}

/// A key is named only together with Encrypted=true.
fn needs_encrypted(asked: &Asked) -> Result<()> {
    if asked.key.is_some() && asked.encrypted != Some(true) {
        let message = "The parameter KmsKeyId requires the parameter Encrypted to be set.";
        return Err(Error::new(Reason::Dependency, Subject::Parameter, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN_HERE: Source = Source::Sealed {
        owned: true,
        here: true,
    };
    const OWN_AWAY: Source = Source::Sealed {
        owned: true,
        here: false,
    };
    const FOREIGN: Source = Source::Sealed {
        owned: false,
        here: true,
    };
    const FOREIGN_AWAY: Source = Source::Sealed {
        owned: false,
        here: false,
    };
    const ANY: [Option<bool>; 3] = [None, Some(false), Some(true)];
    const NOT_TRUE: [Option<bool>; 2] = [None, Some(false)];

    fn asked(encrypted: Option<bool>, key: bool) -> Asked {
        Asked {
            encrypted,
            key: key.then(|| "alias/mine".to_owned()),
        }
    }

    type Rule = fn(Source, &Asked, bool) -> Result<Outcome>;

    /// Source, Encrypted, whether a key is named; outcome with encryption by default off and on.
    /// `None` is an error.
    type Row<'a> = (
        Source,
        &'a [Option<bool>],
        bool,
        Option<Outcome>,
        Option<Outcome>,
    );

    fn check(rule: Rule, rows: &[Row<'_>]) {
        for (source, encrypted, key, off, on) in rows {
            for encrypted in *encrypted {
                let asked = asked(*encrypted, *key);
                for (by_default, expected) in [(false, off), (true, on)] {
                    let found = rule(*source, &asked, by_default).ok();
                    assert_eq!(found, *expected, "{source:?} {asked:?} {by_default}");
                }
            }
        }
    }

    #[test]
    fn every_row_of_the_table_of_image_copies() {
        let yes: &[Option<bool>] = &[Some(true)];
        let plain = Source::Plain;
        let mut rows = vec![
            (plain, &NOT_TRUE[..], false, Some(Plain), Some(DefaultKey)),
            (plain, yes, false, Some(DefaultKey), Some(DefaultKey)),
            (plain, yes, true, Some(NamedKey), Some(NamedKey)),
            (plain, &NOT_TRUE[..], true, None, None),
            (OWN_HERE, &ANY[..], false, Some(SameKey), Some(SameKey)),
            (
                OWN_AWAY,
                &ANY[..],
                false,
                Some(DefaultKey),
                Some(DefaultKey),
            ),
        ];
        for source in [FOREIGN, FOREIGN_AWAY] {
            rows.push((source, &ANY[..], false, Some(DefaultKey), Some(DefaultKey)));
        }
        for source in [OWN_HERE, OWN_AWAY, FOREIGN, FOREIGN_AWAY] {
            rows.push((source, yes, true, Some(NamedKey), Some(NamedKey)));
            rows.push((source, &NOT_TRUE[..], true, None, None));
        }
        check(of_image_copy, &rows);
    }

    #[test]
    fn every_row_of_the_table_of_snapshot_copies() {
        let (no, yes, absent): (&[_], &[_], &[_]) = (&[Some(false)], &[Some(true)], &[None]);
        let plain = Source::Plain;
        let mut rows = vec![
            (plain, absent, false, Some(Plain), Some(DefaultKey)),
            (plain, yes, false, Some(DefaultKey), Some(DefaultKey)),
            (plain, yes, true, Some(NamedKey), Some(NamedKey)),
            (plain, no, false, None, None),
            (plain, no, true, None, None),
        ];
        for source in [OWN_HERE, OWN_AWAY, FOREIGN, FOREIGN_AWAY] {
            rows.push((source, absent, false, Some(ManagedKey), Some(DefaultKey)));
            rows.push((source, absent, true, Some(NamedKey), Some(NamedKey)));
            rows.push((source, yes, true, Some(NamedKey), Some(NamedKey)));
            rows.push((source, no, false, None, None));
            rows.push((source, no, true, None, None));
        }
        check(of_snapshot_copy, &rows);
    }

    #[test]
    fn every_row_of_the_table_of_volumes_and_launches() {
        let yes: &[Option<bool>] = &[Some(true)];
        let plain = Source::Plain;
        let mut rows = vec![
            (plain, &NOT_TRUE[..], false, Some(Plain), Some(DefaultKey)),
            (plain, yes, false, Some(DefaultKey), Some(DefaultKey)),
            (OWN_HERE, &ANY[..], false, Some(SameKey), Some(SameKey)),
            (FOREIGN, &ANY[..], false, Some(DefaultKey), Some(DefaultKey)),
        ];
        for source in [plain, OWN_HERE, FOREIGN] {
            rows.push((source, yes, true, Some(NamedKey), Some(NamedKey)));
            rows.push((source, &NOT_TRUE[..], true, None, None));
        }
        check(of_volume, &rows);
    }

    #[test]
    fn every_row_of_the_table_of_snapshots_that_are_written_block_by_block() {
        for by_default in [false, true] {
            let rule =
                |parent, encrypted, key| of_direct(parent, &asked(encrypted, key), by_default).ok();
            for parent in [OWN_HERE, FOREIGN] {
                assert_eq!(rule(Some(parent), None, false), Some(SameKey));
            }
            let plain = (!by_default).then_some(Plain);
            assert_eq!(rule(Some(Source::Plain), None, false), plain);
            for parent in [Source::Plain, OWN_HERE] {
                for encrypted in [Some(false), Some(true)] {
                    assert_eq!(rule(Some(parent), encrypted, false), None);
                }
                assert_eq!(rule(Some(parent), None, true), None);
            }
            assert_eq!(rule(None, Some(true), false), Some(DefaultKey));
            assert_eq!(rule(None, Some(true), true), Some(NamedKey));
            let expected = if by_default { DefaultKey } else { Plain };
            assert_eq!(rule(None, None, false), Some(expected));
            assert_eq!(rule(None, None, true), by_default.then_some(NamedKey));
            assert_eq!(rule(None, Some(false), false), plain);
            assert_eq!(rule(None, Some(false), true), None);
        }
    }
}
