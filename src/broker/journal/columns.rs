//! Many events at once: numbers in columns, which cost a reader in JavaScript less than text.

use hashbrown::HashMap;
use serde::Serialize;

use super::entry::Entry;
use super::line;
use super::ring::Texts;

/// How many numbers an event has: its own, the time, places of its channel and its name in `names`, bytes, subscribers,
/// sockets, its cause or 0, and the place of its line in `lines` from 1, or 0.
const WIDTH: usize = 9;
/// Fewer events are as well rendered as others are.
pub const WORTHWHILE: usize = 50;

/// Events that need no more than what most have.
#[derive(Debug, Default)]
pub struct Columns<'a> {
    pub numbers: Vec<f64>,
    pub texts: ColumnTexts<'a>,
    names: HashMap<&'a str, u32>,
    lines: HashMap<u32, u32>,
}

/// The texts that the numbers mean.
#[derive(Debug, Default, Serialize)]
pub struct ColumnTexts<'a> {
    names: Vec<&'a str>,
    lines: Vec<String>,
    /// What was published, of each event; absent where nobody wants it, null where it was not kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    data: Vec<Option<&'a str>>,
}

impl<'a> Columns<'a> {
    pub fn add(
        &mut self,
        seq: u64,
        t: f64,
        entry: &Entry,
        texts: Texts<'a>,
        data: Option<Option<&'a str>>,
    ) {
        let numbers = [
            seq as f64,
            t,
            self.name(texts.channel),
            self.name(texts.event),
            entry.bytes.into(),
            entry.subscribers.into(),
            entry.sockets.into(),
            match entry.back {
                0 => 0.0,
                back => (seq - u64::from(back)) as f64,
            },
            self.line(entry.line),
        ];
        const { assert!(WIDTH == 9) };
        self.numbers.extend_from_slice(&numbers);
        self.texts.data.extend(data);
    }

    fn name(&mut self, name: &'a str) -> f64 {
        let names = &mut self.texts.names;
        let place = *self.names.entry(name).or_insert_with(|| {
            names.push(name);
            names.len() as u32 - 1
        });
        place.into()
    }

    fn line(&mut self, number: u32) -> f64 {
        if number == 0 {
            return 0.0;
        }
        let lines = &mut self.texts.lines;
        let place = *self.lines.entry(number).or_insert_with(|| {
            let text = line::text(number).map(|line| line.to_string());
            lines.push(text.unwrap_or_default());
            lines.len() as u32
        });
        place.into()
    }
}
