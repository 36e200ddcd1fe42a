//! The reader of WebSocket frames against tungstenite's, on streams that are mostly right, a little
//! wrong, or noise, cut anywhere.

use std::io::{self, Read, Write};

use proptest::prelude::*;
use pushrig::gateway::frames::{Incoming, Reader};
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Message};

const MAX: usize = 300;

#[derive(Debug, PartialEq)]
enum End {
    /// Everything was read; more may come.
    Open,
    Closed,
    Refused(&'static str),
}

fn ours(stream: &[u8], cuts: &[usize]) -> (Vec<Message>, End) {
    let mut reader = Reader::default();
    let mut seen = Vec::new();
    let mut rest = stream.to_vec();
    let mut cuts = cuts.iter().cycle();
    while !rest.is_empty() {
        let size = cuts
            .next()
            .map_or(rest.len(), |cut| (*cut).clamp(1, rest.len()));
        let later = rest.split_off(size);
        let read = reader.read(&mut rest, MAX, |message| {
            seen.push(match message {
                Incoming::Text(text) => Message::text(text),
                Incoming::Binary(bytes) => Message::binary(bytes.to_vec()),
                Incoming::Ping(bytes) => Message::Ping(bytes.to_vec().into()),
                Incoming::Pong(bytes) => Message::Pong(bytes.to_vec().into()),
                Incoming::Close(None) => Message::Close(None),
                Incoming::Close(Some((code, reason))) => {
                    Message::Close(Some(tungstenite::protocol::CloseFrame {
                        code: code.into(),
                        reason: reason.to_owned().into(),
                    }))
                }
            });
        });
        match read {
            Ok(true) => rest = later,
            Ok(false) => return (seen, End::Closed),
            Err(violation) => return (seen, End::Refused(violation.reason)),
        }
    }
    (seen, End::Open)
}

/// What has arrived so far, then `WouldBlock`.
struct Arrived<'a>(&'a [u8]);

impl Read for Arrived<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            Err(io::ErrorKind::WouldBlock.into())
        } else {
            self.0.read(into)
        }
    }
}

impl Write for Arrived<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn theirs(stream: &[u8]) -> (Vec<Message>, End) {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX))
        .max_frame_size(Some(MAX));
    let mut context = WebSocketContext::new(Role::Server, Some(config));
    let mut stream = Arrived(stream);
    let mut seen = Vec::new();
    loop {
        match context.read(&mut stream) {
            // tungstenite answers a forbidden code by itself, as if it had been sent so.
            Ok(Message::Close(Some(close)))
                if close.code == CloseCode::Protocol && close.reason == "Protocol violation" =>
            {
                return (seen, End::Refused("close code is not allowed"));
            }
            Ok(message @ Message::Close(_)) => {
                seen.push(message);
                return (seen, End::Closed);
            }
            Ok(message) => seen.push(message),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                return (seen, End::Open);
            }
            Err(_) => return (seen, End::Refused("")),
        }
    }
}

#[derive(Debug, Clone)]
struct Sent {
    first: u8,
    masked: bool,
    mask: [u8; 4],
    payload: Vec<u8>,
    /// 0: as short as possible, 1: two bytes, 2: eight bytes.
    width: u8,
}

