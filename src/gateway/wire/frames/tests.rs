use super::*;

const MAX: usize = 1_000;

/// A client's frame, masked.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 250];
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(0x80 | length as u8),
        length @ 126..=65_535 => {
            bytes.push(0x80 | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0x80 | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(mask);
    bytes.extend(
        payload
            .iter()
            .enumerate()
            .map(|(at, byte)| byte ^ mask[at % 4]),
    );
    bytes
}

fn read_in(reader: &mut Reader, bytes: &[u8], seen: &mut Vec<String>) -> Result<bool, Violation> {
    reader.read(&mut bytes.to_vec(), MAX, |message| {
        seen.push(format!("{message:?}"))
    })
}

/// Everything that was read, and how it ended; the same for every way of cutting the bytes.
fn read(bytes: &[u8]) -> (Vec<String>, Result<bool, Violation>) {
    let mut whole = Vec::new();
    let end = read_in(&mut Reader::default(), bytes, &mut whole);
    for size in 1..=bytes.len().min(40) {
        let mut seen = Vec::new();
        let mut reader = Reader::default();
        let mut last = Ok(true);
        for piece in bytes.chunks(size) {
            last = read_in(&mut reader, piece, &mut seen);
            if last != Ok(true) {
                break;
            }
        }
        assert_eq!((&seen, last), (&whole, end), "cut every {size} bytes");
    }
    (whole, end)
}

fn refused(bytes: &[u8]) -> u16 {
    read(bytes).1.unwrap_err().code
}

#[test]
fn reads_messages_of_every_length() {
    for length in [0, 1, 125, 126, 127, 999, 1_000] {
        let text = "x".repeat(length);
        let (seen, end) = read(&masked(0x81, text.as_bytes()));
        assert_eq!((seen, end), (vec![format!("Text({text:?})")], Ok(true)));
    }
}

#[test]
fn keeps_nothing_between_messages() {
    let mut reader = Reader::default();
    let bytes = [
        masked(0x81, b"one"),
        masked(0x01, b"tw"),
        masked(0x80, b"o"),
    ]
    .concat();
    let mut seen = Vec::new();
    read_in(&mut reader, &bytes[..12], &mut seen).unwrap();
    assert!(reader.unfinished.is_some());
    read_in(&mut reader, &bytes[12..], &mut seen).unwrap();
    assert!(reader.unfinished.is_none());
    assert_eq!(seen, [r#"Text("one")"#, r#"Text("two")"#]);
}

#[test]
fn answers_control_frames_between_fragments() {
    let bytes = [
        masked(0x01, "a\u{e4}".as_bytes()),
        masked(0x89, b"?"),
        masked(0x00, b""),
        masked(0x80, b"!"),
    ];
    let (seen, end) = read(&bytes.concat());
    assert_eq!(
        (seen, end),
        (
            vec!["Ping([63])".into(), "Text(\"a\u{e4}!\")".into()],
            Ok(true)
        )
    );
}

#[test]
fn a_character_may_be_cut_between_fragments() {
    let text = "\u{1f980}".as_bytes();
    let (seen, end) = read(&[masked(0x01, &text[..2]), masked(0x80, &text[2..])].concat());
    assert_eq!((seen, end), (vec!["Text(\"\u{1f980}\")".into()], Ok(true)));
}

#[test]
fn nothing_is_read_after_a_close() {
    let (seen, end) = read(&[masked(0x88, b"\x03\xe8bye"), masked(0x81, b"late")].concat());
    assert_eq!(
        (seen, end),
        (vec![r#"Close(Some((1000, "bye")))"#.into()], Ok(false))
    );
}

#[test]
fn refuses_what_the_rfc_forbids() {
    let cases: &[(&str, Vec<u8>, u16)] = &[
        ("reserved bit", masked(0xc1, b"x"), 1002),
        ("unknown data opcode", masked(0x83, b"x"), 1002),
        ("unknown control opcode", masked(0x8b, b"x"), 1002),
        ("unmasked", vec![0x81, 0x01, b'x'], 1002),
        ("fragmented ping", masked(0x09, b"x"), 1002),
        ("long ping", masked(0x89, &[b'x'; 126]), 1002),
        ("continuation of nothing", masked(0x80, b"x"), 1002),
        (
            "message inside a message",
            [masked(0x01, b"a"), masked(0x81, b"b")].concat(),
            1002,
        ),
        (
            "length in too many bytes",
            vec![0x81, 0xfe, 0, 5, 0, 0, 0, 0],
            1002,
        ),
        (
            "length in far too many bytes",
            vec![0x81, 0xff, 0, 0, 0, 0, 0, 0, 1, 0],
            1002,
        ),
        ("close code cut", masked(0x88, b"\x03"), 1002),
        (
            "close code 1005",
            masked(0x88, &1005u16.to_be_bytes()),
            1002,
        ),
        ("close code 999", masked(0x88, &999u16.to_be_bytes()), 1002),
        (
            "close reason not UTF-8",
            masked(0x88, b"\x03\xe8\xff"),
            1007,
        ),
        ("text not UTF-8", masked(0x81, b"\xc3\x28"), 1007),
        ("text ends inside a character", masked(0x81, b"\xc3"), 1007),
        ("first fragment not UTF-8", masked(0x01, b"\xff"), 1007),
        (
            "last fragment ends inside a character",
            [masked(0x01, b"a"), masked(0x80, b"\xc3")].concat(),
            1007,
        ),
        ("too long", masked(0x81, &[b'x'; MAX + 1]), 1009),
        (
            "too long in fragments",
            [masked(0x01, &[b'x'; MAX]), masked(0x80, b"x")].concat(),
            1009,
        ),
        (
            "longer than memory",
            [&[0x82, 0xff][..], &[0xff; 8]].concat(),
            1009,
        ),
    ];
    for (what, bytes, code) in cases {
        assert_eq!(refused(bytes), *code, "{what}");
    }
}

#[test]
fn writes_headers_of_every_length() {
    assert_eq!(&frame(Opcode::Text, b"hi")[..], b"\x81\x02hi");
    assert_eq!(frame(Opcode::Text, &[0; 126])[..4], [0x81, 126, 0, 126]);
    assert_eq!(
        frame(Opcode::Binary, &[0; 65_536])[..10],
        [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]
    );
}

#[test]
fn cuts_a_close_reason_between_characters() {
    let frame = close(4200, &"\u{e4}".repeat(100));
    assert_eq!((frame.len(), frame[1]), (2 + 2 + 122, 124));
    assert_eq!(str::from_utf8(&frame[4..]).unwrap(), "\u{e4}".repeat(61));
}

#[test]
fn accepts_the_key_of_the_rfc() {
    assert_eq!(
        accept_key("dGhlIHNhbXBsZSBub25jZQ=="),
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    );
}
