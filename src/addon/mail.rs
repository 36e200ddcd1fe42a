//! What waits in a seat's mailbox, and how it crosses the border.

use std::sync::Arc;

use napi::bindgen_prelude::{ToNapiValue, TypeName};
use napi::{Result, ValueType, check_status, sys};

use crate::broker::{AppId, ChannelId, ConnectionId, Event, EventData, Silence};
use crate::protocol::{ChannelName, ServerFrame, SharedFrame};

/// What the broker tells a seat.
pub enum Mail {
    Event {
        channel: ChannelId,
        event: Arc<Event>,
        except: ConnectionId,
    },
    /// The same for one connection.
    EventTo {
        to: ConnectionId,
        channel: ChannelId,
        event: Arc<Event>,
    },
    Broadcast {
        channel: ChannelId,
        frame: Arc<SharedFrame>,
        except: ConnectionId,
    },
    Frame {
        to: ConnectionId,
        frame: Box<ServerFrame>,
    },
    /// A newcomer on a presence channel, with the frame that lists everybody where the copy does not
    /// keep that list yet.
    Welcome {
        to: ConnectionId,
        channel: ChannelId,
        succeeded: Option<Box<ServerFrame>>,
    },
    Joined {
        connection: ConnectionId,
        channel: ChannelId,
        name: ChannelName,
    },
    Left {
        connection: ConnectionId,
        channel: ChannelId,
    },
    Closed {
        connection: ConnectionId,
        code: u16,
        reason: String,
    },
    Reset {
        app: AppId,
    },
    SettingsChanged {
        app: AppId,
    },
    WebhooksWaiting {
        app: AppId,
    },
    Journaled {
        app: AppId,
    },
    Silenced {
        connection: ConnectionId,
        silence: Silence,
    },
    Unstalled {
        app: AppId,
    },
}

impl Mail {
    /// What the bounds count, in bytes.
    pub fn weight(&self) -> usize {
        match self {
            Mail::Event { event, .. } | Mail::EventTo { event, .. } => event.data_len(),
            Mail::Broadcast { frame, .. } => frame.frame.size(),
            Mail::Frame { frame, .. } => frame.size(),
            Mail::Welcome { succeeded, .. } => {
                let frame = succeeded.as_ref();
                frame.map_or(CHANGE, |frame| frame.size())
            }
            Mail::Joined { name, .. } => CHANGE + name.as_str().len(),
            Mail::Closed { reason, .. } => CHANGE + reason.len(),
            _ => CHANGE,
        }
    }

    /// Changes of state are never dropped, or nothing would be right afterwards: they only leave less room for what
    /// may be.
    pub fn may_be_dropped(&self) -> bool {
        match self {
            Mail::Event { .. }
            | Mail::EventTo { .. }
            | Mail::Broadcast { .. }
            | Mail::Frame { .. } => true,
            Mail::Welcome { succeeded, .. } => succeeded.is_some(),
            _ => false,
        }
    }

    /// Whether it says nothing new right behind `last`.
    pub fn repeats(&self, last: &Mail) -> bool {
        match (self, last) {
            (Mail::Reset { app }, Mail::Reset { app: last })
            | (Mail::SettingsChanged { app }, Mail::SettingsChanged { app: last })
            | (Mail::WebhooksWaiting { app }, Mail::WebhooksWaiting { app: last }) => app == last,
            _ => false,
        }
    }
}

/// What a letter takes that has no text, in bytes.
pub const CHANGE: usize = 64;

/// Mail, and where it comes from.
pub struct Letter {
    pub mail: Mail,
    /// A call of the seat's own thread has caused it.
    pub is_own: bool,
}

/// A batch of mail as one flat array, each entry a kind followed by its fields:
///
/// | kind | fields |
/// | --- | --- |
/// | 0 event | channel, except, name, data, form (0 text, 1 JSON), user id or `""`, its number in the journal |
/// | 1 broadcast | channel, except, frame |
/// | 2 frame | connection, frame, as which event of the journal it is taken or 0 |
/// | 3 joined | connection, channel, channel name |
/// | 4 left | connection, channel |
/// | 5 closed | connection, code, reason |
/// | 6 reset, 7 settings changed, 8 webhooks waiting | app |
/// | 9 dropped | how many events the bounds of the mailbox have cost |
/// | 10 more | none: this thread's own mail still waits, behind what others have sent |
/// | 11 foreign | how many of the events come from other threads |
/// | 12 welcome | connection, channel, frame or `""` |
/// | 13 event for one | channel, connection, name, data, form, user id or `""`, its number in the journal |
/// | 14 there are new entries in a journal | app |
/// | 15 silenced | connection, 1; 0 when that is over, 2 when what has waited is forgotten as well |
/// | 16 unstalled | app |
pub struct MailBatch {
    pub letters: Vec<Letter>,
    pub dropped: usize,
    pub has_more: bool,
}

