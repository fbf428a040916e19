//! Makes transcripts of Claude Code.

use serde_json::{Value, json};

/// A transcript in the making.
#[derive(Clone)]
pub struct Transcript {
    id: String,
    /// Seconds since the start of the day.
    clock: u32,
    last: Option<String>,
    /// Its lines, without their ends.
    pub lines: Vec<String>,
}

impl Transcript {
    /// One that begins at a minute of the day.
    pub fn new(id: &str, minute: u32) -> Self {
        Self { id: id.to_owned(), clock: minute * 60, last: None, lines: Vec::new() }
    }

    /// A prompt and its answer.
    #[must_use]
    pub fn turn(mut self, prompt: &str, answer: &str) -> Self {
        let n = self.lines.len();
        let id = self.id.clone();
        self.push(format!("{id}-u{n}"), json!({"type": "user", "message": {"role": "user", "content": prompt}}));
        let message = json!({
            "id": format!("msg_{id}_{n}"), "role": "assistant", "model": "claude-sonnet-4-6",
            "content": [{"type": "text", "text": answer}], "stop_reason": "end_turn",
            "usage": {"input_tokens": 10 + n, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 200,
                      "output_tokens": 50},
        });
        let record = json!({"type": "assistant", "requestId": format!("req_{id}_{n}"), "message": message});
        self.push(format!("{id}-a{n}"), record);
        self
    }

    /// A fork: the same records under another id, written later.
    #[must_use]
    pub fn forked(&self, id: &str, minute: u32) -> Self {
        let rename = |line: &String| {
            let mut record: Value = serde_json::from_str(line).unwrap();
            record["sessionId"] = id.into();
            record["forkedFrom"] = json!({"sessionId": self.id});
            record.to_string()
        };
        let lines = self.lines.iter().map(rename).collect();
        Self { id: id.to_owned(), clock: minute * 60, last: self.last.clone(), lines }
    }

    fn push(&mut self, uuid: String, mut record: Value) {
        self.clock += 1;
        let (hour, minute, second) = (self.clock / 3600, self.clock / 60 % 60, self.clock % 60);
        let more = json!({
            "uuid": uuid, "parentUuid": self.last, "sessionId": self.id, "isSidechain": false,
            "timestamp": format!("2026-05-04T{hour:02}:{minute:02}:{second:02}.000Z"),
            "cwd": "/home/ana/shop", "gitBranch": "main", "version": "2.1.150",
        });
        for (name, value) in more.as_object().unwrap() {
            record[name] = value.clone();
        }
        self.lines.push(record.to_string());
        self.last = Some(uuid);
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }
}

/// A session of one turn.
pub fn short(id: &str) -> String {
    Transcript::new(id, 9 * 60).turn(&format!("Prompt of {id}"), "Done.").text()
}
