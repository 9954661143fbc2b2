//! A picture of the guest's screen: from QEMU's PPM to a JPEG that is small enough to be sent.
//!
//! The picture's size is up to the guest, so it is checked before anything is made of it.

use jpeg_encoder::{ColorType, Encoder};

/// No picture that is sent is larger.
pub(crate) const LARGEST_JPEG: usize = 100_000;
/// No picture that is read is larger: beyond what QEMU's VGA memory of 16 MiB can show.
pub(crate) const LARGEST_PPM: u64 = 64 << 20;

struct Picture {
    width: u16,
    height: u16,
    rgb: Vec<u8>,
}

/// A JPEG of at most [`LARGEST_JPEG`] bytes, in coarser quality and then in smaller sizes until it
/// fits. `None` for what is not a picture.
pub(crate) fn jpeg(ppm: &[u8]) -> Option<Vec<u8>> {
    let mut picture = parse(ppm)?;
    loop {
        for quality in [80, 50] {
            let mut out = Vec::new();
            Encoder::new(&mut out, quality)
                .encode(&picture.rgb, picture.width, picture.height, ColorType::Rgb)
                .ok()?;
            if out.len() <= LARGEST_JPEG {
                return Some(out);
            }
        }
        picture = halved(&picture)?;
    }
}

/// `P6`, width, height, 255, then three bytes for each point. QEMU writes no comments.
fn parse(ppm: &[u8]) -> Option<Picture> {
    let mut rest = ppm.strip_prefix(b"P6")?;
    let mut numbers = [0_u16; 3];
    for number in &mut numbers {
        let start = rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        let length = rest[start..].iter().position(u8::is_ascii_whitespace)?;
        *number = std::str::from_utf8(&rest[start..start + length])
            .ok()?
            .parse()
            .ok()?;
        rest = &rest[start + length..];
    }
    let [width, height, 255] = numbers else {
        return None;
    };
    let rgb = rest.get(1..)?;
    let length = usize::from(width) * usize::from(height) * 3;
    (length > 0 && rgb.len() >= length).then(|| Picture {
        width,
        height,
        rgb: rgb[..length].to_vec(),
    })
}

/// Half as wide and high, each point the mean of four.
fn halved(from: &Picture) -> Option<Picture> {
    let (width, height) = (from.width / 2, from.height / 2);
    if width == 0 || height == 0 {
        return None;
    }
    let stride = usize::from(from.width) * 3;
    let mut rgb = Vec::with_capacity(usize::from(width) * usize::from(height) * 3);
    for y in 0..usize::from(height) {
        for x in 0..usize::from(width) {
            for channel in 0..3 {
                let at = 2 * y * stride + 6 * x + channel;
                let four = [at, at + 3, at + stride, at + stride + 3];
                let sum: u16 = four.iter().map(|at| u16::from(from.rgb[*at])).sum();
                rgb.push(u8::try_from(sum / 4).unwrap_or(u8::MAX));
            }
        }
    }
    Some(Picture { width, height, rgb })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(width: u16, height: u16) -> Vec<u8> {
        let mut ppm = format!("P6\n{width} {height}\n255\n").into_bytes();
        let mut state = 1_u32;
        for _ in 0..usize::from(width) * usize::from(height) * 3 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ppm.push(state.to_be_bytes()[0]);
        }
        ppm
    }

    #[test]
    fn even_a_screen_of_noise_fits_into_what_may_be_sent() {
        let jpeg = jpeg(&noise(1280, 800)).unwrap();
        assert!(
            jpeg.len() <= LARGEST_JPEG && jpeg.len() > 10_000,
            "{}",
            jpeg.len()
        );
        assert!(jpeg.starts_with(&[0xff, 0xd8, 0xff]) && jpeg.ends_with(&[0xff, 0xd9]));
    }

    #[test]
    fn halving_takes_the_mean_of_four_points() {
        let rgb = vec![0, 0, 0, 100, 0, 0, 100, 0, 0, 200, 0, 0];
        let half = halved(&Picture {
            width: 2,
            height: 2,
            rgb,
        })
        .unwrap();
        assert_eq!((half.width, half.height, half.rgb), (1, 1, vec![100, 0, 0]));
    }

    #[test]
    fn what_is_not_a_picture_or_is_cut_short_is_refused() {
        let whole = noise(4, 4);
        assert!(jpeg(&whole).is_some());
        for bad in [
            &b""[..],
            b"P6",
            b"P5\n4 4\n255\n",
            b"P6\n0 0\n255\n",
            b"P6\n99999 1\n255\n",
            &whole[..40],
        ] {
            assert!(jpeg(bad).is_none(), "{bad:?}");
        }
    }
}
