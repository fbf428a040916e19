//! Characters that a search takes for the same: case, accents, widths.

use unicode_normalization::char::{compose, decompose_compatible, is_combining_mark};

/// Folds text: lower case, without accents, compatibility forms (`ﬁ`, `Ａ`, `𝐇`) spelled out,
/// and only letters, digits and the marks that some scripts write vowels with.
///
/// Folding what is folded changes nothing.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push_folded(&mut out, c);
    }
    out
}

/// Appends what `c` folds to: nothing, or a few characters.
pub(super) fn push_folded(out: &mut String, c: char) {
    match c {
        'a'..='z' | '0'..='9' => out.push(c),
        'A'..='Z' => out.push(c.to_ascii_lowercase()),
        '\0'..='\x7f' => {}
        // What has no case and does not decompose; the most common of the rest.
        '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' => {
            out.push(c);
        }
        _ => decompose_compatible(c, |d| d.to_lowercase().for_each(|l| push_letter(out, l))),
    }
}

fn push_letter(out: &mut String, c: char) {
    match c {
        'ß' => out.push_str("ss"),
        'ς' => out.push('σ'),
        // Letters with a stroke, and ligatures: accents to a reader, not to Unicode.
        'ø' => out.push('o'),
        'đ' | 'ð' => out.push('d'),
        'ł' => out.push('l'),
        'ħ' => out.push('h'),
        'ŧ' => out.push('t'),
        'ı' => out.push('i'),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'þ' => out.push_str("th"),
        _ if is_accent(c) => {}
        // Korean syllables and voiced Kana are one character again.
        '\u{1161}'..='\u{1175}' | '\u{11a8}'..='\u{11c2}' | '\u{3099}' | '\u{309a}' => {
            match out.chars().next_back().and_then(|last| compose(last, c)) {
                Some(whole) => {
                    out.pop();
                    out.push(whole);
                }
                None => out.push(c),
            }
        }
        _ if c.is_alphanumeric() || is_combining_mark(c) => out.push(c),
        _ => {}
    }
}

/// Marks that a search ignores. Those of Indic and similar scripts are vowels, and stay.
fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' // Latin, Greek, Cyrillic
        | '\u{483}'..='\u{489}' // Cyrillic
        | '\u{591}'..='\u{5c7}' // Hebrew points
        | '\u{610}'..='\u{61a}' // Arabic
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{6d6}'..='\u{6ed}'
        | '\u{8ca}'..='\u{8ff}'
        | '\u{180b}'..='\u{180f}' // Mongolian variants
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{302a}'..='\u{302f}' // tones
        | '\u{fe00}'..='\u{fe0f}' // variants
        | '\u{fe20}'..='\u{fe2f}'
        | '\u{e0100}'..='\u{e01ef}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_reads_alike_folds_alike() {
        let cases = [
            ("Crème BRÛLÉE", "cremebrulee"),
            ("Cre\u{300}me", "creme"),
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("ΟΔΟΣ", "οδοσ"),
            ("οδός", "οδοσ"),
            ("İstanbul ılık", "istanbulilik"),
            ("Ёлка", "елка"),
            ("smørrebrød", "smorrebrod"),
            ("ﬁle Ａｂｃ１ 𝐇x²", "fileabc1hx2"),
            ("각", "각"),
            ("\u{1100}\u{1161}\u{11a8}", "각"),
            ("が", "が"),
            ("か\u{3099}ｶﾞ", "がガ"),
            ("أَحْمَد", "احمد"),
            ("हिन्दी", "हिन्दी"),
            ("a_b-c.d/e'f\"g", "abcdefg"),
            ("🎉👩\u{200d}💻❤\u{fe0f}", ""),
        ];
        for (text, folded) in cases {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn folding_any_character_twice_changes_nothing() {
        for c in '\0'..=char::MAX {
            let once = fold(c.encode_utf8(&mut [0; 4]));
            assert_eq!(fold(&once), once, "{:x}", c as u32);
            assert!(once.chars().all(|c| c.is_alphanumeric() || is_combining_mark(c)), "{:x}", c as u32);
            assert!(!once.bytes().any(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric()));
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in ".{0,60}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
