//! Percent-encoding (RFC 3986, section 2): how a text stands within an address or a form and stays one.

/// A text with everything encoded but what is unreserved, and the ASCII characters of `also`.
pub fn percent_encoded(text: &str, also: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte.into()),
            _ if byte.is_ascii() && also.as_bytes().contains(&byte) => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_an_address_is_encoded() {
        assert_eq!(percent_encoded("a b&ü", ""), "a%20b%26%C3%BC");
        assert_eq!(percent_encoded("-_.~09AZaz", ""), "-_.~09AZaz");
        assert_eq!(percent_encoded("http://a:1/b?c=d&e", ""), "http%3A%2F%2Fa%3A1%2Fb%3Fc%3Dd%26e");
        assert_eq!(percent_encoded("a/b?c", "/"), "a/b%3Fc");
        assert_eq!(percent_encoded("ü/", "ü/"), "%C3%BC/");
    }
}
