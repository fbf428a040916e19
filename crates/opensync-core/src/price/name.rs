//! Spellings of model names: a name as a tool wrote it, and the exact keys it may stand for.
//!
//! Nothing here compares parts of names. Every spelling is looked up as a whole.

/// No model has a longer name, in bytes; longer ones are not looked at.
pub(super) const LONGEST: usize = 200;

/// A guard against names made to have very many spellings.
const MOST_FORMS: usize = 100;

/// What tools write where there is no model, or where only they know which one it was.
const PLACEHOLDERS: &[&str] =
    &["", "unknown", "default", "auto", "none", "null", "n/a", "inherit", "custom", "model", "cursor-small", "premium"];

/// Marks a router's variant of a model; only `:free` changes the price.
const VARIANTS: &[&str] = &[":nitro", ":thinking", ":beta", ":exacto", ":floor", ":online", ":extended"];

const EFFORTS: &[&str] = &["-low", "-medium", "-high", "-xhigh", "-max", "-thinking", "-fast", "-preview"];

const REGIONS: &[&str] = &["us.", "eu.", "apac.", "global.", "jp.", "au.", "us-gov."];

/// Who Bedrock names before the model.
const VENDORS: &[&str] = &[
    "anthropic.",
    "amazon.",
    "meta.",
    "mistral.",
    "cohere.",
    "ai21.",
    "deepseek.",
    "qwen.",
    "openai.",
    "moonshot.",
    "moonshotai.",
    "minimax.",
    "zai.",
    "nvidia.",
    "google.",
    "writer.",
];

/// A name made ready for the search.
pub(super) struct Name {
    /// Trimmed and in lower case.
    pub written: String,
    /// Without notes and variants.
    pub clean: String,
    /// It ended in `:free`.
    pub free: bool,
    /// Droid's alias for a model the user set up: a display name and an index.
    custom: bool,
}

/// Whether `model` says that no model, or one nobody can know, answered.
pub(super) fn is_placeholder(model: &str) -> bool {
    let model = model.trim().to_lowercase();
    PLACEHOLDERS.contains(&model.as_str()) || (model.starts_with('<') && model.ends_with('>'))
}

impl Name {
    pub fn new(model: &str) -> Self {
        let written = model.trim().to_lowercase();
        let custom = written.strip_prefix("custom:").map(without_brackets);
        let mut name = Self {
            clean: custom.clone().unwrap_or_else(|| written.clone()),
            written,
            free: false,
            custom: custom.is_some(),
        };
        while let Some(shorter) = name.shorten() {
            name.clean = shorter;
        }
        name
    }

    /// One step of cleaning; every step makes the name shorter, so this ends.
    fn shorten(&mut self) -> Option<String> {
        let clean = self.clean.trim();
        if let Some(rest) = clean.strip_suffix(":free") {
            self.free = true;
            return Some(rest.to_owned());
        }
        let variant = VARIANTS.iter().find_map(|variant| clean.strip_suffix(variant));
        let note = [('(', ')'), ('[', ']')]
            .into_iter()
            .find_map(|(open, close)| clean.ends_with(close).then(|| clean.rfind(open)).flatten())
            .map(|start| clean[..start].trim_end());
        let lead = clean
            .strip_prefix("models/")
            .or_else(|| after_folder(clean, "publishers/"))
            .or_else(|| after_folder(clean, "accounts/"));
        let shorter = variant.or(note).or(lead).unwrap_or(clean);
        (shorter != self.clean).then(|| shorter.to_owned())
    }

    /// The spellings to look up, most faithful first: as written, clean, without routes, without
    /// Bedrock's and Vertex's additions, with dots for dashes and back, without a date, and with
    /// Claude's family and version swapped.
    pub fn forms(&self) -> Vec<String> {
        let mut forms = Forms(Vec::new());
        forms.add(self.written.clone());
        forms.add(self.clean.clone());
        forms.each(routes);
        if self.custom {
            forms.each(|name, found| found.extend(without_index(name).map(str::to_owned)));
        }
        forms.each(bedrock);
        forms.each(vertex);
        forms.each(|name, found| found.extend([join_digits(name, '.', '-'), join_digits(name, '-', '.')]));
        forms.each(|name, found| found.extend(without_date(name).map(str::to_owned)));
        forms.each(|name, found| found.extend(swap_family(name)));
        forms.0
    }

    /// The same name without one word of effort at its end.
    pub fn without_effort(&self) -> Option<Self> {
        let clean = EFFORTS.iter().find_map(|effort| self.clean.strip_suffix(effort))?.to_owned();
        (!clean.is_empty()).then(|| Self { written: clean.clone(), clean, ..*self })
    }
}

