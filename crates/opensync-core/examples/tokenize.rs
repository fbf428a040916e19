//! Measures the tokenizer beside a plain split at white space:
//! `cargo run --release -p opensync-core --example tokenize [FILE...]`. Without files it makes a
//! text like a coding agent's.
#![expect(clippy::print_stdout, reason = "it is what the example is for")]

use std::time::Instant;

use opensync_core::search::{BREAK, Stream, Term, matches};

const SAMPLE: &str = "I'll refactor the auth middleware so that `authMiddleware` in src/auth_middleware.rs checks \
    the token first.\nfn check_token(request: &HttpRequest) -> Result<Token, AuthError> {\n    let header = \
    request.headers.get(\"authorization\")?;\nThe tests pass now: 12 passed, 0 failed in 3.41 s. Next I will look \
    at the second problem you described, which is that sessions\nare listed twice when the list is sorted by cost.\n";

fn main() -> std::io::Result<()> {
    let mut texts = Vec::new();
    for path in std::env::args().skip(1) {
        texts.push(String::from_utf8_lossy(&std::fs::read(path)?).into_owned());
    }
    if texts.is_empty() {
        texts.push(SAMPLE.repeat(4_000));
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    let megabytes = bytes as f64 / 1e6;
    let measure = |what: &str, work: &mut dyn FnMut(&str) -> usize| {
        let (mut best, mut count) = (f64::MAX, 0);
        for _ in 0..60 {
            let start = Instant::now();
            count = texts.iter().map(|text| work(text)).sum();
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!("{what:28} {:7.0} MB/s {count:10}", megabytes / best);
    };
    println!("{megabytes:.1} MB in {} texts, best of 60", texts.len());
    measure("split at white space, words", &mut |text| text.split_whitespace().count());
    let mut lower = String::new();
    measure("... copied in lower case", &mut |text| {
        lower.clear();
        for word in text.split_whitespace() {
            lower.push_str(&word.to_lowercase());
            lower.push(' ');
        }
        lower.len()
    });
    let mut stream = Stream::new();
    measure("stream, bytes", &mut |text| {
        stream.clear();
        stream.push(text);
        stream.as_str().len()
    });
    let terms: Vec<Term> = ["zzzunfound", "auth_mid"].into_iter().filter_map(Term::word).collect();
    measure("two terms read, texts found", &mut |text| usize::from(matches(text, &terms)));
    let (mut tokens, mut breaks, mut words) = (0, 0, 0);
    for text in &texts {
        stream.clear();
        stream.push(text);
        tokens += stream.tokens().count();
        breaks += stream.as_str().matches(BREAK).count();
        words += stream.as_str().split(BREAK).next().map_or(0, |words| words.split_whitespace().count());
    }
    println!("{words} words, {tokens} tokens in the stream, {breaks} breaks");
    Ok(())
}