impl Sent {
    fn bytes(&self) -> Vec<u8> {
        let bit = if self.masked { 0x80 } else { 0 };
        let length = self.payload.len();
        let mut bytes = vec![self.first];
        match (self.width, length) {
            (0, 0..=125) => bytes.push(bit | length as u8),
            (0 | 1, _) => {
                bytes.push(bit | 126);
                bytes.extend((length as u16).to_be_bytes());
            }
            _ => {
                bytes.push(bit | 127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        if self.masked {
            bytes.extend(self.mask);
            bytes.extend(
                self.payload
                    .iter()
                    .enumerate()
                    .map(|(at, byte)| byte ^ self.mask[at % 4]),
            );
        } else {
            bytes.extend(&self.payload);
        }
        bytes
    }
}

fn sent() -> impl Strategy<Value = Sent> {
    let first = prop_oneof![
        8 => prop::sample::select(vec![0x81u8, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8a]),
        1 => Just(0x88),
        1 => any::<u8>(),
    ];
    let payload = prop_oneof![
        6 => ".{0,40}".prop_map(String::into_bytes),
        2 => prop::collection::vec(any::<u8>(), 0..10),
        1 => prop::collection::vec(Just(b'x'), 100..=MAX + 2),
        1 => (990u16..5_010, ".{0,5}").prop_map(|(code, reason)| [&code.to_be_bytes(), reason.as_bytes()].concat()),
    ];
    let masked = prop_oneof![19 => Just(true), 1 => Just(false)];
    let width = prop_oneof![19 => Just(0u8), 1 => 1..=2u8];
    (first, masked, any::<[u8; 4]>(), payload, width).prop_map(
        |(first, masked, mask, payload, width)| Sent {
            first,
            masked,
            mask,
            payload,
            width,
        },
    )
}

/// A text cut into fragments anywhere, also inside a character, with pings between them.
fn fragmented() -> impl Strategy<Value = Vec<Sent>> {
    (
        ".{0,60}",
        prop::collection::vec(0..60usize, 0..5),
        any::<[u8; 4]>(),
        any::<bool>(),
    )
        .prop_map(|(text, mut cuts, mask, ping)| {
            let bytes = text.into_bytes();
            cuts.sort_unstable();
            let mut frames = Vec::new();
            let mut from = 0;
            for to in cuts
                .into_iter()
                .map(|cut| cut.min(bytes.len()))
                .chain([bytes.len()])
            {
                let first = if frames.is_empty() { 0x01 } else { 0x00 };
                frames.push(Sent {
                    first,
                    masked: true,
                    mask,
                    payload: bytes[from..to].to_vec(),
                    width: 0,
                });
                if ping {
                    frames.push(Sent {
                        first: 0x89,
                        masked: true,
                        mask,
                        payload: vec![b'?'],
                        width: 0,
                    });
                }
                from = to;
            }
            frames.push(Sent {
                first: 0x80,
                masked: true,
                mask,
                payload: Vec::new(),
                width: 0,
            });
            frames
        })
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let frames = prop_oneof![3 => sent().prop_map(|frame| vec![frame]), 1 => fragmented()];
    let sound = prop::collection::vec(frames, 0..8).prop_map(|frames| {
        frames
            .iter()
            .flatten()
            .flat_map(Sent::bytes)
            .collect::<Vec<u8>>()
    });
    let damaged = (
        sound,
        prop::option::weighted(0.2, (any::<prop::sample::Index>(), any::<u8>())),
    )
        .prop_map(|(mut bytes, damage)| {
            if let Some((at, bits)) = damage
                && !bytes.is_empty()
            {
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
            }
            bytes
        });
    prop_oneof![9 => damaged, 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

fn closed_with(seen: &[Message], wanted: u16) -> bool {
    matches!(seen.last(), Some(Message::Close(Some(close))) if u16::from(close.code) == wanted)
}

/// A case is a stream of three or four frames: for long they are a million.
fn cases() -> u32 {
    match std::env::var_os("PUSHRIG_LONG") {
        Some(_) => 300_000,
        None => ProptestConfig::default().cases.max(1_500),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn reads_what_tungstenite_reads(stream in stream(), cuts in prop::collection::vec(1..40usize, 0..6)) {
        let (mut seen, end) = ours(&stream, &cuts);
        let (expected, expected_end) = theirs(&stream);
        match end {
            // tungstenite refuses 1014, which is registered (RFC 6455, 11.7: "Bad Gateway").
            End::Closed if closed_with(&seen, 1014) => {
                seen.pop();
                prop_assert_eq!(seen, expected);
                prop_assert_eq!(expected_end, End::Refused("close code is not allowed"));
            }
            // tungstenite takes any length encoding, and waits for a whole frame before it judges it.
            End::Refused("length is not minimal" | "control frame is too long") => prop_assert!(expected.starts_with(&seen)),
            End::Refused(why) => {
                prop_assert_eq!(seen, expected, "{}", why);
                prop_assert_ne!(expected_end, End::Closed, "{}", why);
            }
            end => {
                prop_assert_eq!(seen, expected);
                prop_assert_eq!(end, expected_end);
            }
        }
    }

    #[test]
    fn reads_the_same_however_it_is_cut(stream in stream(), cuts in prop::collection::vec(1..20usize, 0..9)) {
        prop_assert_eq!(ours(&stream, &cuts), ours(&stream, &[]));
    }
}
