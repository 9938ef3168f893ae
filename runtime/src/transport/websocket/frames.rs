//! Messages in frames: how they are put together, and taken apart.
//!
//! In: bytes as they come; text to be sent. Out: messages, and what control frames say; frames.

use std::borrow::Cow;
use std::io::Cursor;
use std::ops::Range;

use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tungstenite::protocol::frame::{Frame, FrameHeader};

/// What is read at once on a connection that is quiet, in bytes.
const QUIET: usize = 4 << 10;

/// The same on one that is busy. A longer message has a larger buffer while it is there.
const BUSY: usize = 64 << 10;

/// The longest payload of a control frame, in bytes (RFC 6455, section 5.5).
const LONGEST_CONTROL: usize = 125;

/// The longest head of a frame, in bytes.
pub(super) const LONGEST_HEAD: usize = 14;

/// Which side of a connection this is. A client masks what it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Client,
    Server,
}

impl Role {
    /// Writes a frame.
    pub(super) fn put(self, out: &mut Vec<u8>, opcode: OpCode, payload: &[u8]) {
        let mut head = FrameHeader {
            opcode,
            ..FrameHeader::default()
        };
        let written = match self {
            Self::Server => head
                .format(payload.len() as u64, out)
                .map(|()| out.extend_from_slice(payload)),
            Self::Client => {
                head.mask = Some(rand::random());
                Frame::from_payload(head, payload.to_vec().into()).format(out)
            }
        };
        written.expect("a vector takes everything");
    }

    /// Writes the head of a server's text frame, whose payload follows.
    pub(super) fn put_head(self, out: &mut Vec<u8>, length: usize) {
        debug_assert_eq!(self, Self::Server, "a client masks");
        let head = FrameHeader {
            opcode: OpCode::Data(Data::Text),
            ..FrameHeader::default()
        };
        head.format(length as u64, out)
            .expect("a vector takes everything");
    }
}

/// Why this side closes a connection.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) code: CloseCode,
    pub(super) reason: Cow<'static, str>,
}

impl Fault {
    pub(super) fn new(code: CloseCode, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }

    fn protocol(reason: &'static str) -> Self {
        Self::new(CloseCode::Protocol, reason)
    }

    /// What a close frame says.
    pub(super) fn payload(&self) -> Vec<u8> {
        let end = self.reason.floor_char_boundary(LONGEST_CONTROL - 2);
        [
            &u16::from(self.code).to_be_bytes(),
            &self.reason.as_bytes()[..end],
        ]
        .concat()
    }
}

/// What has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// [`Frames::message`] has it.
    Message,
    /// A message beyond the limit, which was skipped.
    TooLong,
    /// It wants its payload back.
    Ping(Vec<u8>),
    Pong,
    /// The peer has closed; how that is answered.
    Close(Vec<u8>),
}

/// Frames that come in.
#[derive(Debug)]
pub(super) struct Frames {
    role: Role,
    /// Read bytes up to `end`; what follows is room.
    buffer: Vec<u8>,
    end: usize,
    /// Where the first byte is that was not looked at.
    next: usize,
    /// The message that was found last, or as much of one as has come.
    message: Range<usize>,
    /// Whether the rest of a message is to come, in frames of its own.
    partial: bool,
    /// Whether that message is beyond the limit, and nothing is kept of it.
    too_long: bool,
    /// The head of a frame whose payload has not come, and how long that is.
    head: Option<(FrameHeader, u64)>,
    /// Whether the last read has filled the buffer: there is more to come.
    busy: bool,
}

impl Frames {
    /// `rest` is what has come already.
    pub(super) fn new(role: Role, rest: &[u8]) -> Self {
        Self {
            role,
            buffer: rest.to_vec(),
            end: rest.len(),
            next: 0,
            message: 0..0,
            partial: false,
            too_long: false,
            head: None,
            busy: false,
        }
    }

    /// The message that [`Frames::next`] has come to.
    pub(super) fn message(&self) -> &[u8] {
        &self.buffer[self.message.clone()]
    }

    /// Goes on; none when more has to be read. `limit` is how long a message may be.
    pub(super) fn next(&mut self, limit: usize) -> Result<Option<Found>, Fault> {
        loop {
            if !self.partial {
                self.message = self.next..self.next;
            }
            if self.head.is_none() && !self.read_head(limit)? {
                return Ok(None);
            }
            let Some((head, length)) = self.head.take_if(|(head, length)| {
                let came = (self.end - self.next) as u64;
                if self.too_long && matches!(head.opcode, OpCode::Data(_)) {
                    // Nothing of it is kept.
                    let skipped = came.min(*length);
                    self.next += skipped as usize;
                    *length -= skipped;
                    *length == 0
                } else {
                    came >= *length
                }
            }) else {
                return Ok(None);
            };
            let payload = self.next..self.next + length as usize;
            self.next = payload.end;
            if let Some(mask) = head.mask {
                unmask(&mut self.buffer[payload.clone()], mask);
            }
            match head.opcode {
                OpCode::Control(kind) => return self.control(kind, payload).map(Some),
                OpCode::Data(_) => {
                    self.partial = !head.is_final;
                    if self.message.is_empty() {
                        self.message = payload;
                    } else {
                        let end = self.message.end + payload.len();
                        self.buffer.copy_within(payload, self.message.end);
                        self.message.end = end;
                    }
                }
            }
            if self.partial {
                continue;
            }
            if std::mem::take(&mut self.too_long) {
                return Ok(Some(Found::TooLong));
            }
            if std::str::from_utf8(self.message()).is_err() {
                return Err(Fault::new(CloseCode::Invalid, "a text that is not UTF-8"));
            }
            return Ok(Some(Found::Message));
        }
    }

