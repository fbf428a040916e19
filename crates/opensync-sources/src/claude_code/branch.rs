//! The tree that `parentUuid` forms, and which part of it the user left.
//!
//! Editing a prompt and rewinding give one record several children. So do parallel tool calls
//! (a call's result and the next block of the same response) and progress notes. Only the
//! first kind is a branch: two children that lead to different prompts or different responses.
//! Whatever is unclear counts as on the path, because hiding a message is worse than showing one
//! too many.

use std::collections::HashMap;
use std::ops::Range;

/// What a record means for branching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text a person typed.
    Prompt,
    /// Part of a response, with its number in the session.
    Response(usize),
    /// Anything else.
    Other,
}

#[derive(Debug, Clone)]
struct Node {
    parent: Option<Box<str>>,
    logical_parent: Option<Box<str>>,
    kind: Kind,
    messages: Range<usize>,
}

/// All records of a session that have a `uuid`.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    ids: HashMap<Box<str>, usize>,
    tip: Option<usize>,
    /// Whether the hint below is newer than the tip.
    hinted: bool,
    hint: Option<Box<str>>,
}

impl Tree {
    /// Whether a record with this `uuid` was added.
    pub(super) fn contains(&self, uuid: &str) -> bool {
        self.ids.contains_key(uuid)
    }

    /// What the record with this `uuid` became.
    pub(super) fn messages(&self, uuid: &str) -> Option<Range<usize>> {
        Some(self.nodes[*self.ids.get(uuid)?].messages.clone())
    }

    /// Adds a record; the first of two with the same `uuid` stays. `messages` is what it became.
    pub(super) fn add(
        &mut self,
        uuid: &str,
        (parent, logical_parent): (Option<&str>, Option<&str>),
        kind: Kind,
        messages: Range<usize>,
    ) {
        let node = self.nodes.len();
        if *self.ids.entry(uuid.into()).or_insert(node) != node {
            return;
        }
        let boxed = |id: Option<&str>| id.filter(|id| *id != uuid).map(Into::into);
        if !messages.is_empty() {
            self.tip = Some(node);
            self.hinted = false;
        }
        self.nodes.push(Node { parent: boxed(parent), logical_parent: boxed(logical_parent), kind, messages });
    }

    /// About how many bytes of memory it takes.
    pub(super) fn weight(&self) -> u64 {
        self.nodes.len() as u64 * 300
    }

    /// Notes what the client says is the newest record.
    pub(super) fn hint(&mut self, leaf: &str) {
        self.hint = Some(leaf.into());
        self.hinted = true;
    }

    /// For each of `messages`, whether all its records are on branches the user left.
    pub(super) fn off_path(&self, messages: usize) -> Vec<bool> {
        let off = self.off_path_nodes();
        let (mut left, mut kept) = (vec![false; messages], vec![false; messages]);
        for (node, off) in self.nodes.iter().zip(off) {
            let side = if off { &mut left } else { &mut kept };
            if let Some(marks) = side.get_mut(node.messages.clone()) {
                marks.fill(true);
            }
        }
        for (left, kept) in left.iter_mut().zip(kept) {
            *left &= !kept;
        }
        left
    }

    fn off_path_nodes(&self) -> Vec<bool> {
        let mut off = vec![false; self.nodes.len()];
        let find = |id: &Option<Box<str>>| id.as_deref().and_then(|id| self.ids.get(id)).copied();
        let hint = if self.hinted { find(&self.hint) } else { None };
        let Some(leaf) = hint.or(self.tip) else { return off };

        let mut children = vec![Vec::new(); self.nodes.len()];
        for (number, node) in self.nodes.iter().enumerate() {
            if let Some(parent) = find(&node.parent) {
                children[parent].push(number);
            }
        }

        // From the leaf to the root; a compaction continues at its logical parent.
        let mut on = vec![false; self.nodes.len()];
        let mut next = vec![None; self.nodes.len()];
        let mut path = Vec::new();
        let mut at = Some(leaf);
        while let Some(node) = at.filter(|&node| !on[node]) {
            on[node] = true;
            path.push(node);
            let parent = find(&self.nodes[node].parent);
            if let Some(parent) = parent.filter(|&parent| !on[parent]) {
                next[parent] = Some(node);
            }
            at = parent.or_else(|| find(&self.nodes[node].logical_parent));
        }

        for node in path {
            let Some(child) = next[node] else { continue };
            if children[node].len() < 2 {
                continue;
            }
            let here = self.nodes[node].kind;
            let Some(taken) = self.start_on_path(child, &next, here) else { continue };
            for &other in children[node].iter().filter(|&&other| !on[other]) {
                if self.competes(other, &children, &on, taken, here) {
                    let mut open = vec![other];
                    while let Some(node) = open.pop() {
                        if !on[node] && !off[node] {
                            off[node] = true;
                            open.extend(&children[node]);
                        }
                    }
                }
            }
        }
        off
    }

