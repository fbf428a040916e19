//! Ledgers to look at: what tests and the gallery render.

use opensync_core::{MicroDollars, Session, SessionId, Usage};
use opensync_store::{LedgerPage, LedgerRow, LedgerSums};

use super::LedgerShowPage;
use crate::page::session_show::samples::session;
use crate::page::shell::Shell;

/// Every sample by name.
pub fn samples(shell: &Shell) -> Vec<(&'static str, LedgerShowPage)> {
    let session =
        Session { file: Some("/home/mara/.claude/projects/-src-ledgerline/4b1e7c92.jsonl".into()), ..session() };
    let unknown = Session { total_tokens: None, cost: None, file: None, ..session.clone() };
    let page = |session: &Session, ledger: &LedgerPage, sums: &LedgerSums| {
        LedgerShowPage::new(shell.clone(), session, ledger, sums, "project=ledgerline")
    };
    let rows = LedgerPage { rows: rows(), next: None };
    let later = LedgerPage { rows: rows.rows.iter().map(later).collect(), next: Some(1001) };
    vec![
        ("ledger", page(&session, &rows, &sums())),
        ("ledger-page-2", page(&session, &later, &LedgerSums { kept: 4_998, ..sums() })),
        ("ledger-unknown", page(&unknown, &LedgerPage::default(), &LedgerSums::default())),
    ]
}

fn later(row: &LedgerRow) -> LedgerRow {
    LedgerRow { number: row.number + 500, ..row.clone() }
}

fn rows() -> Vec<LedgerRow> {
    let kept = LedgerRow {
        number: 1,
        key: "msg_01:req_01".to_owned(),
        state: "owned".to_owned(),
        owner: None,
        why: None,
        model: Some("claude-sonnet-4-5".to_owned()),
        at: Some(1_795_425_060_000),
        usage: Usage {
            fresh: 412,
            cache_read: 11_840,
            cache_write_5m: 1_210,
            cache_write_1h: 1_000,
            output: 386,
            reasoning: 120,
        },
        cost: Some(MicroDollars(27_200)),
        cost_status: "computed".to_owned(),
        price: Some(("claude-sonnet-4-5".to_owned(), "litellm 1.109.1".to_owned())),
        incomplete: false,
        line: 4,
        records: 3,
    };
    let owner = Some((SessionId::from_stored("original".to_owned()), "Fix flaky <b>retries</b>".to_owned()));
    vec![
        kept.clone(),
        LedgerRow {
            number: 2,
            incomplete: true,
            cost: None,
            cost_status: "unpriced".to_owned(),
            price: None,
            records: 1,
            ..kept.clone()
        },
        LedgerRow { number: 3, cost_status: "reported".to_owned(), ..kept.clone() },
        LedgerRow { number: 4, state: "copy".to_owned(), owner, records: 2, ..kept.clone() },
        LedgerRow {
            number: 5,
            state: "discarded".to_owned(),
            why: Some("sub-agent summary of its last call".to_owned()),
            model: None,
            at: None,
            cost: None,
            cost_status: "unpriced".to_owned(),
            price: None,
            line: 12_345,
            records: 1,
            ..kept
        },
    ]
}

fn sums() -> LedgerSums {
    LedgerSums {
        kept: 3,
        repeats: 4,
        copies: 1,
        copied: 2,
        discarded: 1,
        usage: Usage {
            fresh: 1_236,
            cache_read: 35_520,
            cache_write_5m: 3_630,
            cache_write_1h: 3_000,
            output: 1_158,
            reasoning: 360,
        },
        cost: Some(MicroDollars(54_400)),
        unpriced: 1,
        incomplete: 1,
    }
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::*;
    use crate::page::samples::shell;

    fn html(name: &str) -> String {
        let mut samples = samples(&shell()).into_iter();
        samples.find(|(known, _)| *known == name).unwrap().1.render().unwrap()
    }

    #[test]
    fn the_equation_is_said_in_words_and_numbers() {
        let html = html("ledger");
        assert!(html.contains("10 records with usage seen = 3 kept + 6 merged + 1 discarded."));
        assert!(html.contains(
            "Of the merged records, 4 repeat a response that is kept; 2 belong to 1 response that counts in another \
             session."
        ));
        assert!(html.contains("1 response has only a placeholder for its output"));
        assert!(html.contains("1 response has no known price"));
    }

    #[test]
    fn each_row_says_its_state_its_price_and_its_place() {
        let html = html("ledger");
        for text in ["1 + 2", "recorded by the tool", "no price known", "litellm 1.109.1", "line 12,345"] {
            assert!(html.contains(text), "{text}");
        }
        assert!(html.contains("1,210 for 5 min, 1,000 for 1 h") && html.contains("120 reasoning"));
        assert!(html.contains("/sessions/original?project=ledgerline"), "the owner of a copy");
        assert!(!html.contains("<b>retries") && html.contains("retries"));
        assert!(html.contains("$0.0544") && html.contains("$0.0272"));
    }

    #[test]
    fn a_page_in_the_middle_leads_both_ways() {
        let html = html("ledger-page-2");
        assert!(html.contains("Rows 501 to 505 of 5,000"));
        assert!(html.contains("?project=ledgerline&amp;row=1001") || html.contains("&#38;row=1001"), "{html}");
        assert!(html.contains("/ledger?project=ledgerline\""), "back to the first rows");
    }

    #[test]
    fn unknown_tokens_are_not_zero() {
        let html = html("ledger-unknown");
        assert!(html.contains("unknown, not zero") && html.contains("n/a"));
    }
}
