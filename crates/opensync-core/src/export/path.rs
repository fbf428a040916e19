//! Takes the names of people out of paths.

use std::borrow::Cow;

/// What stands before a name: in paths of all systems, and where an agent made one name of a path.
const BEFORE: [&str; 7] = ["/Users/", "/home/", "/-Users-", "/-home-", ":\\Users\\", ":\\\\Users\\\\", ":/Users/"];

/// `/home/ana/shop` as `/home/user/shop`, and the same below `/Users` and `C:\Users`.
pub fn anonymous(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = next(rest) {
        let (before, name) = rest.split_at(at);
        // In a path that became a name, its parts end at hyphens.
        let folded = before.ends_with('-');
        let ends =
            |c: char| c.is_whitespace() || c.is_control() || "/\\\"'`<>:;,)]}|".contains(c) || (folded && c == '-');
        let length = name.find(ends).unwrap_or(name.len());
        out.push_str(before);
        if length > 0 {
            out.push_str("user");
        }
        rest = &name[length..];
    }
    if out.is_empty() {
        return Cow::Borrowed(text);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Where the next name begins.
fn next(text: &str) -> Option<usize> {
    BEFORE.iter().filter_map(|before| text.find(before).map(|at| at + before.len())).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_home_folders_go() {
        for (path, wanted) in [
            ("/home/ana/shop", "/home/user/shop"),
            ("cd /Users/ana.b && ls /home/bo", "cd /Users/user && ls /home/user"),
            (r"C:\Users\Ana B\x", r"C:\Users\user B\x"),
            (r#"{"p":"D:\\Users\\ana\\x"}"#, r#"{"p":"D:\\Users\\user\\x"}"#),
            ("C:/Users/ana/x", "C:/Users/user/x"),
            ("/home/ana/.claude/projects/-home-ana-my-shop/x", "/home/user/.claude/projects/-home-user-my-shop/x"),
            ("\"/home/ana\"", "\"/home/user\""),
            ("/Users/<name>/ and /home/", "/Users/<name>/ and /home/"),
            ("/homes/ana take-home-pay", "/homes/ana take-home-pay"),
            ("/home/语言/x/home/ü", "/home/user/x/home/user"),
        ] {
            assert_eq!(anonymous(path), wanted);
            assert_eq!(anonymous(wanted), wanted, "once is enough");
        }
    }
}