impl TypeName for MailBatch {
    fn type_name() -> &'static str {
        "Array<string | number>"
    }
    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ToNapiValue for MailBatch {
    unsafe fn to_napi_value(env: sys::napi_env, batch: Self) -> Result<sys::napi_value> {
        let mut array = std::ptr::null_mut();
        // SAFETY: `env` is the environment this call was made in.
        check_status!(unsafe { sys::napi_create_array(env, &mut array) })?;
        let mut writer = MailWriter {
            env,
            array,
            next: 0,
        };
        let mut foreign = 0;
        for Letter { mail, is_own } in &batch.letters {
            writer.write(mail)?;
            foreign +=
                u32::from(!is_own && matches!(mail, Mail::Event { .. } | Mail::EventTo { .. }));
        }
        if foreign > 0 {
            writer.numbers(&[11, foreign])?;
        }
        if batch.dropped > 0 {
            writer.numbers(&[9, batch.dropped as u32])?;
        }
        if batch.has_more {
            writer.numbers(&[10])?;
        }
        Ok(array)
    }
}

struct MailWriter {
    env: sys::napi_env,
    array: sys::napi_value,
    next: u32,
}

impl MailWriter {
    fn write(&mut self, mail: &Mail) -> Result<()> {
        match mail {
            Mail::Event {
                channel,
                event,
                except,
            } => {
                self.numbers(&[0, *channel, *except])?;
                self.event(event)
            }
            Mail::EventTo { to, channel, event } => {
                self.numbers(&[13, *channel, *to])?;
                self.event(event)
            }
            Mail::Broadcast {
                channel,
                frame,
                except,
            } => {
                self.numbers(&[1, *channel, *except])?;
                self.text(frame.text())
            }
            Mail::Frame { to, frame } => {
                self.numbers(&[2, *to])?;
                self.text(&frame.text())?;
                self.seq(frame.seq())
            }
            Mail::Welcome {
                to,
                channel,
                succeeded,
            } => {
                self.numbers(&[12, *to, *channel])?;
                let frame = succeeded.as_ref().map(|frame| frame.text());
                self.text(frame.as_deref().unwrap_or(""))
            }
            Mail::Joined {
                connection,
                channel,
                name,
            } => {
                self.numbers(&[3, *connection, *channel])?;
                self.text(name.as_str())
            }
            Mail::Left {
                connection,
                channel,
            } => self.numbers(&[4, *connection, *channel]),
            Mail::Closed {
                connection,
                code,
                reason,
            } => {
                self.numbers(&[5, *connection, u32::from(*code)])?;
                self.text(reason)
            }
            Mail::Reset { app } => self.numbers(&[6, *app]),
            Mail::SettingsChanged { app } => self.numbers(&[7, *app]),
            Mail::WebhooksWaiting { app } => self.numbers(&[8, *app]),
            Mail::Journaled { app } => self.numbers(&[14, *app]),
            Mail::Silenced {
                connection,
                silence,
            } => {
                let how = match silence {
                    Silence::Over => 0,
                    Silence::Begins => 1,
                    Silence::Forgotten => 2,
                };
                self.numbers(&[15, *connection, how])
            }
            Mail::Unstalled { app } => self.numbers(&[16, *app]),
        }
    }

    fn event(&mut self, event: &Event) -> Result<()> {
        self.text(&event.name)?;
        let form = match &event.data {
            EventData::Text(_) => 0,
            EventData::Json(_) => 1,
        };
        self.text(event.data.as_str())?;
        self.numbers(&[form])?;
        self.text(event.user_id.as_deref().unwrap_or(""))?;
        self.seq(event.seq)
    }

    fn seq(&mut self, seq: u64) -> Result<()> {
        // SAFETY: as in `numbers`.
        let seq = unsafe { f64::to_napi_value(self.env, seq as f64) }?;
        self.push(seq)
    }

    fn numbers(&mut self, values: &[u32]) -> Result<()> {
        for value in values {
            // SAFETY: `env` is live for the duration of this call.
            let value = unsafe { u32::to_napi_value(self.env, *value) }?;
            self.push(value)?;
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<()> {
        // SAFETY: as in `numbers`.
        let value = unsafe { <&str>::to_napi_value(self.env, text) }?;
        self.push(value)
    }

    fn push(&mut self, value: sys::napi_value) -> Result<()> {
        // SAFETY: array and value belong to `env`.
        check_status!(unsafe { sys::napi_set_element(self.env, self.array, self.next, value) })?;
        self.next += 1;
        Ok(())
    }
}