    /// Reads the head of the next frame; false when it has not come.
    fn read_head(&mut self, limit: usize) -> Result<bool, Fault> {
        let mut bytes = Cursor::new(&self.buffer[self.next..self.end]);
        let head =
            FrameHeader::parse(&mut bytes).map_err(|_| Fault::protocol("a frame of an unknown kind"))?;
        let Some((head, length)) = head else {
            return Ok(false);
        };
        let length_of_head = bytes.position() as usize;
        if head.rsv1 || head.rsv2 || head.rsv3 {
            return Err(Fault::protocol("a frame with bits that are reserved"));
        }
        match (self.role, head.mask) {
            (Role::Server, None) => return Err(Fault::protocol("a client has to mask its frames")),
            (Role::Client, Some(_)) => return Err(Fault::protocol("a server must not mask its frames")),
            _ => {}
        }
        match head.opcode {
            OpCode::Control(_) if !head.is_final || length > LONGEST_CONTROL as u64 => {
                return Err(Fault::protocol("a control frame that is long, or one of several"));
            }
            OpCode::Control(_) => {}
            OpCode::Data(Data::Binary) => {
                let text = "binary frames are not taken: send JSON as text";
                return Err(Fault::new(CloseCode::Unsupported, text));
            }
            OpCode::Data(kind) => {
                if (kind == Data::Continue) != self.partial {
                    return Err(Fault::protocol("the frames of a message are out of order"));
                }
                if length > limit.saturating_sub(self.message.len()) as u64 {
                    self.too_long = true;
                    self.message = self.next..self.next;
                }
            }
        }
        self.next += length_of_head;
        self.head = Some((head, length));
        Ok(true)
    }

    fn control(&self, kind: Control, payload: Range<usize>) -> Result<Found, Fault> {
        let payload = &self.buffer[payload];
        match (kind, payload) {
            (Control::Ping, _) => Ok(Found::Ping(payload.to_vec())),
            (Control::Close, []) => Ok(Found::Close(Vec::new())),
            (Control::Close, [a, b, reason @ ..])
                if CloseCode::from(u16::from_be_bytes([*a, *b])).is_allowed()
                    && std::str::from_utf8(reason).is_ok() =>
            {
                Ok(Found::Close(vec![*a, *b]))
            }
            (Control::Close, _) => Err(Fault::protocol("a malformed close frame")),
            (Control::Pong | Control::Reserved(_), _) => Ok(Found::Pong),
        }
    }

    /// Where the next bytes belong. What was handed out goes.
    pub(super) fn room(&mut self) -> &mut [u8] {
        if !self.partial {
            self.message = self.next..self.next;
        }
        let kept = self.message.len();
        if self.message.start > 0 {
            self.buffer.copy_within(self.message.clone(), 0);
        }
        self.message = 0..kept;
        if self.next > kept {
            self.buffer.copy_within(self.next..self.end, kept);
            self.end -= self.next - kept;
            self.next = kept;
        }
        if self.buffer.len() > BUSY && self.end < QUIET {
            self.shrink();
        }
        let more = self.busy && self.buffer.len() < BUSY;
        if more || self.end == self.buffer.len() {
            self.buffer.resize((self.buffer.len() * 2).max(QUIET), 0);
        }
        &mut self.buffer[self.end..]
    }

    /// As many bytes have come there.
    pub(super) fn filled(&mut self, count: usize) {
        self.end += count;
        self.busy = self.end == self.buffer.len();
    }

    /// Whether nothing is kept, so that there need not be a buffer until more comes.
    pub(super) fn is_empty(&self) -> bool {
        self.next == self.end && !self.partial && self.head.is_none()
    }

    /// Nothing comes for now. A small buffer is made anew sooner than it is missed by others.
    pub(super) fn rest(&mut self) {
        if self.buffer.len() <= QUIET && self.is_empty() {
            self.buffer = Vec::new();
            (self.next, self.end, self.message) = (0, 0, 0..0);
        }
    }

    /// Gives back what a quiet connection does not need.
    pub(super) fn shrink(&mut self) {
        self.buffer.truncate(self.end.max(QUIET));
        self.buffer.shrink_to_fit();
        self.busy = false;
    }
}

/// Takes the mask off a whole payload.
fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let whole = u32::from_ne_bytes(mask);
    let (words, rest) = payload.as_chunks_mut::<4>();
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ whole).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask) {
        *byte ^= mask;
    }
}