struct Forms(Vec<String>);

impl Forms {
    fn add(&mut self, form: String) {
        if !form.is_empty() && self.0.len() < MOST_FORMS && !self.0.contains(&form) {
            self.0.push(form);
        }
    }

    fn each(&mut self, respell: impl Fn(&str, &mut Vec<String>)) {
        let mut found = Vec::new();
        for form in &self.0 {
            respell(form, &mut found);
        }
        for form in found {
            self.add(form);
        }
    }
}

/// `accounts/any/models/name` to `name`.
fn after_folder<'a>(name: &'a str, folder: &str) -> Option<&'a str> {
    name.strip_prefix(folder)?.split_once("/models/").map(|(_, rest)| rest)
}

fn without_brackets(name: &str) -> String {
    let mut rest = name;
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before.trim_end_matches('-'));
        rest = after.split_once(']').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain.trim_matches('-').to_owned()
}

fn without_index(name: &str) -> Option<&str> {
    let (name, index) = name.rsplit_once('-')?;
    ((1..=2).contains(&index.len()) && is_number(index)).then_some(name)
}

fn routes(name: &str, found: &mut Vec<String>) {
    found.extend(name.match_indices('/').map(|(at, _)| name[at + 1..].to_owned()));
}

fn bedrock(name: &str, found: &mut Vec<String>) {
    let global = REGIONS.iter().find_map(|region| name.strip_prefix(region)).unwrap_or(name);
    let model = VENDORS.iter().find_map(|vendor| global.strip_prefix(vendor)).unwrap_or(global);
    if model == name {
        return;
    }
    found.push(global.to_owned());
    found.push(model.to_owned());
    let revision = model.split_once(':').map_or(model, |(model, _)| model);
    if let Some((plain, version)) = revision.rsplit_once("-v")
        && is_number(version)
    {
        found.push(plain.to_owned());
    }
}

fn vertex(name: &str, found: &mut Vec<String>) {
    if let Some((plain, version)) = name.split_once('@') {
        if version.len() == 8 && is_number(version) {
            found.push(format!("{plain}-{version}"));
        }
        found.push(plain.to_owned());
    }
}

/// `from` between two short numbers becomes `to`: versions, not dates.
fn join_digits(name: &str, from: char, to: char) -> String {
    let run = |text: &str, back: bool| {
        let digit = |c: &char| c.is_ascii_digit();
        if back { text.chars().rev().take_while(digit).count() } else { text.chars().take_while(digit).count() }
    };
    let joins = |at: usize| {
        (1..=2).contains(&run(&name[..at], true)) && (1..=2).contains(&run(&name[at + from.len_utf8()..], false))
    };
    name.char_indices().map(|(at, c)| if c == from && joins(at) { to } else { c }).collect()
}

/// The name without `-YYYYMMDD`, `-YYYY-MM-DD` or `-latest` at its end.
pub(super) fn without_date(name: &str) -> Option<&str> {
    if let Some(name) = name.strip_suffix("-latest") {
        return Some(name);
    }
    let (rest, last) = name.rsplit_once('-')?;
    if last.len() == 8 && is_number(last) && last.starts_with("20") {
        return Some(rest);
    }
    let (rest, month) = rest.rsplit_once('-')?;
    let (rest, year) = rest.rsplit_once('-')?;
    let date = [(year, 4), (month, 2), (last, 2)].iter().all(|&(part, length)| part.len() == length && is_number(part));
    (date && year.starts_with("20")).then_some(rest)
}

/// `claude-4-sonnet` to `claude-sonnet-4` and back, whatever follows.
fn swap_family(name: &str) -> Option<String> {
    let rest: Vec<&str> = name.strip_prefix("claude-")?.split('-').collect();
    let version = |word: &&&str| word.len() <= 3 && word.starts_with(|c: char| c.is_ascii_digit());
    let family = rest.iter().position(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))?;
    let (first, second) = if family == 0 {
        (1, 1 + rest[1..].iter().take_while(version).count())
    } else if rest[..family].iter().all(|word| version(&word)) {
        (family, family + 1)
    } else {
        return None;
    };
    let words: Vec<&str> = [&rest[first..second], &rest[..first], &rest[second..]].concat();
    Some(format!("claude-{}", words.join("-")))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A name reduced to what people mean by it: the last segment's letters and digits, lower case.
