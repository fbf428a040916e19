//! The running server: what it prints, whom it answers, and how it ends.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use crate::support::{Machine, Server, failed, get_at, real_sessions};

#[test]
fn one_line_says_the_real_address_and_nothing_follows() {
    let machine = Machine::with_real_sessions();
    let server = machine.serve(&[]);
    let port: u16 = server.address.strip_prefix("127.0.0.1:").unwrap().parse().unwrap();
    assert_ne!(port, 0);
    assert_eq!(server.line, format!("OpenSync is running at http://127.0.0.1:{port}\n"));
    server.imported(real_sessions());
    assert_eq!(server.get("/health", None).json()["status"], "ok");
    assert!(server.get("/sessions", None).body.contains(" sessions"));
    server.signal("INT");
    let (status, rest, remarks) = server.ended();
    assert_eq!((status.code(), rest.as_str()), (Some(0), ""));
    assert!(remarks.contains(&format!("{} new or changed sessions imported", real_sessions())), "{remarks}");
}

#[test]
fn a_signal_right_after_the_address_is_known_ends_it_cleanly() {
    let machine = Machine::new();
    for name in ["INT", "TERM"] {
        for _ in 0..5 {
            let server = machine.serve(&["--no-import"]);
            server.signal(name);
            let (status, rest, remarks) = server.ended();
            assert_eq!((status.code(), rest.as_str(), remarks.as_str()), (Some(0), "", ""), "{name}");
        }
    }
    assert_eq!(machine.archive().len(), 1, "the log of the database was taken in");
}

#[test]
fn open_connections_do_not_keep_it_from_ending() {
    let machine = Machine::new();
    let server = machine.serve(&["--no-import"]);
    let connect = |server: &Server, text: &str| {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    };
    let silent = connect(&server, "");
    let idle = connect(&server, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let half = connect(&server, "GET /sessions HTTP/1.1\r\nHo");
    // Answered after the others arrived.
    assert_eq!(server.get("/health", None).status, 200);
    server.signal("TERM");
    let (status, ..) = server.ended();
    assert_eq!(status.code(), Some(0));
    drop((silent, idle, half));
}

#[test]
fn without_import_nothing_is_read() {
    let machine = Machine::with_real_sessions();
    let server = machine.serve(&["--no-import"]);
    let key = machine.key();
    assert_eq!(server.sessions(&key, ""), Vec::<Value>::new());
    let progress = server.get("/import/progress", None).json();
    assert_eq!((&progress["running"], &progress["filesTotal"]), (&false.into(), &0.into()));
}

#[test]
fn a_key_made_while_it_runs_opens_the_api_and_nothing_else_does() {
    let machine = Machine::with_real_sessions();
    let server = machine.serve(&[]);
    server.imported(real_sessions());
    let answer = server.get("/api/sessions", None);
    assert_eq!(answer.status, 401);
    let error: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(error["error"]["code"], "UNAUTHORIZED");
    assert!(answer.head.contains("access-control-allow-origin: *"));
    assert_eq!(server.get("/api/sessions", Some("osk_00000000000000000000000000000000")).status, 401);
    assert_eq!(server.get("/api/sessions", Some(&machine.key())).json()["total"], real_sessions());
}

#[test]
fn an_address_other_machines_can_reach_is_refused_with_the_reason() {
    let machine = Machine::new();
    for address in ["0.0.0.0:0", "[::]:0", "192.168.1.20:6796"] {
        let message = failed(machine.run(&["serve", "--no-open", "--listen", address]));
        assert!(message.contains("Refusing to listen") && message.contains("other machines"), "{message}");
        assert!(message.contains("127.0.0.1"), "what to do instead: {message}");
    }
    let message = failed(machine.run(&["serve", "--no-open", "--listen", "everywhere"]));
    assert!(message.contains("everywhere") && message.contains("--listen"), "{message}");
}

#[test]
fn a_port_in_use_is_explained() {
    let machine = Machine::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let message = failed(machine.run(&["serve", "--no-open", "--listen", &address]));
    assert!(message.contains(&address) && message.contains("--listen 127.0.0.1:0"), "{message}");
    assert!(message.contains("running already"), "{message}");
}

#[test]
fn serving_is_what_it_does_without_a_command() {
    let machine = Machine::new();
    let mut command = machine.bare(&["--listen", "0.0.0.0:1"]);
    let message = failed(command.output().unwrap().into());
    assert!(message.contains("Refusing to listen on 0.0.0.0:1"), "{message}");
}

#[test]
fn serving_needs_no_word_for_it() {
    let machine = Machine::with_real_sessions();
    for arguments in [&["--no-open", "--no-import"][..], &["--no-import", "serve", "--no-open"]] {
        let mut command = machine.command(&[arguments, &["--listen", "127.0.0.1:0"]].concat());
        let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(line.starts_with("OpenSync is running at http://127.0.0.1:"), "{line}");
    }
}

#[test]
fn pages_hear_what_another_process_wrote() {
    let machine = Machine::with_real_sessions();
    let server = machine.serve(&["--no-import"]);
    let mut events = server.listen("/events");
    machine.import(&["--source", "pi"]);
    let event = events.find(|line| line.starts_with("data: ")).unwrap();
    let told: Value = serde_json::from_str(event.trim_start_matches("data: ")).unwrap();
    let id = told["sessions"][0].as_str().unwrap();
    assert!(server.get(&format!("/sessions/{id}"), None).head.starts_with("http/1.1 200"), "{told}");
}

#[test]
fn another_address_answers_what_has_a_key_or_is_public_and_shows_nothing_else() {
    let machine = Machine::with_real_sessions();
    machine.import(&["--source", "pi"]);
    let key = machine.key();
    let server = machine.serve(&["--no-import", "--open-listen", "127.0.0.1:0"]);
    let line = server.remarked("http://");
    let open = line.rsplit_once("http://").unwrap().1.trim_end_matches('/').to_owned();
    let sessions = get_at(&open, "/api/sessions", Some(&key)).json();
    let id = sessions["sessions"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(get_at(&open, "//sync/sessions/list", Some(&key)).json()["sessionIds"].as_array().unwrap().len(), 7);
    assert_eq!(get_at(&open, "/health", None).status, 200);
    assert_eq!(get_at(&open, "/api/sessions", None).status, 401);
    for path in
        ["/", "/sessions", "/settings", "/events", "/evals", "/import/progress", "/palette", &format!("/sessions/{id}")]
    {
        let answer = get_at(&open, path, Some(&key));
        assert_eq!((answer.status, answer.body.len() < 200), (404, true), "{path}: {}", answer.body);
    }
    assert_eq!(get_at(&server.address, "/sessions", None).status, 421, "pages answer to known names alone");
}

#[test]
fn who_sends_too_much_reads_why_it_is_refused() {
    let machine = Machine::new();
    let key = machine.key();
    let server = machine.serve(&["--no-import"]);
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let (some, times) = (vec![b'x'; 1 << 20], 40);
    let head = format!("Host: {}\r\nAuthorization: Bearer {key}\r\nConnection: close", server.address);
    write!(stream, "POST /sync/session HTTP/1.1\r\n{head}\r\nContent-Length: {}\r\n\r\n", times * some.len()).unwrap();
    for _ in 0..times {
        stream.write_all(&some).unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("PAYLOAD_TOO_LARGE"), "{answer}");
}
