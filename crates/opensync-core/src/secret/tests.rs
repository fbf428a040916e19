use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

const ALNUM: &str = "a8Kd03jfL2mQp9Zx7Rt5Vw1Bn6Yc4Hs0Gq3Ue8Io2PaSdFgHjKlZx5Cv9Bn7M1q3W5e7R9t2Y4u6I8o0P";
const HEX: &str = "9f8a7c6b5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c";

/// A text in which something is to be found, and what: beginnings are apart from the rest, so that no
/// scanner takes this file for a leak.
fn shapes() -> Vec<(&'static str, String, String)> {
    let alone = |kind, secret: String| (kind, format!("I used {secret} for it"), secret);
    let within =
        |kind, before: &str, secret: &str, after: &str| (kind, format!("{before}{secret}{after}"), secret.to_owned());
    let hex = |n: usize| &HEX[..n];
    let any = |n: usize| &ALNUM[..n];
    vec![
        alone("AWS access key", format!("AKIA{}", "QYLPMN5HHHFPZAM2")),
        within("secret", "aws_secret_access_key = ", "tU7kZpQ9vXw2LmNb4RfGhJ5sDc8Ye1Ia0Ko3Pu6T", "\n"),
        alone("Google API key", format!("AIza{}", any(35))),
        alone("Google client secret", format!("GOCSPX-{}", any(28))),
        alone("Google OAuth token", format!("ya29.{}", any(60))),
        alone("DigitalOcean token", format!("dop_v1_{}", hex(64))),
        within(
            "Azure key",
            "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=",
            "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4==",
            ";",
        ),
        within(
            "signed address",
            "https://shop.blob.core.example/x?sv=2022&sig=",
            "Wm9v%2BYmFyYmF6cXV4Zm9vYmFy%3D",
            "&se=1",
        ),
        alone("GitHub token", format!("ghp_{}", any(36))),
        alone("GitHub token", format!("gho_{}", any(36))),
        alone("GitHub token", format!("github_pat_{}_{}", any(22), any(59))),
        alone("GitLab token", format!("glpat-{}", any(20))),
        alone("npm token", format!("npm_{}", any(36))),
        alone("PyPI token", format!("pypi-AgEIcHlwaS5vcmc{}", any(60))),
        alone("RubyGems key", format!("rubygems_{}", hex(48))),
        alone("Docker token", format!("dckr_pat_{}", any(27))),
        alone("Vault token", format!("hvs.{}", any(28))),
        alone("Anthropic key", format!("sk-ant-api03-{}", any(80))),
        alone("OpenAI key", format!("sk-proj-{}", any(48))),
        alone("API key", format!("sk-{}", any(48))),
        alone("OpenRouter key", format!("sk-or-v1-{}", hex(64))),
        alone("Hugging Face token", format!("hf_{}", any(34))),
        alone("Groq key", format!("gsk_{}", any(52))),
        alone("Slack token", format!("xoxb-{}-{}", "123456789012", any(24))),
        within(
            "Slack webhook",
            "https://hooks.slack.com/services/",
            "T00000000/B00000000/a8Kd03jfL2mQp9Zx7Rt5Vw1B",
            "",
        ),
        within("Discord webhook", "https://discord.com/api/webhooks/", &format!("123456789012345678/{}", any(60)), ""),
        alone("Discord token", format!("MTE5{}.GaB1c2.{}", any(20), any(38))),
        within("Telegram token", "bot 123456789:AA", any(33), " ok"),
        alone("Stripe key", format!("sk_live_{}", any(24))),
        alone("webhook secret", format!("whsec_{}", any(32))),
        alone("Square token", format!("sq0csp-{}", any(43))),
        alone("Shopify token", format!("shpat_{}", hex(32))),
        alone("SendGrid key", format!("SG.{}.{}", any(22), any(43))),
        alone("Mailgun key", format!("key-{}", hex(32))),
        alone("Twilio key", format!("SK{}", hex(32))),
        alone("Linear key", format!("lin_api_{}", any(40))),
        alone("Notion token", format!("ntn_{}", any(46))),
        alone("Grafana token", format!("glsa_{}_{}", any(32), hex(8))),
        alone("Atlassian token", format!("ATATT3{}", any(60))),
        alone("age key", format!("AGE-SECRET-KEY-1{}", ALNUM[..58].to_uppercase())),
        alone("OpenSync key", format!("osk_{}", any(32))),
        alone("JSON web token", format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{}", any(43))),
        within("authorization", "-H 'Authorization: Basic ", "YW5hOmh1bnRlcjI=", "'"),
        within("authorization", "\"Authorization\": \"Bearer ", any(40), "\""),
        within("bearer token", "send it as Bearer ", any(30), "."),
        within("password in an address", "postgres://shop:", "s3cr3t-pass", "@db.internal/shop"),
        within("password", "{\"user\":\"ana\",\"password\":\"", "correct-horse", "\"}"),
        within("password", "mysql_password: ", "hunter2!", "\n"),
        within("password", "curl -u ana:", "hunter2x", " https://x"),
        within("environment secret", "export SHOP_PAYMENT_KEY=", "lemontree", "\n"),
        within("environment secret", "SESSION_SECRET=\"", "keyboard-cat", "\""),
        within("secret", "client_secret: '", "b7e1-44f0-9c1d-aa02", "'"),
        alone("email", "ana.lopez@shop.example".to_owned()),
        alone("home path", "/home/ana".to_owned()),
        within("home path", "open ", "/Users/ana.lopez", "/src/shop"),
    ]
}

fn pem() -> String {
    let lines: Vec<String> = (0..20).map(|n| format!("MIIEow{:02}{}", n, &ALNUM[..56])).collect();
    format!("-----BEGIN RSA PRIVATE {}-----\n{}\n-----END RSA PRIVATE KEY-----", "KEY", lines.join("\n"))
}

fn redact(text: &str) -> String {
    Redactor::new(scan(text), HashSet::new()).redact(text).into_owned()
}

#[test]
fn every_shape_is_found_and_taken_out() {
    for (kind, text, secret) in shapes() {
        let found = scan(&text);
        let it = found.iter().find(|finding| finding.kind == kind);
        let it = it.unwrap_or_else(|| panic!("{kind}: {text} gives {found:?}"));
        assert!(it.value == secret || secret.contains(&it.value), "{kind}: {it:?}");
        assert!(!redact(&text).contains(&secret), "{kind}: {}", redact(&text));
        assert_eq!(scan(&redact(&text)), [], "{kind}: {}", redact(&text));
    }
}

#[test]
fn shapes_are_found_in_escaped_text() {
    let twice = |text: &str| serde_json::to_string(&serde_json::to_string(text).unwrap()).unwrap();
    for (kind, text, secret) in shapes() {
        for escaped in [serde_json::to_string(&text).unwrap(), twice(&text), format!("a\\n{text}\\tb")] {
            let out = redact(&escaped);
            assert!(!out.contains(&secret), "{kind}: {escaped} stays {out}");
            assert!(escaped.starts_with('a') || serde_json::from_str::<serde_json::Value>(&out).is_ok(), "{out}");
        }
    }
}

#[test]
fn a_token_is_found_whatever_is_put_into_it() {
    let token = format!("ghp_{}", &ALNUM[..36]);
    let (head, tail) = token.split_at(12);
    for hidden in [
        format!("{head}\u{1b}[01;31m\u{1b}[K{tail}"),
        format!("{head}\u{200b}{tail}"),
        format!("\\u0067hp_{}", &token[4..]),
        format!("ghp\\_{}", &token[4..]),
        format!("ghp&#95;{}", &token[4..]),
        format!("https%3A%2F%2Fx%2F%67hp_{}", &token[4..]),
    ] {
        let out = redact(&format!("see {hidden} there"));
        assert!(!out.contains(tail) && !out.contains(&token[8..]), "{hidden}: {out}");
        assert!(out.ends_with(" there"), "{out}");
    }
}

#[test]
fn private_keys_are_found_whole_cut_off_quoted_and_numbered() {
    let key = pem();
    let cut = &key[..key.len() / 2];
    let numbered: String = key.lines().enumerate().map(|(n, line)| format!("{:>6}→{line}\n", n + 1)).collect();
    let diff: String = key.lines().map(|line| format!("+{line}\n")).collect();
    let json = serde_json::json!({ "private_key": key, "client_email": "x" }).to_string();
    for text in [key.as_str(), cut, &numbered, &diff, &json, &json.replace('\\', "\\\\")] {
        let out = redact(&format!("{text}\nThat was the key."));
        assert!(!out.contains("MIIEow"), "{out}");
        assert!(!out.contains(&ALNUM[..40]), "{out}");
        assert!(out.ends_with("That was the key."), "{out}");
    }
}

#[test]
fn a_known_value_goes_wherever_it_stands() {
    let known = scan("DB_PASSWORD=tulip-7-green");
    let redactor = Redactor::new(known, HashSet::new());
    for text in ["I typed tulip-7-green", "{\"a\":\"tulip\\u002d7-green\"}", "x?p=tulip%2D7%2Dgreen&y"] {
        assert!(redactor.redact(text).contains("⟦"), "{text}");
    }
    assert_eq!(redactor.redact("tulip-7-greenhouse"), "tulip-7-greenhouse");
    // A word of every day is left alone elsewhere.
    let redactor = Redactor::new(scan("password: \"shop\""), HashSet::new());
    assert_eq!(redactor.redact("the shop opens"), "the shop opens");
}

#[test]
fn what_is_kept_stays() {
    let text = "mail ana@shop.example or bob@shop.example";
    let kept = HashSet::from([name("bob@shop.example")]);
    assert_eq!(Redactor::new(scan(text), kept).redact(text), "mail ⟦email⟧ or bob@shop.example");
}

#[test]
fn ordinary_text_is_left_alone() {
    for text in [
        "let token = tokenizer.next_token();",
        "max_tokens: 4096, prompt_tokens: 128000, completion_tokens=20",
        "fn password(value: &str) -> String",
        "password: string; token?: string | undefined",
        "interface Login { password: String }",
        "API_KEY=$API_KEY and TOKEN=${{ secrets.TOKEN }}",
        "Authorization: Bearer $(opensync key create script)",
        "Authorization: Bearer <token>",
        "set OPENAI_API_KEY=your-api-key",
        "ConnectionTrafficSecrets::Aes128Gcm { key, iv } or Password::Md5 { salt }",
        "DEVSTAT_PRIORITY_PASS = 0x030,",
        "PUBLIC_KEY = ffi::SQLITE_FOREIGN_KEY1,",
        "git@github.com:shop/shop.git",
        "import { x } from 'pkg@1.2.3'",
        "icon@2x.png",
        "task-1234567890abcdefghijklmnop and disk-usage",
        "commit 9f8a7c6b5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a",
        "sha256:9f8a7c6b5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a",
        "https://example.com/a:b/c@d",
        "PRIMARY_KEY=12345678",
        "SSH_AUTH_SOCK=/tmp/ssh-agent",
        "password = input.password",
        "if secret == expected { ok }",
        "token expires: 2026-11-29T09:00:00Z",
    ] {
        assert_eq!(scan(text), [], "{text}");
        assert_eq!(redact(text), text);
    }
}

#[test]
fn long_texts_are_read_in_one_pass() {
    // Each would take hours if a rule began again at every place.
    for piece in
        ["eyJ", "password=", "token", "-----BEGIN PRIVATE KEY-----", "a@", "://a:", "\\\\", "&#", "%4", "\u{1b}["]
    {
        let text = piece.repeat(2_000_000 / piece.len());
        scan(&text);
    }
}

proptest! {
    #[test]
    fn ranges_stand_on_characters_and_nothing_panics(
        pieces in proptest::collection::vec(prop_oneof![
            ".{0,12}", "[a-zA-Z0-9+/=_@:.\\\\%&#;\"'\u{1b}\\[-]{0,40}",
            Just("password=".to_owned()), Just("\\u0041KIA".to_owned()), Just("ghp_".to_owned()), Just("-----BEGIN PRIVATE KEY-----".to_owned()),
            Just("/home/".to_owned()), Just("postgres://a:".to_owned()), Just("sk-ant-".to_owned()), Just("⟦".to_owned()),
        ], 0..12)
    ) {
        let text = pieces.concat();
        let found = scan(&text);
        for finding in &found {
            prop_assert!(text.get(finding.range.clone()).is_some());
        }
        for two in found.windows(2) {
            prop_assert!(two[0].range.end <= two[1].range.start);
        }
        let redacted = Redactor::new(found, HashSet::new()).redact(&text).into_owned();
        prop_assert_eq!(scan(&redacted), vec![], "{}", redacted);
    }
}
