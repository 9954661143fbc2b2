//! Disk images that strangers give: whatever the file holds, it is refused or read, within bounds.
#![no_main]

use std::io::Write;

use formats::Format;
use libfuzzer_sys::fuzz_target;

/// Bytes that are read from what opens.
const READ: usize = 1 << 20;

fuzz_target!(|input: &[u8]| {
    let Some((first, bytes)) = input.split_first() else { return };
    let mut file = tempfile::tempfile().expect("a temporary file can be made");
    file.write_all(bytes).expect("a temporary file can be written");
    // Every format is tried on everything; past the last one, what the content looks like.
    let format = Format::ALL.get(usize::from(first % 6)).copied();
    let Ok(image) = formats::open_file(file, format) else { return };
    let mut buf = vec![0; 4096];
    for extent in formats::extents(&*image).take(READ / buf.len()) {
        let Ok(extent) = extent else { return };
        assert!(extent.start < extent.end && extent.end <= image.size());
        let len = usize::try_from(extent.end - extent.start).unwrap_or(buf.len()).min(buf.len());
        if image.read_at(extent.start, &mut buf[..len]).is_err() {
            return;
        }
    }
});
