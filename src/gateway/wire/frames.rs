//! RFC 6455 as a server needs it: bytes in, messages out, and the frames to answer with. No socket
//! in here, no extension is ever negotiated.
//!
//! A [`Reader`] keeps nothing while no frame is cut in half: frames are unmasked where they lie in
//! the caller's buffer, so an idle connection costs one pointer.

use std::mem;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha1::{Digest, Sha1};

use crate::protocol::limits::MESSAGE_TOO_LONG;

/// The longest header of an unmasked frame: two bytes and a 64-bit length.
pub const MAX_SERVER_HEADER: usize = 10;
/// RFC 6455, 5.5: what a control frame may carry.
pub const MAX_CONTROL_PAYLOAD: usize = 125;

/// What a peer sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incoming<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
    Ping(&'a [u8]),
    Pong(&'a [u8]),
    /// Code and reason, if the peer gave any. Nothing after it is read.
    Close(Option<(u16, &'a str)>),
}

/// The peer broke the protocol: the connection ends with this close code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    /// 1002, 1007 or 1009.
    pub code: u16,
    pub reason: &'static str,
}

const fn broken(reason: &'static str) -> Violation {
    Violation { code: 1002, reason }
}

const NOT_UTF8: Violation = Violation {
    code: 1007,
    reason: "text is not UTF-8",
};
/// A message is longer than any may be.
pub const TOO_LONG: Violation = Violation {
    code: 1009,
    reason: MESSAGE_TOO_LONG,
};

/// Opcodes of RFC 6455, 5.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

impl Opcode {
    fn parse(bits: u8) -> Option<Opcode> {
        Some(match bits {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            _ => return None,
        })
    }

    fn is_control(self) -> bool {
        self as u8 >= 8
    }
}

struct Header {
    last: bool,
    opcode: Opcode,
    mask: [u8; 4],
    /// Bytes of this header.
    size: usize,
    /// Bytes that follow it.
    payload: usize,
}

/// `None` while the header is incomplete; what is already wrong is refused at once.
fn parse_header(bytes: &[u8], max: usize) -> Result<Option<Header>, Violation> {
    let [first, second, rest @ ..] = bytes else {
        return Ok(None);
    };
    if first & 0x70 != 0 {
        return Err(broken("reserved bits are set"));
    }
    let last = first & 0x80 != 0;
    let opcode = Opcode::parse(first & 0x0f).ok_or(broken("unknown opcode"))?;
    if second & 0x80 == 0 {
        return Err(broken("frame is not masked"));
    }
    let short = second & 0x7f;
    if opcode.is_control() {
        if !last {
            return Err(broken("control frame is fragmented"));
        }
        if usize::from(short) > MAX_CONTROL_PAYLOAD {
            return Err(broken("control frame is too long"));
        }
    }
    let (length, rest) = match short {
        126 => {
            let Some((bytes, rest)) = rest.split_first_chunk::<2>() else {
                return Ok(None);
            };
            (u64::from(u16::from_be_bytes(*bytes)), rest)
        }
        127 => {
            let Some((bytes, rest)) = rest.split_first_chunk::<8>() else {
                return Ok(None);
            };
            (u64::from_be_bytes(*bytes), rest)
        }
        short => (u64::from(short), rest),
    };
    if (short == 126 && length < 126) || (short == 127 && length < 65_536) {
        return Err(broken("length is not minimal"));
    }
    if length > max as u64 && !opcode.is_control() {
        return Err(TOO_LONG);
    }
    let Some((mask, rest)) = rest.split_first_chunk::<4>() else {
        return Ok(None);
    };
    let size = bytes.len() - rest.len();
    Ok(Some(Header {
        last,
        opcode,
        mask: *mask,
        size,
        payload: length as usize,
    }))
}

/// Reads the frames of one client, however the network cut them.
#[derive(Debug, Default)]
pub struct Reader {
    /// Only while a frame or a fragmented message is incomplete.
    unfinished: Option<Box<Unfinished>>,
}

#[derive(Debug, Default)]
struct Unfinished {
    /// The beginning of a frame, as received.
    frame: Vec<u8>,
    /// The fragments so far of a message of this opcode.
    fragments: Option<Opcode>,
    message: Vec<u8>,
    /// How much of a text `message` is known to be UTF-8.
    checked: usize,
}

impl Reader {
    /// Reads `input` to its end and hands each message to `visit`, in order; messages longer than
    /// `max` bytes are refused. `input` is unmasked in place. Returns `false` when a Close frame has
    /// ended the conversation. After an error or `false` the reader must not be used again.
    pub fn read(
        &mut self,
        mut input: &mut [u8],
        max: usize,
        mut visit: impl FnMut(Incoming<'_>),
    ) -> Result<bool, Violation> {
        while let Some(beginning) = self.take_beginning() {
            let (mut frame, taken) = complete(beginning, input, max)?;
            input = &mut input[taken..];
            match parse_header(&frame, max)? {
                Some(header) if frame.len() == header.size + header.payload => {
                    if !self.accept(&header, &mut frame[header.size..], max, &mut visit)? {
                        return Ok(false);
                    }
                }
                _ => {
                    self.unfinished.get_or_insert_default().frame = frame;
                    return Ok(true);
                }
            }
        }
        while let Some(header) = parse_header(input, max)? {
            let end = header.size + header.payload;
            if input.len() < end {
                break;
            }
            let (frame, rest) = mem::take(&mut input).split_at_mut(end);
            input = rest;
            if !self.accept(&header, &mut frame[header.size..], max, &mut visit)? {
                return Ok(false);
            }
        }
        if !input.is_empty() {
            self.unfinished.get_or_insert_default().frame = input.to_vec();
        }
        Ok(true)
    }

    fn take_beginning(&mut self) -> Option<Vec<u8>> {
        let unfinished = self
            .unfinished
            .as_mut()
            .filter(|unfinished| !unfinished.frame.is_empty())?;
        let frame = mem::take(&mut unfinished.frame);
        if unfinished.fragments.is_none() {
            self.unfinished = None;
        }
        Some(frame)
    }

    /// One complete frame. `false` after a Close.
    fn accept(
        &mut self,
        header: &Header,
        payload: &mut [u8],
        max: usize,
        visit: &mut impl FnMut(Incoming<'_>),
    ) -> Result<bool, Violation> {
        unmask(payload, header.mask);
        let payload = &*payload;
        match header.opcode {
            Opcode::Ping => visit(Incoming::Ping(payload)),
            Opcode::Pong => visit(Incoming::Pong(payload)),
            Opcode::Close => {
                visit(Incoming::Close(parse_close(payload)?));
                return Ok(false);
            }
            Opcode::Continuation => self.continue_message(header.last, payload, max, visit)?,
            Opcode::Text | Opcode::Binary if self.unfinished.is_some() => {
                return Err(broken("a new message inside another"));
            }
            opcode if header.last => visit(whole(opcode, payload)?),
            opcode => {
                self.unfinished = Some(Box::new(Unfinished {
                    fragments: Some(opcode),
                    ..Unfinished::default()
                }));
                self.continue_message(false, payload, max, visit)?;
            }
        }
        Ok(true)
    }

    fn continue_message(
        &mut self,
        last: bool,
        payload: &[u8],
        max: usize,
        visit: &mut impl FnMut(Incoming<'_>),
    ) -> Result<(), Violation> {
        const NOTHING: Violation = broken("nothing to continue");
        let unfinished = self.unfinished.as_mut().ok_or(NOTHING)?;
        let opcode = unfinished.fragments.ok_or(NOTHING)?;
        if unfinished.message.len() + payload.len() > max {
            return Err(TOO_LONG);
        }
        unfinished.message.extend_from_slice(payload);
        if opcode == Opcode::Text {
            // Bad text is refused with the fragment that spoils it; a character may be cut in two.
            match str::from_utf8(&unfinished.message[unfinished.checked..]) {
                Ok(_) => unfinished.checked = unfinished.message.len(),
                Err(cut) if cut.error_len().is_none() => unfinished.checked += cut.valid_up_to(),
                Err(_) => return Err(NOT_UTF8),
            }
        }
        if last && let Some(finished) = self.unfinished.take() {
            visit(whole(opcode, &finished.message)?);
        }
        Ok(())
    }
}

/// Adds to `frame` what it lacks from the front of `input`; returns how much that was.
fn complete(mut frame: Vec<u8>, input: &[u8], max: usize) -> Result<(Vec<u8>, usize), Violation> {
    let mut taken = 0;
    loop {
        let wanted = match parse_header(&frame, max)? {
            Some(header) => header.size + header.payload,
            // One byte at a time: at most fourteen, and never one of the payload's.
            None => frame.len() + 1,
        };
        let step = (wanted - frame.len()).min(input.len() - taken);
        if step == 0 {
            return Ok((frame, taken));
        }
        frame.extend_from_slice(&input[taken..taken + step]);
        taken += step;
    }
}

fn whole(opcode: Opcode, payload: &[u8]) -> Result<Incoming<'_>, Violation> {
    match opcode {
        Opcode::Text => str::from_utf8(payload)
            .map(Incoming::Text)
            .map_err(|_| NOT_UTF8),
        _ => Ok(Incoming::Binary(payload)),
    }
}

fn parse_close(payload: &[u8]) -> Result<Option<(u16, &str)>, Violation> {
    match payload {
        [] => Ok(None),
        [_] => Err(broken("close code is cut")),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            // RFC 6455, 7.4: 1004 to 1006 and 1015 never appear in a frame.
            if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
                return Err(broken("close code is not allowed"));
            }
            str::from_utf8(reason)
                .map(|reason| Some((code, reason)))
                .map_err(|_| NOT_UTF8)
        }
    }
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let mut chunks = payload.chunks_exact_mut(4);
    for chunk in &mut chunks {
        for (byte, key) in chunk.iter_mut().zip(mask) {
            *byte ^= key;
        }
    }
    for (byte, key) in chunks.into_remainder().iter_mut().zip(mask) {
        *byte ^= key;
    }
}

/// A complete, unmasked frame.
pub fn frame(opcode: Opcode, payload: &[u8]) -> Bytes {
    let mut frame = Vec::with_capacity(payload.len() + MAX_SERVER_HEADER);
    append_frame(&mut frame, opcode, payload);
    frame.into()
}

/// Writes a complete, unmasked frame behind what is there.
pub fn append_frame(to: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    to.push(0x80 | opcode as u8);
    match payload.len() {
        length @ 0..=125 => to.push(length as u8),
        length @ 126..=65_535 => {
            to.push(126);
            to.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            to.push(127);
            to.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    to.extend_from_slice(payload);
}

/// A text frame.
pub fn text(payload: &str) -> Bytes {
    frame(Opcode::Text, payload.as_bytes())
}

/// A Close frame; a reason that does not fit is cut.
pub fn close(code: u16, reason: &str) -> Bytes {
    let mut payload = code.to_be_bytes().to_vec();
    let room = (MAX_CONTROL_PAYLOAD - payload.len()).min(reason.len());
    let end = (0..=room)
        .rfind(|end| reason.is_char_boundary(*end))
        .unwrap_or(0);
    payload.extend_from_slice(&reason.as_bytes()[..end]);
    frame(Opcode::Close, &payload)
}

/// `Sec-WebSocket-Accept` for a client's `Sec-WebSocket-Key` (RFC 6455, 4.2.2).
pub fn accept_key(key: &str) -> String {
    let digest = Sha1::new()
        .chain_update(key)
        .chain_update("258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
        .finalize();
    STANDARD.encode(digest)
}

#[cfg(test)]
mod tests;
