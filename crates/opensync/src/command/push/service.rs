//! The text of a user service that pushes.

use std::path::Path;

/// What systemd and launchd call it.
pub const UNIT: &str = "opensync-push.service";
pub const LABEL: &str = "dev.opensync.push";

/// What the service runs.
#[derive(Debug, Clone)]
pub struct Service {
    pub program: String,
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
}

impl Service {
    /// A unit of systemd.
    pub fn systemd(&self) -> String {
        let mut command = quoted(&self.program);
        for argument in &self.arguments {
            // In arguments a dollar begins a variable.
            command.push(' ');
            command.push_str(&quoted(argument).replace('$', "$$"));
        }
        let environment: String = self
            .environment
            .iter()
            .map(|(name, value)| format!("Environment={}\n", quoted(&format!("{name}={value}"))))
            .collect();
        format!(
            "[Unit]\nDescription=OpenSync: send new sessions to the server\n\n\
             [Service]\nExecStart={command}\n{environment}Restart=on-failure\nRestartSec=60\n\n\
             [Install]\nWantedBy=default.target\n"
        )
    }

    /// A property list of launchd.
    pub fn launchd(&self, log: &Path) -> String {
        let string = |text: &str| format!("<string>{}</string>", escaped(text));
        let arguments: String = std::iter::once(&self.program)
            .chain(&self.arguments)
            .map(|argument| format!("    {}\n", string(argument)))
            .collect();
        let variables: String = self
            .environment
            .iter()
            .map(|(name, value)| format!("    <key>{}</key>\n    {}\n", escaped(name), string(value)))
            .collect();
        let environment = if variables.is_empty() {
            String::new()
        } else {
            format!("  <key>EnvironmentVariables</key>\n  <dict>\n{variables}  </dict>\n")
        };
        let log = string(&log.to_string_lossy());
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
             <plist version=\"1.0\">\n<dict>\n  <key>Label</key>\n  <string>{LABEL}</string>\n\
             \x20 <key>ProgramArguments</key>\n  <array>\n{arguments}  </array>\n{environment}\
             \x20 <key>RunAtLoad</key>\n  <true/>\n\
             \x20 <key>KeepAlive</key>\n  <dict>\n    <key>SuccessfulExit</key>\n    <false/>\n  </dict>\n\
             \x20 <key>ThrottleInterval</key>\n  <integer>60</integer>\n\
             \x20 <key>ProcessType</key>\n  <string>Background</string>\n\
             \x20 <key>StandardOutPath</key>\n  {log}\n  <key>StandardErrorPath</key>\n  {log}\n</dict>\n</plist>\n"
        )
    }
}

/// A word of a unit: percent signs would name things of systemd.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '%' => out.push_str("%%"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service() -> Service {
        let arguments = ["push", "--watch", "--to", "https://x/?a", "--project", "web $HOME %h \"a\\b\" <&>"];
        Service {
            program: "/opt/my tools/open$ync".to_owned(),
            arguments: arguments.map(str::to_owned).to_vec(),
            environment: vec![("CODEX_HOME".to_owned(), "/srv/50%/$x & y".to_owned())],
        }
    }

    #[test]
    fn a_unit_runs_what_was_said_word_by_word() {
        let unit = service().systemd();
        let line = |name: &str| unit.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
        assert_eq!(
            line("ExecStart="),
            r#"ExecStart="/opt/my tools/open$ync" "push" "--watch" "--to" "https://x/?a" "--project" "web $$HOME %%h \"a\\b\" <&>""#
        );
        assert_eq!(line("Environment="), r#"Environment="CODEX_HOME=/srv/50%%/$x & y""#);
        assert_eq!(line("WantedBy="), "WantedBy=default.target");
        assert_eq!(quoted("a\nb\tc"), "\"a\\nb\\tc\"");
    }

    #[test]
    fn a_property_list_runs_what_was_said_word_by_word() {
        let list = service().launchd(Path::new("/Users/a&b/log"));
        for line in [
            "    <string>/opt/my tools/open$ync</string>\n    <string>push</string>\n",
            "    <string>web $HOME %h \"a\\b\" &lt;&amp;&gt;</string>\n  </array>\n",
            "    <key>CODEX_HOME</key>\n    <string>/srv/50%/$x &amp; y</string>\n",
            "  <key>StandardErrorPath</key>\n  <string>/Users/a&amp;b/log</string>\n",
            "  <key>RunAtLoad</key>\n  <true/>\n",
        ] {
            assert!(list.contains(line), "{line}\n{list}");
        }
        let none = Service { environment: Vec::new(), ..service() }.launchd(Path::new("/log"));
        assert!(!none.contains("EnvironmentVariables"));
    }
}
