//! Percent-encoding and query strings.

use std::borrow::Cow;

/// The decoded pairs of a query string (without `?`), in order. `+` is a space, a parameter
/// without `=` has an empty value, and what is no valid encoding stands for itself.
pub fn parse(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (form_decoded(name), form_decoded(value))
        })
        .collect()
}

/// The value of the first parameter of this name.
pub fn value<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

/// A path or segment of one with `%XX` resolved. Bytes that are no UTF-8 become U+FFFD.
pub fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return text.into();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'%', [high, low, after @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                bytes.push(hex_value(*high) << 4 | hex_value(*low));
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned().into()
}

fn form_decoded(text: &str) -> String {
    percent_decoded(&text.replace('+', " ")).into_owned()
}

fn hex_value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(query: &str) -> Vec<(String, String)> {
        parse(query)
    }

    #[test]
    fn pairs_are_decoded_and_keep_their_order() {
        let expected = [("b", "1 2"), ("a[]", "x&y"), ("a[]", "="), ("nil", "")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pairs("b=1+2&a%5B%5D=x%26y&a[]==&&nil"), expected);
        assert_eq!(pairs(""), []);
    }

    #[test]
    fn what_is_no_encoding_stands_for_itself() {
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("%zz%4"), "%zz%4");
        assert_eq!(percent_decoded("%C3%BC%c3%bc"), "üü");
        assert_eq!(percent_decoded("%ff"), "\u{fffd}");
        assert_eq!(percent_decoded("a+b"), "a+b");
    }

    #[test]
    fn the_first_value_of_a_name_is_found() {
        let query = pairs("a=1&a=2");
        assert_eq!(value(&query, "a"), Some("1"));
        assert_eq!(value(&query, "b"), None);
    }
}
