//! What a character is to the tokenizer.

use std::sync::LazyLock;

use unicode_normalization::char::is_combining_mark;

/// What a character is to the tokenizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A letter that does not begin a part of a word: lower case, or of a script without cases.
    Lower,
    /// A capital letter.
    Upper,
    /// A digit or another number.
    Digit,
    /// A character of a script that is written without spaces, or of Korean, whose words are
    /// compounds, or a number that is a sign: found in pairs.
    Unspaced,
    /// Belongs to the character before it: a mark, a joiner of characters, an invisible sign.
    Extend,
    /// Like [`Class::Extend`] after an unspaced character, else a character of its own.
    Tail,
    /// `_`, any number of which join words to an identifier.
    Underscore,
    /// `-`, one of which joins words to an identifier.
    Hyphen,
    /// The end of a line.
    Line,
    /// Everything else separates words.
    Gap,
    /// The first byte of a character outside ASCII (only in [`ASCII`]).
    Beyond,
}

/// The class of every byte.
pub(super) static ASCII: [Class; 256] = classes_of_bytes();

pub(super) const fn classes_of_bytes() -> [Class; 256] {
    let mut table = [Class::Gap; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' => Class::Lower,
            b'A'..=b'Z' => Class::Upper,
            b'0'..=b'9' => Class::Digit,
            b'_' => Class::Underscore,
            b'-' => Class::Hyphen,
            b'\n' => Class::Line,
            0x80.. => Class::Beyond,
            _ => Class::Gap,
        };
        byte += 1;
    }
    table
}

/// The class of every character of the basic plane: looking properties up takes long.
static BASIC: LazyLock<Box<[Class]>> = LazyLock::new(|| {
    (0..0x1_0000).map(|code| char::from_u32(code).map_or(Class::Gap, Class::from_properties)).collect()
});

impl Class {
    pub(super) fn of(c: char) -> Self {
        match c {
            '\0'..='\x7f' => ASCII[c as usize],
            ..='\u{ffff}' => BASIC[c as usize],
            _ => Self::from_properties(c),
        }
    }

    fn from_properties(c: char) -> Self {
        match c {
            '\0'..='\x7f' => ASCII[c as usize],
            // Hyphens that look like one.
            '\u{2010}' | '\u{2011}' => Self::Hyphen,
            // Soft hyphen, zero width (non-)joiners, directions, word joiner, byte order mark: a
            // reader does not see them, so they must not hide a word.
            '\u{ad}'
            | '\u{61c}'
            | '\u{200c}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}' => Self::Extend,
            // Vowels and finals of decomposed Korean, voicing marks of narrow Japanese.
            '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7fb}' | '\u{ff9e}' | '\u{ff9f}' => Self::Tail,
            // Capitals in squares are emoji; those in frames fold to letters.
            '\u{1f150}'..='\u{1f1ff}' => Self::Gap,
            _ if is_combining_mark(c) => Self::Extend,
            _ if !c.is_alphanumeric() => Self::Gap,
            _ if is_unspaced(c) || is_sign(c) => Self::Unspaced,
            _ if c.is_uppercase() => Self::Upper,
            _ if c.is_alphabetic() => Self::Lower,
            _ => Self::Digit,
        }
    }

    pub(super) fn is_word(self) -> bool {
        matches!(self, Self::Lower | Self::Upper | Self::Digit)
    }
}

/// Exponents, indices, fractions and numbers in circles: they do not belong to the word before.
fn is_sign(c: char) -> bool {
    matches!(c,
        '\u{b2}' | '\u{b3}' | '\u{b9}' | '\u{bc}'..='\u{be}' | '\u{2070}'..='\u{2079}' | '\u{2080}'..='\u{2089}'
        | '\u{2150}'..='\u{215f}' | '\u{2460}'..='\u{249b}' | '\u{24ea}'..='\u{24ff}' | '\u{2776}'..='\u{2793}'
    )
}

/// Han, Kana, Hangul, Bopomofo, and the scripts of South East Asia written without spaces.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' // Thai, Lao
        | '\u{1000}'..='\u{109f}' // Myanmar
        | '\u{1100}'..='\u{115f}' // Hangul initials
        | '\u{1780}'..='\u{17ff}' // Khmer
        | '\u{1950}'..='\u{19df}' // Tai Le, New Tai Lue
        | '\u{1a20}'..='\u{1aaf}' // Tai Tham
        | '\u{3005}'..='\u{3007}' // iteration mark, zero
        | '\u{3021}'..='\u{3029}'
        | '\u{3031}'..='\u{303c}'
        | '\u{3041}'..='\u{31ff}' // Kana, Bopomofo, Hangul letters
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{a960}'..='\u{a97f}'
        | '\u{a9e0}'..='\u{a9ff}' // Myanmar
        | '\u{aa60}'..='\u{aadf}' // Myanmar, Tai Viet
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9d}' // narrow Katakana
        | '\u{ffa0}'..='\u{ffdc}' // narrow Hangul
        | '\u{11700}'..='\u{1174f}' // Ahom
        | '\u{16fe0}'..='\u{18dff}' // Tangut, Khitan
        | '\u{1aff0}'..='\u{1b2ff}' // more Kana, Nushu
        | '\u{20000}'..='\u{3fffd}'
    )
}
