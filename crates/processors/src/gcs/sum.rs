//! The checksum that Cloud Storage keeps of each object: CRC-32C (Castagnoli, RFC 3720), big-endian, in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The polynomial, its lowest power first.
const POLYNOMIAL: u32 = 0x82f6_3b78;
const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut rest = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            rest = if rest & 1 == 1 { (rest >> 1) ^ POLYNOMIAL } else { rest >> 1 };
            bit += 1;
        }
        table[byte] = rest;
        byte += 1;
    }
    table
}

fn crc32c(bytes: &[u8]) -> u32 {
    !bytes
        .iter()
        .fold(u32::MAX, |rest, byte| (rest >> 8) ^ TABLE[((rest ^ u32::from(*byte)) & 0xff) as usize])
}

/// As it stands in an object's `crc32c`.
pub(crate) fn of(bytes: &[u8]) -> String {
    STANDARD.encode(crc32c(bytes).to_be_bytes())
}

/// The checksum in `x-goog-hash: crc32c=…,md5=…`.
pub(crate) fn in_header(header: &str) -> Option<&str> {
    header.split(',').find_map(|part| part.trim().strip_prefix("crc32c="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_check_value_comes_out() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(b""), 0);
        assert_eq!(in_header("crc32c=yZRlqg==,md5=XrY7u+Ae7tCTyyK7j1rNww=="), Some("yZRlqg=="));
        // Of `hello world`, as Google's documentation has it.
        assert_eq!(of(b"hello world"), "yZRlqg==");
    }
}