/// Between two digits a separator stays, as `-`: `qwen3-1.7b` is not `qwen3-17b`.
pub(super) fn canonical(name: &str) -> impl Iterator<Item = u8> {
    let name = name.rsplit_once('/').map_or(name, |(_, name)| name);
    let mut last = 0_u8;
    let mut gap = false;
    name.bytes()
        .flat_map(move |byte| {
            if byte.is_ascii() && !byte.is_ascii_alphanumeric() {
                gap = true;
                return [None, None];
            }
            let separator = (gap && last.is_ascii_digit() && byte.is_ascii_digit()).then_some(b'-');
            (last, gap) = (byte, false);
            [separator, Some(byte.to_ascii_lowercase())]
        })
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(model: &str) -> String {
        Name::new(model).clean
    }

    fn has(model: &str, form: &str) -> bool {
        Name::new(model).forms().iter().any(|found| found == form)
    }

    fn letters(name: &str) -> String {
        canonical(name).map(char::from).collect()
    }

    #[test]
    fn notes_and_variants_are_no_part_of_a_name() {
        assert_eq!(clean("  Claude-Sonnet-4-5[1m] "), "claude-sonnet-4-5");
        assert_eq!(clean("gpt-5 (Medium)"), "gpt-5");
        assert_eq!(clean("deepseek/deepseek-r1:nitro"), "deepseek/deepseek-r1");
        assert_eq!(clean("models/gemini-3-pro"), "gemini-3-pro");
        assert_eq!(clean("accounts/fireworks/models/glm-5"), "glm-5");
        assert_eq!(clean("gpt-oss:20b"), "gpt-oss:20b");
        assert!(Name::new("qwen/qwen3:free").free);
        assert_eq!(clean("custom:Sonnet-4.5-[My-Proxy]-0"), "sonnet-4.5-0");
    }

    #[test]
    fn placeholders_are_no_models() {
        for model in ["", " ", "<synthetic>", "AUTO", "default", "unknown"] {
            assert!(is_placeholder(model), "{model}");
        }
        assert!(!is_placeholder("gpt-5"));
    }

    #[test]
    fn every_spelling_is_tried() {
        assert!(has("openrouter/anthropic/claude-sonnet-4.5", "anthropic/claude-sonnet-4.5"));
        assert!(has("openrouter/anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"));
        assert!(has("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-sonnet-4-5-20250929-v1:0"));
        assert!(has("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"));
        assert!(has("anthropic.claude-opus-4-6-v1", "claude-opus-4-6"));
        assert!(has("vertex_ai/claude-sonnet-4@20250514", "claude-sonnet-4-20250514"));
        assert!(has("gpt-5.4-2026-03-05", "gpt-5.4"));
        assert!(has("claude-4.5-opus", "claude-opus-4-5"));
        assert!(has("claude-sonnet-3-5-20241022", "claude-3-5-sonnet-20241022"));
        assert!(has("custom:gpt-5.4-12", "gpt-5.4"));
        assert!(!has("gpt-5.4-12", "gpt-5.4"));
        assert!(!has("gpt-5.4-codex", "gpt-5.4"));
    }

    #[test]
    fn the_name_as_written_comes_first() {
        let forms = Name::new("Claude-Sonnet-4-5[1m]").forms();
        assert_eq!(&forms[..2], ["claude-sonnet-4-5[1m]", "claude-sonnet-4-5"]);
    }

    #[test]
    fn only_dates_are_dates() {
        assert_eq!(without_date("claude-opus-4-20250514"), Some("claude-opus-4"));
        assert_eq!(without_date("gpt-5-2025-08-07"), Some("gpt-5"));
        assert_eq!(without_date("chatgpt-4o-latest"), Some("chatgpt-4o"));
        for name in ["gpt-4-0613", "claude-opus-4-5", "m-99999999", "20250514", "x-2025-8-7"] {
            assert_eq!(without_date(name), None, "{name}");
        }
    }

    #[test]
    fn effort_goes_one_word_at_a_time() {
        let name = Name::new("gpt-5-high-fast").without_effort().unwrap();
        assert_eq!(name.clean, "gpt-5-high");
        let name = name.without_effort().unwrap();
        assert_eq!(name.clean, "gpt-5");
        assert!(name.without_effort().is_none());
        assert!(Name::new("-high").without_effort().is_none());
    }

    #[test]
    fn punctuation_counts_between_numbers_alone() {
        assert_eq!(letters("anthropic/Claude Sonnet_4.5"), "claudesonnet4-5");
        assert_eq!(letters("GPT5"), letters("gpt-5"));
        assert_ne!(letters("qwen3-1.7b"), letters("qwen3-17b"));
        assert_ne!(letters("gpt-5.1"), letters("gpt-51"));
    }

    #[test]
    fn spellings_are_bounded() {
        let name = "a/1.1-1@".repeat(LONGEST / 8);
        assert!(Name::new(&name).forms().len() <= MOST_FORMS);
    }
}
