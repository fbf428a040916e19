//! What tools answered: their text, images, exit code and time.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opensync_core::text::clean;
use opensync_core::{Body, Part};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::records::{Content, Ended, Num, Str, contents, piece};

/// How many lines before the output proper may say how a command ended.
const HEADER_LINES: usize = 8;

/// How a call ended, as far as anything says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub failed: Option<bool>,
    pub exit_code: Option<i64>,
    pub duration_ms: Option<u64>,
}

impl Outcome {
    fn new(exit_code: Option<i64>, success: Option<bool>, status: &str, duration_ms: Option<u64>) -> Self {
        let by_status = match status {
            "failed" | "declined" => Some(true),
            "completed" => Some(false),
            _ => None,
        };
        let says = [exit_code.map(|code| code != 0), success.map(|success| !success), by_status];
        Self { failed: worst(says), exit_code, duration_ms }
    }

    /// Both together: one failure is enough, and what came first stays.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            failed: worst([self.failed, other.failed]),
            exit_code: self.exit_code.or(other.exit_code),
            duration_ms: self.duration_ms.or(other.duration_ms),
        }
    }

    /// From an `…_end` event or the item of `item_completed`.
    pub(super) fn of(ended: &Ended<'_>) -> Self {
        Self::new(ended.exit_code.0, piece(ended.success), &ended.status, duration(ended.duration))
    }

    /// From the lines before the output itself, where the client writes the exit code for the model.
    fn in_text(text: &str) -> Self {
        let (mut exit_code, mut duration_ms) = (None, None);
        for line in text.lines().take(HEADER_LINES).take_while(|line| *line != "Output:") {
            let code = line.strip_prefix("Process exited with code ").or_else(|| line.strip_prefix("Exit code: "));
            if let Some(code) = code {
                exit_code = exit_code.or_else(|| code.trim().parse().ok());
            } else if let Some(time) = line.strip_prefix("Wall time: ") {
                duration_ms = time.trim_end_matches(" seconds").parse().ok().and_then(milliseconds);
            }
        }
        Self::new(exit_code, None, "", duration_ms)
    }

    /// The exit code as the details of a result.
    pub(super) fn details(&self) -> Option<Body> {
        self.exit_code.map(|code| Body::from(format!("{{\"exitCode\":{code}}}").as_str()))
    }
}

fn worst<const N: usize>(says: [Option<bool>; N]) -> Option<bool> {
    says.into_iter().flatten().reduce(|one, other| one || other)
}

fn milliseconds(seconds: f64) -> Option<u64> {
    (seconds.is_finite() && (0.0..1.0e9).contains(&seconds)).then_some((seconds * 1000.0).round() as u64)
}

/// `{"secs":1,"nanos":5}` or a number of seconds.
fn duration(raw: Option<&RawValue>) -> Option<u64> {
    #[derive(Deserialize)]
    struct Time {
        secs: u64,
        #[serde(default)]
        nanos: u32,
    }
    match piece::<Time>(raw) {
        Some(time) => time.secs.checked_mul(1000)?.checked_add(u64::from(time.nanos / 1_000_000)),
        None => piece::<f64>(raw).and_then(milliseconds),
    }
}

/// The output of a call.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub text: Body,
    pub images: Vec<Part>,
    pub outcome: Outcome,
}

impl Output {
    /// Reads any of the shapes an output has had: a string, JSON in a string with the exit code
    /// beside it, pieces with text and images, or an object with `content` and `success`.
    pub(super) fn read(raw: Option<&RawValue>) -> Self {
        #[derive(Deserialize)]
        struct Answer<'a> {
            #[serde(borrow, default)]
            content: Option<&'a RawValue>,
            #[serde(borrow, default)]
            success: Option<&'a RawValue>,
        }
        let json = raw.map_or("null", RawValue::get);
        match json.as_bytes().first() {
            Some(b'"') => Self::from_text(&piece::<Str<'_>>(raw).unwrap_or_default()),
            Some(b'[') => Self::from_pieces(&contents(raw)),
            Some(b'{') => match piece::<Answer<'_>>(raw) {
                Some(answer) if answer.content.is_some() => {
                    let mut output = Self::from_pieces(&contents(answer.content));
                    let says = Outcome::new(None, piece(answer.success), "", None);
                    output.outcome = output.outcome.and(says);
                    output
                }
                _ => Self { text: Body::from(json), ..Self::default() },
            },
            _ if json == "null" => Self::default(),
            _ => Self { text: Body::from(json), ..Self::default() },
        }
    }

    fn from_text(text: &str) -> Self {
        #[derive(Deserialize)]
        struct Wrapped<'a> {
            #[serde(borrow)]
            output: Str<'a>,
            metadata: Metadata,
        }
        #[derive(Deserialize)]
        struct Metadata {
            #[serde(default)]
            exit_code: Num,
            #[serde(default)]
            duration_seconds: Option<f64>,
        }
        if text.starts_with('{')
            && let Ok(wrapped) = serde_json::from_str::<Wrapped<'_>>(text)
        {
            let time = wrapped.metadata.duration_seconds.and_then(milliseconds);
            let outcome = Outcome::new(wrapped.metadata.exit_code.0, None, "", time);
            return Self { text: Body::from(&*wrapped.output), images: Vec::new(), outcome };
        }
        Self { text: Body::from(text), images: Vec::new(), outcome: Outcome::in_text(text) }
    }

    fn from_pieces(pieces: &[Content<'_>]) -> Self {
        let images = pieces.iter().filter_map(image).collect();
        let texts: Vec<&str> = pieces.iter().filter_map(|piece| piece.text.some()).collect();
        let text = texts.join("\n");
        Self { text: Body::from(text.as_str()), images, outcome: Outcome::in_text(&text) }
    }
}

/// The image of a content piece, when it is one.
pub(super) fn image(content: &Content<'_>) -> Option<Part> {
    #[derive(Deserialize)]
    struct Link<'a> {
        #[serde(borrow)]
        url: Str<'a>,
    }
    if !content.path.is_empty() {
        return Some(local_image(&content.path));
    }
    let link = piece::<Link<'_>>(content.image_url).map(|link| link.url);
    let url = link.or_else(|| piece::<Str<'_>>(content.image_url)).filter(|url| !url.is_empty())?;
    Some(image_at(&url))
}

/// An image by its URL: the bytes of a data URL, or only the reference.
pub(super) fn image_at(url: &str) -> Part {
    let Some((media_type, data)) = url.strip_prefix("data:").and_then(|data| data.split_once(";base64,")) else {
        let name = (!url.starts_with("data:")).then(|| clean(url).into_owned());
        return Part::Image { media_type: "image/*".to_owned(), name, body: Body::default() };
    };
    let body = STANDARD.decode(data).map(Body::raw).unwrap_or_default();
    Part::Image { media_type: clean(media_type).into_owned(), name: None, body }
}

/// An image the prompt names by its path.
pub(super) fn local_image(path: &str) -> Part {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    Part::Image { media_type: "image/*".to_owned(), name: Some(clean(name).into_owned()), body: Body::default() }
}

/// A generated image: base64 without a media type.
pub(super) fn generated_image(data: &str) -> Option<Part> {
    let media_type = match data.get(..4)? {
        "/9j/" => "image/jpeg",
        "UklG" => "image/webp",
        _ => "image/png",
    };
    let body = STANDARD.decode(data).map(Body::raw).ok()?;
    Some(Part::Image { media_type: media_type.to_owned(), name: None, body })
}
