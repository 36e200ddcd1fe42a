//! What happens at a gateway, on its way to JavaScript.

use std::collections::VecDeque;

use parking_lot::Mutex;
use serde::Serialize;

use crate::gateway::Activity;

/// Activities that may wait for JavaScript; beyond it the newest are counted only.
const MAX_WAITING: usize = 10_000;
/// Bytes that they may take.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// A queue from the gateway's threads to one JavaScript function, which takes all of it at once.
#[derive(Default)]
pub struct Activities(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    /// One JSON object each.
    lines: VecDeque<String>,
    bytes: usize,
    /// How many found no room.
    lost: u64,
    /// JavaScript has been told that there is something to take.
    is_told: bool,
}

/// What `onActivity` gets.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(flatten)]
    activity: Activity<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_id: Option<&'a str>,
}

impl Activities {
    /// True if JavaScript has to be told that something waits.
    pub fn add(&self, app_id: &str, activity: Activity<'_>) -> bool {
        let app_id = Some(app_id).filter(|id| !id.is_empty());
        let line = serde_json::to_string(&Line { activity, app_id });
        let mut waiting = self.0.lock();
        match line {
            Ok(line)
                if waiting.lines.len() < MAX_WAITING && waiting.bytes + line.len() <= MAX_BYTES =>
            {
                waiting.bytes += line.len();
                waiting.lines.push_back(line);
            }
            _ => waiting.lost += 1,
        }
        !std::mem::replace(&mut waiting.is_told, true)
    }

    /// All of it as one JSON array; `{"type":"lost","count":…}` at its end if some were lost.
    pub fn take(&self) -> String {
        let Waiting {
            mut lines, lost, ..
        } = std::mem::take(&mut *self.0.lock());
        if lost > 0 {
            lines.push_back(format!(r#"{{"type":"lost","count":{lost}}}"#));
        }
        format!("[{}]", Vec::from(lines).join(","))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const CLOSED: Activity<'static> = Activity::Closed { socket_id: "1.1" };

    fn taken(activities: &Activities) -> Vec<Value> {
        serde_json::from_str(&activities.take()).unwrap()
    }

    #[test]
    fn javascript_is_told_once_for_all_that_waits() {
        let activities = Activities::default();
        assert!(activities.add("7", CLOSED));
        assert!(!activities.add("", CLOSED));
        assert_eq!(
            taken(&activities),
            [
                json!({"type": "closed", "socketId": "1.1", "appId": "7"}),
                json!({"type": "closed", "socketId": "1.1"}),
            ]
        );
        assert!(activities.add("7", CLOSED));
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let activities = Activities::default();
        for _ in 0..MAX_WAITING + 5 {
            activities.add("7", CLOSED);
        }
        let all = taken(&activities);
        assert_eq!(all.len(), MAX_WAITING + 1);
        assert_eq!(all.last(), Some(&json!({"type": "lost", "count": 5})));
        activities.add("7", CLOSED);
        assert_eq!(taken(&activities).len(), 1);
    }

    #[test]
    fn long_ones_are_bounded_by_their_bytes() {
        let activities = Activities::default();
        let data = "x".repeat(1024 * 1024);
        for _ in 0..10 {
            activities.add("", Activity::Overrun { channel: &data });
        }
        let all = taken(&activities);
        assert_eq!(all.len(), 8);
        assert_eq!(all.last(), Some(&json!({"type": "lost", "count": 3})));
    }
}
