//! Plugins that agents run and that send sessions to a server while they happen.

use serde_json::Value;

/// A plugin of an agent, and how it is told where the server is. What is said here was seen in the plugin's own
/// code, or is named as known from its documents only.
#[derive(Debug)]
pub struct Plugin {
    /// Name of its package.
    pub name: &'static str,
    /// The command that installs it; empty where its own page must be asked.
    pub install: &'static str,
    /// Variables that hold the address and the key, where it reads any. They count when both are set.
    pub env: Option<[&'static str; 2]>,
    /// Its configuration file, below the home directory: JSON with `convexUrl` and `apiKey`.
    pub file: &'static str,
    /// What must stand in that file besides, as it is written there.
    pub members: &'static str,
    /// What asks for the address and the key, and what it wants to see behind the address.
    pub login: Option<(&'static str, &'static str)>,
    /// What makes the agent run it: what to do, and the command or the text.
    pub enable: Option<(&'static str, &'static str)>,
    /// What else should be known; may be empty.
    pub note: &'static str,
}

impl Plugin {
    /// The lines of a shell that set its variables; `None` where it has none.
    pub fn env_lines(&self, address: &str, key: &str) -> Option<String> {
        let [url, secret] = self.env?;
        Some(format!("export {url}={}\nexport {secret}={}", quoted(address), quoted(key)))
    }

    /// The lines of a shell that write its configuration file, for its owner alone.
    pub fn file_lines(&self, address: &str, key: &str) -> String {
        let folder = self.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let (address, key) = (Value::from(address), Value::from(key));
        let gap = if self.members.is_empty() { "" } else { "," };
        let json = format!("{{\"convexUrl\":{address},\"apiKey\":{key}{gap}{}}}", self.members);
        format!("(umask 077\nmkdir -p ~/{folder}\nprintf '%s\\n' {} > ~/{})", quoted(&json), self.file)
    }

    /// What its login is told as the address; `None` where it has no login.
    pub fn login_address(&self, address: &str) -> Option<String> {
        self.login.map(|(_, behind)| format!("{address}{behind}"))
    }
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::KNOWN;

    const ADDRESS: &str = "http://127.0.0.1:6796";

    /// What a shell prints that runs `lines` in a home directory of its own and then `last`.
    fn ran(lines: &str, last: &str) -> String {
        let home = tempfile::tempdir().unwrap();
        let done = Command::new("sh").arg("-c").arg(format!("{lines}\n{last}")).env("HOME", home.path()).output();
        let done = done.unwrap();
        assert!(done.status.success(), "{lines}: {done:?}");
        String::from_utf8(done.stdout).unwrap()
    }

    fn plugins() -> impl Iterator<Item = &'static Plugin> {
        KNOWN.iter().filter_map(|about| about.plugin.as_ref())
    }

    #[test]
    fn a_shell_writes_the_configuration_file_of_every_plugin() {
        assert_eq!(plugins().count(), 6);
        for plugin in plugins() {
            let lines = plugin.file_lines(ADDRESS, "osk_it's \"odd\" $HOME");
            let json: Value = serde_json::from_str(&ran(&lines, &format!("cat ~/{}", plugin.file))).unwrap();
            assert_eq!(json["convexUrl"], ADDRESS, "{}", plugin.name);
            assert_eq!(json["apiKey"], "osk_it's \"odd\" $HOME", "{}", plugin.name);
            let mode = ran(&lines, &format!("ls -l ~/{}", plugin.file));
            assert!(mode.starts_with("-rw-------"), "{mode}");
        }
    }

    #[test]
    fn a_shell_sets_the_variables_of_a_plugin_that_reads_some() {
        for plugin in plugins() {
            let Some([url, key]) = plugin.env else { continue };
            let lines = plugin.env_lines(ADDRESS, "osk_x'y").unwrap();
            let said = ran(&lines, &format!("sh -c 'echo \"${url} ${key}\"'"));
            assert_eq!(said, format!("{ADDRESS} osk_x'y\n"), "{}", plugin.name);
        }
    }
}
