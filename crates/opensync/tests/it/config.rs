//! Settings: where each is from, and that no password is shown.

use std::fs;
use std::path::PathBuf;

use crate::support::{Ended, Machine, failed, succeeded};

/// Writes the configuration file where it is looked for.
fn configured(text: &str) -> (Machine, PathBuf) {
    let machine = Machine::new();
    let folder = machine.path("user/.config/opensync");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("config.toml");
    fs::write(&file, text).unwrap();
    (machine, file)
}

fn config(machine: &Machine) -> Ended {
    machine.bare(&["config"]).output().unwrap().into()
}

/// The line about a setting.
fn line<'a>(text: &'a str, name: &str) -> &'a str {
    text.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap_or_else(|| panic!("{name}: {text}"))
}

#[test]
fn every_setting_says_where_it_is_from() {
    let (machine, file) = configured("listen = \"127.0.0.1:7001\"\nhome = \"/srv/home\"\nlog-json = true\n");
    let mut command = machine.bare(&["config", "--data-dir", "/srv/data"]);
    command.env("OPENSYNC_HOME", "/srv/other");
    let text = succeeded(command.output().unwrap().into());
    for (name, value, origin) in [
        ("listen", "127.0.0.1:7001", &*file.to_string_lossy()),
        ("data-dir", "/srv/data", "--data-dir"),
        ("home", "/srv/other", "OPENSYNC_HOME"),
        ("log-json", "true", &*file.to_string_lossy()),
        ("database", "none", "default"),
        ("file", &*file.to_string_lossy(), ""),
    ] {
        let line = line(&text, name);
        assert!(line.contains(value) && line.contains(origin), "{line}");
    }
}

#[test]
fn without_any_setting_everything_has_a_default_below_the_home_directory() {
    let machine = Machine::new();
    let text = succeeded(config(&machine));
    assert!(line(&text, "listen").contains("127.0.0.1:6796"));
    for (name, path) in [("home", "user"), ("data-dir", "user/.local/share/opensync")] {
        let line = line(&text, name);
        assert!(line.contains(&*machine.path(path).to_string_lossy()) && line.contains("default"), "{line}");
    }
    assert!(line(&text, "file").contains("not there"));
}

#[test]
fn where_sessions_are_pushed_to_is_shown_without_the_key() {
    let text =
        "push-to = \"https://me:s3cret@sessions.example/\"\npush-key = \"osk_s3cret\"\nmachine = \"ana's laptop\"\n";
    let (machine, file) = configured(text);
    let text = succeeded(config(&machine));
    assert!(!text.contains("s3cret"), "{text}");
    for (name, value) in [("push-to", "sessions.example"), ("push-key", "***"), ("machine", "ana's laptop")] {
        let line = line(&text, name);
        assert!(line.contains(value) && line.contains(&*file.to_string_lossy()), "{line}");
    }
    let (machine, _) = configured("");
    assert!(line(&succeeded(config(&machine)), "machine").contains("name of this machine"));
}

#[test]
fn no_password_is_ever_shown() {
    let urls = [
        "postgres://me:s3cret@127.0.0.1:1/x",
        "postgres://me:a/s3cret@127.0.0.1:1/x",
        "postgres://me:a?s3cret@127.0.0.1:1/x",
        "postgres://127.0.0.1:1/x?password=a@s3cret",
        "postgres://127.0.0.1/x?password=s3cret",
        "host=127.0.0.1 password=s3cret",
        "mysql://me:s3cret@127.0.0.1:1/x",
    ];
    for url in urls {
        let (machine, file) = configured(&format!("database = \"{url}\"\n"));
        let text = succeeded(config(&machine));
        let line = line(&text, "database");
        assert!(!text.contains("s3cret") && line.contains("***") | line.contains("127.0.0.1/x"), "{line}");
        assert!(line.contains(&*file.to_string_lossy()), "{line}");
    }
    for url in ["postgres://me:s3cret@127.0.0.1:1/x?sslmode=bogus", "mysql://me:s3cret@127.0.0.1:1/x"] {
        let machine = Machine::new();
        let message = failed(machine.run(&["doctor", "--database", url]));
        assert!(!message.contains("s3cret") && message.contains("--database"), "{message}");
    }
}

#[test]
fn a_file_that_is_no_toml_is_named_with_the_line_and_without_its_content() {
    let (machine, file) = configured("listen = \"127.0.0.1:0\"\ndatabase = \"postgres://me:s3cret@db/x\n");
    let message = failed(config(&machine));
    assert!(message.contains(&*file.to_string_lossy()) && message.contains("line 2"), "{message}");
    assert!(!message.contains("s3cret"), "{message}");
}

#[test]
fn a_setting_nobody_knows_names_the_nearest() {
    for (wrong, nearest) in [
        ("lissten", "listen"),
        ("data_dir", "data-dir"),
        ("databse", "database"),
        ("log_json", "log-json"),
        ("homes", "home"),
    ] {
        let (machine, file) = configured(&format!("{wrong} = \"x\"\n"));
        let message = failed(config(&machine));
        assert!(message.contains(&format!("`{wrong}`")), "{message}");
        assert!(message.contains(&format!("Did you mean `{nearest}`?")), "{message}");
        assert!(message.contains(&*file.to_string_lossy()), "{message}");
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_refused() {
    let (machine, _) = configured("listen = 6796\n");
    assert!(failed(config(&machine)).contains("`listen`"));
    let (machine, _) = configured("log-json = \"perhaps\"\n");
    assert!(failed(config(&machine)).contains("true or false"));
    let mut command = Machine::new().bare(&["config", "--config", "/nowhere/config.toml"]);
    assert!(failed(command.output().unwrap().into()).contains("/nowhere/config.toml"));
}

#[test]
fn limits_are_numbers_and_none_unless_they_are_set() {
    let (machine, file) = configured("api-limit = 60\nsync-limit = \"0\"\n");
    let text = succeeded(config(&machine));
    assert!(line(&text, "api-limit").contains("60 a minute") && text.contains(&*file.to_string_lossy()), "{text}");
    assert!(line(&text, "sync-limit").contains("none"), "{text}");
    let text = succeeded(config(&Machine::new()));
    for name in ["api-limit", "sync-limit"] {
        assert!(line(&text, name).contains("none") && line(&text, name).contains("default"), "{text}");
    }
    for wrong in ["-1", "\"many\"", "true", "99999999999"] {
        let (machine, _) = configured(&format!("api-limit = {wrong}\n"));
        let message = failed(config(&machine));
        assert!(message.contains("api-limit") && message.contains("a minute"), "{message}");
    }
}

#[test]
fn the_file_and_the_environment_reach_the_commands() {
    let (machine, _) = configured("home = \"/nowhere\"\n");
    let mut command = machine.bare(&["import"]);
    let message = failed(command.output().unwrap().into());
    assert!(message.contains("/nowhere") && message.contains("config.toml"), "{message}");
    let mut command = machine.bare(&["import", "--json"]);
    command.env("OPENSYNC_HOME", machine.home()).env("OPENSYNC_DATA_DIR", machine.path("elsewhere"));
    succeeded(command.output().unwrap().into());
    assert!(machine.path("elsewhere/archive.db").exists());
}
