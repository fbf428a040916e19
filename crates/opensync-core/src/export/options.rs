//! What an export takes in, and its spelling in addresses, forms and the API.

use super::Kind;

/// What becomes one test case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Turn {
    /// Each prompt and its answer.
    #[default]
    Turn,
    /// All prompts of a session and all answers.
    Session,
    /// The last prompt that was answered.
    FinalAnswer,
}

impl Turn {
    /// All of them, as forms list them.
    pub const ALL: [Self; 3] = [Self::Turn, Self::Session, Self::FinalAnswer];

    /// The name in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Turn => "turn",
            Self::Session => "session",
            Self::FinalAnswer => "final",
        }
    }

    /// The name in forms.
    pub fn label(self) -> &'static str {
        match self {
            Self::Turn => "Turn",
            Self::Session => "Session",
            Self::FinalAnswer => "Final answer",
        }
    }

    /// Reads a name, also one of those `/api/export/evals` takes.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "turn" | "per_turn" => Some(Self::Turn),
            "session" | "full" => Some(Self::Session),
            "final" | "final_only" => Some(Self::FinalAnswer),
            _ => None,
        }
    }
}

/// What an export takes in. Formats of [`Kind::Whole`] take everything.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a box of a form")]
pub struct Options {
    /// Messages of the system.
    pub system_prompts: bool,
    /// Calls of tools and their results.
    pub tool_calls: bool,
    /// What models thought; formats for evaluations never hold it.
    pub thinking: bool,
    /// Names of home folders become `user`.
    pub anonymise_paths: bool,
    /// Earlier messages of the session in each test case.
    pub context: bool,
    /// What becomes one test case.
    pub turn_mode: Turn,
    /// The expected output stands in all cases of its session, and not in the last alone.
    pub expected_in_all: bool,
    /// `OpenAI` Evals: one line with all messages of each session.
    pub conversations: bool,
}

impl Options {
    /// What a format takes in when nobody says otherwise.
    pub fn of(kind: Kind) -> Self {
        let reading = kind == Kind::Reading;
        Self {
            system_prompts: reading,
            tool_calls: true,
            thinking: false,
            anonymise_paths: !reading,
            context: true,
            turn_mode: Turn::Turn,
            expected_in_all: false,
            conversations: false,
        }
    }

    /// Takes a field of an address or a form; answers whether it is one of these. The last of a name
    /// counts, and values nobody knows leave it as it is.
    pub fn set(&mut self, name: &str, value: &str) -> bool {
        let field = match name {
            "system" | "include_system" => &mut self.system_prompts,
            "tools" | "include_tools" => &mut self.tool_calls,
            "thinking" => &mut self.thinking,
            "anonymise" | "anonymize" => &mut self.anonymise_paths,
            "context" | "include_metadata" => &mut self.context,
            "mode" | "turn_mode" => {
                self.turn_mode = Turn::parse(value).unwrap_or(self.turn_mode);
                return true;
            }
            "expected_on" => {
                self.expected_in_all = value == "all";
                return true;
            }
            "shape" => {
                self.conversations = value == "conversation";
                return true;
            }
            _ => return false,
        };
        match value {
            "1" | "true" | "yes" => *field = true,
            "0" | "false" | "no" => *field = false,
            _ => {}
        }
        true
    }

    /// The fields that say the same.
    pub fn fields(&self) -> Vec<(&'static str, &'static str)> {
        let bit = |on: bool| if on { "1" } else { "0" };
        let mut fields = vec![
            ("system", bit(self.system_prompts)),
            ("tools", bit(self.tool_calls)),
            ("thinking", bit(self.thinking)),
            ("anonymise", bit(self.anonymise_paths)),
            ("context", bit(self.context)),
            ("mode", self.turn_mode.as_str()),
        ];
        fields.extend(self.expected_in_all.then_some(("expected_on", "all")));
        fields.extend(self.conversations.then_some(("shape", "conversation")));
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_they_are_spelled() {
        for kind in [Kind::Cases, Kind::Reading] {
            let odd = Options {
                system_prompts: true,
                tool_calls: false,
                thinking: true,
                anonymise_paths: true,
                context: false,
                turn_mode: Turn::FinalAnswer,
                expected_in_all: true,
                conversations: true,
            };
            for options in [Options::of(kind), odd] {
                let mut read = Options::of(kind);
                assert!(options.fields().iter().all(|(name, value)| read.set(name, value)));
                assert_eq!(read, options);
            }
        }
    }

    #[test]
    fn the_last_field_counts_and_unknown_values_change_nothing() {
        let mut options = Options::of(Kind::Cases);
        for (name, value) in [("tools", "0"), ("tools", "1"), ("system", "maybe"), ("turn_mode", "full"), ("mode", "x")]
        {
            assert!(options.set(name, value), "{name}");
        }
        assert!(!options.set("format", "json"));
        assert_eq!(options, Options { turn_mode: Turn::Session, ..Options::of(Kind::Cases) });
    }
}
