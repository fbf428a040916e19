//! Damages files the way power losses, crashes, bugs and clients of next year do.

use serde_json::{Value, json};

use crate::support::Dice;

/// The size of a page of the databases in the fixtures.
const PAGE: usize = 4096;

/// What is put between bytes.
const SNIPPETS: &[&[u8]] = &[
    b"null",
    b"\"",
    b"{",
    b"]",
    b"\\ud83d",
    b"\\u0000",
    b"-1",
    b"1e999",
    b"99999999999999999999999",
    b"\n",
    b"\r\n",
    b"true",
    b"[]",
    b"\"type\":",
    b"\0\0\0",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xc3",
    b"\xed\xa0\xbd",
];

/// One damaged version of a file of text; something is left of it.
pub fn text(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    match dice.roll(3) {
        0 => disturb_bytes(&mut damaged, dice),
        1 => disturb_lines(&mut damaged, dice),
        _ => disturb_values(&mut damaged, dice),
    }
    if damaged.is_empty() {
        damaged.push(b'\n');
    }
    damaged
}

/// One damaged version of an SQLite database.
pub fn database(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    for _ in 0..=dice.roll(20) {
        let at = dice.roll(damaged.len());
        let to = (at + dice.roll(300)).min(damaged.len());
        let page = at / PAGE * PAGE;
        match dice.roll(12) {
            0 => damaged.truncate(at.max(damaged.len() / 2)),
            1 => damaged[at..to].fill(0),
            // A page that was never written, or is another one.
            2 => damaged.iter_mut().skip(page).take(PAGE).for_each(|byte| *byte = 0),
            3 => {
                let other = dice.roll(damaged.len()) / PAGE * PAGE;
                let copy: Vec<_> = damaged.iter().skip(other).take(PAGE).copied().collect();
                damaged.iter_mut().skip(page).zip(copy).for_each(|(byte, copy)| *byte = copy);
            }
            // Where a page says what is on it.
            4 => damaged.iter_mut().skip(page).take(12).for_each(|byte| *byte = dice.roll(256) as u8),
            5 => drop(damaged.splice(at..at, bytes[..at % 200].to_vec())),
            // What text is made of: records that are whole and odd.
            6..=8 => damaged[at..to].iter_mut().filter(|byte| byte.is_ascii_digit()).for_each(|byte| *byte = b'9'),
            9 => damaged[at..to].iter_mut().filter(|byte| **byte == b'"').for_each(|byte| *byte = b'1'),
            _ => damaged[at] = dice.roll(256) as u8,
        }
        if damaged.is_empty() {
            damaged.push(0);
        }
    }
    damaged
}

fn disturb_bytes(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.roll(12) {
        let at = dice.roll(bytes.len());
        let to = (at + dice.roll(400)).min(bytes.len());
        match dice.roll(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..to)),
            2 => drop(bytes.splice(at..at, bytes[at..to].to_vec())),
            3 => bytes[at..to].fill(0),
            4 => drop(bytes.splice(at..at, SNIPPETS[dice.roll(SNIPPETS.len())].iter().copied())),
            5 if dice.roll(4) == 0 => {
                let deep: &[u8] = if dice.roll(2) == 0 { b"[" } else { b"{\"a\":" };
                drop(bytes.splice(at..at, deep.repeat(20_000)));
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = dice.roll(256) as u8;
                }
            }
        }
    }
}

/// Lines are lost, doubled and moved: children before parents, circles, ids that are taken.
fn disturb_lines(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let mut lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    for _ in 0..=dice.roll(8) {
        let (one, other) = (dice.roll(lines.len()), dice.roll(lines.len()));
        match dice.roll(5) {
            0 if lines.len() > 1 => drop(lines.remove(one)),
            1 => lines.swap(one, other),
            2 => lines.insert(one, lines[other].clone()),
            // Its newline is lost.
            3 => drop(lines[one].pop()),
            _ => {
                let cut = dice.roll(lines[one].len());
                lines[one].truncate(cut);
            }
        }
    }
    *bytes = lines.concat();
}

/// Puts something else in place of values of lines, or of a file that is one value.
fn disturb_values(bytes: &mut Vec<u8>, dice: &mut Dice) {
    if let Ok(mut whole) = serde_json::from_slice::<Value>(bytes) {
        for _ in 0..=dice.roll(8) {
            disturb_value(&mut whole, dice);
        }
        *bytes = whole.to_string().into_bytes();
        return;
    }
    let mut lines: Vec<Value> =
        bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    for _ in 0..=dice.roll(8) {
        let at = dice.roll(lines.len());
        lines.get_mut(at).into_iter().for_each(|line| disturb_value(line, dice));
    }
    *bytes = lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes();
}

fn disturb_value(value: &mut Value, dice: &mut Dice) {
    let deeper = dice.roll(5) > 0;
    match value {
        Value::Object(fields) if deeper && !fields.is_empty() => {
            let at = dice.roll(fields.len());
            fields.values_mut().skip(at).take(1).for_each(|field| disturb_value(field, dice));
        }
        Value::Array(items) if deeper && !items.is_empty() => {
            let at = dice.roll(items.len());
            disturb_value(&mut items[at], dice);
        }
        other => {
            let odd = [
                json!(null),
                json!(true),
                json!(-1),
                json!(1e300),
                json!(u64::MAX),
                json!(""),
                json!("x"),
                json!("2026-13-77T99:99:99Z"),
                json!([]),
                json!({"a": [0]}),
                (0..100).fold(json!(1), |inner, _| json!([inner])),
            ];
            *other = odd[dice.roll(odd.len())].clone();
        }
    }
}
