//! The shapes that keys are written in: DER, the strings and numbers of SSH, and lines of base64.
//! Nothing here knows what a key is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(super) fn der(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = contents.len().to_be_bytes();
    let digits = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    match digits {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).expect("a usize has at most 8 bytes"));
            out.extend(long);
        }
    }
    out.extend(contents);
    out
}

/// Takes the next element off, if it has this tag.
pub(super) fn element<'a>(rest: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (&found, after) = rest.split_first()?;
    let (&first, mut after) = after.split_first()?;
    let mut length = usize::from(first);
    if first >= 0x80 {
        let digits = usize::from(first & 0x7f);
        if digits == 0 || digits > 4 {
            return None;
        }
        let (number, later) = after.split_at_checked(digits)?;
        length = number
            .iter()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        after = later;
    }
    let (contents, after) = after.split_at_checked(length)?;
    *rest = after;
    (found == tag).then_some(contents)
}

/// A number without leading zeros.
pub(super) fn unsigned(number: &[u8]) -> &[u8] {
    &number[number.iter().take_while(|byte| **byte == 0).count()..]
}

/// A number that cannot be taken for a negative one.
pub(super) fn signed(number: &[u8]) -> Vec<u8> {
    let number = unsigned(number);
    match number.first() {
        Some(first) if *first < 0x80 => number.to_vec(),
        Some(_) => [&[0], number].concat(),
        None => vec![0],
    }
}

pub(super) fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(
        u32::try_from(bytes.len())
            .expect("parts of keys are short")
            .to_be_bytes(),
    );
    out.extend(bytes);
}

pub(super) fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (bytes, after) =
        after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *rest = after;
    Some(bytes)
}

pub(super) fn pem(label: &str, der: &[u8], width: usize) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in base64_lines(der, width) {
        text.push_str(&line);
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

/// Bytes in base64, in lines of this many characters.
pub(super) fn base64_lines(bytes: &[u8], width: usize) -> Vec<String> {
    let text = STANDARD.encode(bytes);
    let lines = text.as_bytes().chunks(width);
    lines
        .map(|line| line.iter().map(|byte| char::from(*byte)).collect())
        .collect()
}
