//! Which sessions are pushed.

use glob::Pattern;
use opensync_store::Candidate;

/// Which sessions are pushed: all unless something is said.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    sources: Vec<String>,
    projects: Vec<Pattern>,
    excluded: Vec<Pattern>,
}

/// A pattern that is none.
#[derive(Debug, thiserror::Error)]
#[error("`{pattern}` is no pattern: {why}. Write one like shop, web-* or /home/ana/work/*")]
pub struct BadPattern {
    pattern: String,
    why: String,
}

impl Choice {
    /// Of these sources and projects only, when there are any; `excluded` projects never. Projects are
    /// patterns with `*`, `?` and `[..]`, which match the folder or its last segment; a `*` matches
    /// separators too.
    pub fn new(sources: Vec<String>, projects: &[String], excluded: &[String]) -> Result<Self, BadPattern> {
        Ok(Self { sources, projects: patterns(projects)?, excluded: patterns(excluded)? })
    }

    pub(super) fn takes(&self, candidate: &Candidate) -> bool {
        let names = [candidate.project_path.as_deref(), candidate.project_name.as_deref()];
        let is_one_of = |patterns: &[Pattern]| {
            names.iter().flatten().any(|name| patterns.iter().any(|pattern| pattern.matches(name)))
        };
        (self.sources.is_empty() || self.sources.contains(&candidate.source))
            && (self.projects.is_empty() || is_one_of(&self.projects))
            && !is_one_of(&self.excluded)
    }
}

fn patterns(texts: &[String]) -> Result<Vec<Pattern>, BadPattern> {
    let pattern = |text: &String| {
        let bad = |error: glob::PatternError| BadPattern { pattern: text.clone(), why: error.msg.to_owned() };
        Pattern::new(text).map_err(bad)
    };
    texts.iter().map(pattern).collect()
}

#[cfg(test)]
mod tests {
    use opensync_core::{SessionId, text};

    use super::*;

    fn takes(choice: &Choice, source: &str, path: Option<&str>) -> bool {
        choice.takes(&Candidate {
            id: SessionId::from_stored("x".to_owned()),
            revision: 1,
            source: source.to_owned(),
            project_path: path.map(str::to_owned),
            project_name: path.and_then(text::project_name).map(str::to_owned),
        })
    }

    fn choice(sources: &[&str], projects: &[&str], excluded: &[&str]) -> Choice {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Choice::new(owned(sources), &owned(projects), &owned(excluded)).unwrap()
    }

    #[test]
    fn projects_match_by_folder_or_name() {
        let shop = Some("/home/ana/work/shop");
        for (projects, excluded, expected) in [
            (&[][..], &[][..], true),
            (&["shop"], &[], true),
            (&["sh?p"], &[], true),
            (&["/home/ana/work/*"], &[], true),
            (&["/home/*"], &[], true),
            (&["web", "sho*"], &[], true),
            (&["work"], &[], false),
            (&["Shop"], &[], false),
            (&[], &["shop"], false),
            (&["/home/*"], &["*/work/*"], false),
            (&[], &["web"], true),
        ] {
            assert_eq!(takes(&choice(&[], projects, excluded), "pi", shop), expected, "{projects:?} {excluded:?}");
        }
        assert!(takes(&choice(&[], &["shop"], &[]), "pi", Some("C:\\work\\shop")));
    }

    #[test]
    fn a_session_without_a_project_is_of_none() {
        assert!(takes(&choice(&[], &[], &["*"]), "pi", None));
        assert!(!takes(&choice(&[], &["*"], &[]), "pi", None));
    }

    #[test]
    fn sources_are_taken_by_their_ids() {
        let one = choice(&["pi", "other"], &[], &[]);
        assert!(takes(&one, "pi", None) && !takes(&one, "third", None));
    }

    #[test]
    fn what_is_no_pattern_is_named() {
        let error = Choice::new(Vec::new(), &["a[".to_owned()], &[]).unwrap_err().to_string();
        assert!(error.contains("`a[`"), "{error}");
    }
}
