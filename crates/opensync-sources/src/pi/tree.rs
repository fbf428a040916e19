//! The tree that `parentId` forms. The user is on the branch of the last entry in the file.

use std::collections::HashMap;
use std::ops::Range;

use super::record::Parent;

#[derive(Clone)]
struct Node {
    parent: Parent,
    at: Option<i64>,
    messages: Range<usize>,
}

/// All entries of a session, those that show nothing included.
#[derive(Clone, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    ids: HashMap<Box<str>, usize>,
}

impl Tree {
    /// Whether an entry with this id and moment is there already.
    pub(super) fn contains(&self, id: &str, at: Option<i64>) -> bool {
        self.ids.get(id).is_some_and(|&node| self.nodes[node].at == at)
    }

    /// Adds an entry; `messages` is what it became. Of two with the same id the first is meant.
    pub(super) fn add(&mut self, id: Option<&str>, parent: Parent, at: Option<i64>, messages: Range<usize>) {
        if let Some(id) = id {
            self.ids.entry(id.into()).or_insert(self.nodes.len());
        }
        self.nodes.push(Node { parent, at, messages });
    }

    /// For each of `messages`, whether it is on a branch the user left.
    pub(super) fn off_path(&self, messages: usize) -> Vec<bool> {
        let mut off = vec![true; messages];
        let mut seen = vec![false; self.nodes.len()];
        let mut next = self.nodes.len().checked_sub(1);
        while let Some(node) = next {
            if std::mem::replace(&mut seen[node], true) {
                break;
            }
            let Node { parent, messages, .. } = &self.nodes[node];
            if let Some(shown) = off.get_mut(messages.clone()) {
                shown.fill(false);
            }
            next = match parent {
                Parent::Root => None,
                Parent::Before => node.checked_sub(1),
                // An entry whose parent was lost (a damaged line, a label that a fork left behind)
                // continues the one before it: a file is only appended to.
                Parent::Entry(id) => self.ids.get(id).copied().filter(|parent| *parent != node).or(node.checked_sub(1)),
            };
        }
        off
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds `(id, parent)` entries, one message each, and returns the ids off the path. `-` is no
    /// parent, nothing a parent nobody recorded.
    fn off<'a>(entries: &[(&'a str, &str)]) -> Vec<&'a str> {
        let mut tree = Tree::default();
        for (number, (id, parent)) in entries.iter().enumerate() {
            let parent = match *parent {
                "" => Parent::Before,
                "-" => Parent::Root,
                id => Parent::Entry(id.into()),
            };
            tree.add(Some(id), parent, None, number..number + 1);
        }
        let off = tree.off_path(entries.len());
        entries.iter().zip(off).filter(|(_, off)| *off).map(|(entry, _)| entry.0).collect()
    }

    #[test]
    fn the_branch_of_the_last_entry_is_shown() {
        let entries = [("a", "-"), ("b", "a"), ("c", "b"), ("d", "a"), ("e", "d")];
        assert_eq!(off(&entries), ["b", "c"]);
        assert_eq!(off(&entries[..3]), [""; 0]);
        assert_eq!(off(&[("a", "-"), ("b", "a"), ("c", "-")]), ["a", "b"]);
        assert_eq!(off(&[("a", ""), ("b", ""), ("c", "")]), [""; 0]);
    }

    #[test]
    fn an_entry_without_its_parent_continues_the_one_before() {
        assert_eq!(off(&[("a", "-"), ("b", "a"), ("c", "lost"), ("d", "c")]), [""; 0]);
    }

    #[test]
    fn circles_end() {
        off(&[("a", "b"), ("b", "a"), ("c", "c")]);
        assert_eq!(off(&[]), [""; 0]);
    }
}
