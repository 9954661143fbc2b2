//! A refusal by policies, in each service's manner: EC2 adds a sealed message that
//! sts:DecodeAuthorizationMessage explains, the others say it in a sentence.

use crate::App;
use base::{AccountId, Error};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use identity::Denial;
use protocol::{Fault, Protocol, Service};
use std::io::{Read, Write};

/// The longest explanation, unpacked.
const LONGEST: u64 = 1 << 20;

/// Adds to a fault what only the master key can: the sealed explanation.
pub(crate) fn explained(app: &App, service: Service, error: &Error, mut fault: Fault) -> Fault {
    let Some(denial) = Denial::of(error) else {
        return fault;
    };
    if service.protocol() == Protocol::Ec2Query {
        fault.message = format!(
            "You are not authorized to perform this operation. {}.",
            denial.sentence()
        );
        if let Some(sealed) = seal(app, denial) {
            fault
                .message
                .push_str(" Encoded authorization failure message: ");
            fault.message.push_str(&sealed);
        }
    }
    fault
}

fn label(account: &AccountId) -> String {
    format!("amiable authorization message of {account}")
}

/// The explanation for whoever is allowed to read it in the account whose policies decided.
fn seal(app: &App, denial: &Denial) -> Option<String> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
    packer
        .write_all(denial.explained().to_string().as_bytes())
        .ok()?;
    let packed = packer.finish().ok()?;
    let label = label(&denial.account);
    let sealed = app.master.seal_bytes(&label, &packed, &*app.entropy).ok()?;
    Some(URL_SAFE_NO_PAD.encode(sealed))
}

/// The explanation in a sealed message of this account's; nothing if it is none.
pub(crate) fn open(app: &App, account: &AccountId, message: &str) -> Option<String> {
    let sealed = URL_SAFE_NO_PAD.decode(message.trim()).ok()?;
    let packed = app.master.open_bytes(&label(account), &sealed)?;
    let mut text = String::new();
    let mut unpacked = ZlibDecoder::new(packed.as_slice()).take(LONGEST);
    unpacked.read_to_string(&mut text).ok()?;
    Some(text)
}