    /// The first prompt or response from `child` down the path, other than that of the branching
    /// record itself.
    fn start_on_path(&self, child: usize, next: &[Option<usize>], here: Kind) -> Option<Kind> {
        let mut at = Some(child);
        while let Some(node) = at {
            let kind = self.nodes[node].kind;
            if kind != Kind::Other && (kind == Kind::Prompt || kind != here) {
                return Some(kind);
            }
            at = next[node];
        }
        None
    }

    /// Whether the branch at `other` starts a prompt (or a response) in place of the one `taken`.
    fn competes(&self, other: usize, children: &[Vec<usize>], on: &[bool], taken: Kind, here: Kind) -> bool {
        let mut seen = vec![other];
        let mut next = 0;
        while let Some(&node) = seen.get(next) {
            next += 1;
            if on[node] || seen.len() > self.nodes.len() {
                continue;
            }
            match (self.nodes[node].kind, taken) {
                (Kind::Prompt, Kind::Prompt) => return true,
                (Kind::Response(one), Kind::Response(two)) if one != two && self.nodes[node].kind != here => {
                    return true;
                }
                (Kind::Prompt, _) => {}
                (kind @ Kind::Response(_), _) if kind != here => {}
                _ => seen.extend(&children[node]),
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds `(uuid, parent, kind)` rows, one message each, and returns the uuids off the path.
    fn off<'a>(rows: &[(&'a str, &str, Kind)], hint: Option<&str>) -> Vec<&'a str> {
        let mut tree = Tree::default();
        for (number, (uuid, parent, kind)) in rows.iter().enumerate() {
            tree.add(uuid, (Some(parent).filter(|p| !p.is_empty()).copied(), None), *kind, number..number + 1);
        }
        if let Some(hint) = hint {
            tree.hint(hint);
        }
        let off = tree.off_path(rows.len());
        rows.iter().zip(off).filter(|(_, off)| *off).map(|(row, _)| row.0).collect()
    }

    use Kind::{Other, Prompt, Response};

    #[test]
    fn an_edited_prompt_leaves_the_first_one_and_its_answer() {
        let rows = [
            ("u1", "", Prompt),
            ("a1", "u1", Response(0)),
            ("u2", "a1", Prompt),
            ("a2", "u2", Response(1)),
            ("n", "a1", Other),
            ("u3", "n", Prompt),
            ("a3", "u3", Response(2)),
        ];
        assert_eq!(off(&rows, None), ["u2", "a2"]);
        assert_eq!(off(&rows, Some("a2")), ["n", "u3", "a3"]);
        assert_eq!(off(&rows, Some("elsewhere")), ["u2", "a2"]);
    }

    #[test]
    fn parallel_calls_and_progress_are_no_branches() {
        let rows = [
            ("u1", "", Prompt),
            ("a1", "u1", Response(0)),
            ("r1", "a1", Other),
            ("a1b", "a1", Response(0)),
            ("p", "a1b", Other),
            ("r2", "a1b", Other),
            ("a2", "r2", Response(1)),
        ];
        assert!(off(&rows, None).is_empty());
    }

    #[test]
    fn a_retried_response_leaves_the_first_one() {
        let rows = [("u1", "", Prompt), ("a1", "u1", Response(0)), ("a2", "u1", Response(1))];
        assert_eq!(off(&rows, None), ["a1"]);
    }

    #[test]
    fn several_roots_and_circles_are_on_the_path() {
        let rows = [("u1", "", Prompt), ("a1", "u1", Response(0)), ("u2", "", Prompt), ("a2", "u2", Response(1))];
        assert!(off(&rows, None).is_empty());
        let rows = [("x", "y", Prompt), ("y", "x", Response(0)), ("z", "x", Response(1))];
        off(&rows, None);
    }
}
