//! The shapes. Each line: what it is, the words at which it can begin (in any case of letters), and
//! what follows from that word on. The value is the first group, or all of it without one.
//!
//! Prefixes are those the vendors document, as gitleaks v8.30 and GitHub's list of supported secrets
//! had them in November 2026. Lengths are shorter than theirs where a prefix says enough: a token that
//! was cut off still tells most of it.

use super::Weight::{self, Mild, Severe};

/// Where the pattern of a rule begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    /// With the word, which begins a token: no letter, digit, `_` or `-` stands before it.
    Token,
    /// With the word, wherever it stands.
    Anywhere,
    /// Behind the word.
    After,
    /// Behind the word in capitals, as names in an environment are written.
    Capitals,
    /// Around an `@`, read by hand.
    Email,
}

/// A shape.
pub(super) struct Rule {
    pub(super) kind: &'static str,
    pub(super) weight: Weight,
    pub(super) from: From,
    pub(super) words: &'static [&'static str],
    /// Anchored at its beginning.
    pub(super) pattern: &'static str,
    /// What a value must look like besides.
    pub(super) check: Check,
}

/// Whether a value is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// The shape says enough.
    None,
    /// No placeholder.
    Real,
    /// No placeholder, number or path.
    Word,
    /// No placeholder, and as mixed as a key is.
    Mixed,
    /// What follows a word such as `password`.
    Password,
}

const fn token(kind: &'static str, words: &'static [&'static str], pattern: &'static str) -> Rule {
    Rule { kind, weight: Severe, from: From::Token, words, pattern, check: Check::None }
}

const fn after(kind: &'static str, words: &'static [&'static str], pattern: &'static str, check: Check) -> Rule {
    Rule { kind, weight: Severe, from: From::After, words, pattern, check }
}

const fn home(words: &'static [&'static str], pattern: &'static str) -> Rule {
    Rule { kind: "home path", weight: Mild, from: From::Anywhere, words, pattern, check: Check::None }
}

/// From the end of a name such as `api_key` to its value: `": "`, ` = '`, `=>`, `\":\"`.
macro_rules! assigned {
    ($value:literal) => {
        concat!(r#"^[A-Za-z0-9_.-]{0,40}["'`\\]{0,4}\]?\s{0,4}(?:=>|:=|[:=])\s{0,4}["'`\\]{0,4}"#, $value)
    };
}

/// All of them; of two that find the same bytes the earlier names it.
pub(super) static RULES: &[Rule] = &[
    // Cloud providers
    token(
        "AWS access key",
        &["AKIA", "ASIA", "ABIA", "ACCA", "A3T"],
        r"^(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}\b",
    ),
    token("Google API key", &["AIza"], r"^AIza[A-Za-z0-9_-]{30,}"),
    token("Google OAuth token", &["ya29.", "1//0"], r"^(?:ya29\.|1//0)[A-Za-z0-9_-]{20,}"),
    token("Google client secret", &["GOCSPX-"], r"^GOCSPX-[A-Za-z0-9_-]{20,}"),
    token("DigitalOcean token", &["dop_v1_", "doo_v1_", "dor_v1_"], r"^do[opr]_v1_[a-f0-9]{32,}"),
    token("Alibaba access key", &["LTAI"], r"^LTAI[A-Za-z0-9]{16,24}\b"),
    token("Fly.io token", &["FlyV1 ", "fm2_"], r"^(?:FlyV1 )?fm[12][ar]?_[A-Za-z0-9+/=,_]{40,}"),
    token("Heroku key", &["HRKU-"], r"^HRKU-[A-Za-z0-9_-]{30,}"),
    token("Cloudflare key", &["v1.0-"], r"^v1\.0-[a-f0-9]{24}-[a-f0-9]{100,}"),
    token("PlanetScale token", &["pscale_"], r"^pscale_(?:tkn|pw|oauth)_[A-Za-z0-9=._-]{30,}"),
    token("Supabase key", &["sbp_", "sb_secret_"], r"^(?:sbp|sb_secret)_[A-Za-z0-9_-]{20,}"),
    token("Databricks token", &["dapi"], r"^dapi[a-f0-9]{32}(?:-\d)?\b"),
    token("Tailscale key", &["tskey-"], r"^tskey-[a-z]+-[A-Za-z0-9-]{16,}"),
    after("Azure key", &["AccountKey", "SharedAccessKey"], r"^\s?=\s?([A-Za-z0-9+/=]{30,})", Check::None),
    after(
        "signed address",
        &["?sig", "&sig", "&amp;sig", "X-Amz-Signature", "X-Goog-Signature"],
        r"^=([A-Za-z0-9%+/=_-]{20,})",
        Check::None,
    ),
    // Code, packages and builds
    token("GitHub token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"^gh[pousr]_[A-Za-z0-9_]{20,}"),
    token("GitHub token", &["github_pat_"], r"^github_pat_[A-Za-z0-9_]{20,}"),
    token(
        "GitLab token",
        &["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glsoat-", "gloas-"],
        r"^gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas)-[A-Za-z0-9_.-]{16,}",
    ),
    token("npm token", &["npm_"], r"^npm_[A-Za-z0-9]{30,}"),
    token("PyPI token", &["pypi-"], r"^pypi-[A-Za-z0-9_-]{32,}"),
    token("RubyGems key", &["rubygems_"], r"^rubygems_[a-f0-9]{40,}"),
    token("crates.io token", &["cio"], r"^cio[A-Za-z0-9]{32}\b"),
    token("Docker token", &["dckr_"], r"^dckr_[a-z]{3}_[A-Za-z0-9_-]{20,}"),
    token("Vault token", &["hvs.", "hvb.", "hvr."], r"^hv[sbr]\.[A-Za-z0-9_-]{24,}"),
    token("Pulumi token", &["pul-"], r"^pul-[a-f0-9]{40}\b"),
    token("Doppler token", &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa."], r"^dp\.[a-z]{2}\.[A-Za-z0-9._-]{30,}"),
    token("Postman key", &["PMAK-"], r"^PMAK-[a-f0-9]{24}-[a-f0-9]{30,}"),
    after("Terraform token", &[".atlasv1."], r"^([A-Za-z0-9_=-]{40,})", Check::None),
    // Models
    token("Anthropic key", &["sk-ant-"], r"^sk-ant-[A-Za-z0-9_-]{16,}"),
    token("OpenRouter key", &["sk-or-"], r"^sk-or-[A-Za-z0-9_-]{20,}"),
    token("OpenAI key", &["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"], r"^sk-[A-Za-z]+-[A-Za-z0-9_-]{20,}"),
    token("API key", &["sk-"], r"^sk-[A-Za-z0-9]{20,}"),
    token("Hugging Face token", &["hf_", "api_org_"], r"^(?:hf|api_org)_[A-Za-z0-9]{30,}"),
    token("Groq key", &["gsk_"], r"^gsk_[A-Za-z0-9]{32,}"),
    token("Replicate token", &["r8_"], r"^r8_[A-Za-z0-9]{30,}"),
    token("xAI key", &["xai-"], r"^xai-[A-Za-z0-9]{40,}"),
    token("Perplexity key", &["pplx-"], r"^pplx-[A-Za-z0-9]{32,}"),
    // Talk, mail, money and the rest
    token(
        "Slack token",
        &["xoxa-", "xoxb-", "xoxe-", "xoxe.", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "xapp-"],
        r"^x(?:ox[abeoprs]|app)[-.][A-Za-z0-9.-]{10,}",
    ),
    after(
        "Slack webhook",
        &["hooks.slack.com/"],
        r"^(?:services|workflows|triggers)/([A-Za-z0-9+/]{20,})",
        Check::None,
    ),
    after("Discord webhook", &["/api/webhooks/"], r"^([0-9]{10,}/[A-Za-z0-9_-]{20,})", Check::None),
    token(
        "Discord token",
        &["MD", "MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"],
        r"^[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,45}",
    ),
    after("Telegram token", &[":AA"], r"^[A-Za-z0-9_-]{32,34}\b", Check::Mixed),
    token(
        "Stripe key",
        &["sk_live_", "sk_test_", "rk_live_", "rk_test_", "sk_prod_", "rk_prod_"],
        r"^[sr]k_[a-z]{4}_[A-Za-z0-9]{10,}",
    ),
    token("webhook secret", &["whsec_"], r"^whsec_[A-Za-z0-9+/=_-]{16,}"),
    token("Square token", &["sq0", "EAAA"], r"^(?:sq0[a-z]{3}-[A-Za-z0-9_-]{22,}|EAAA[A-Za-z0-9_-]{56,})"),
    token("Shopify token", &["shpat_", "shpca_", "shppa_", "shpss_"], r"^shp[a-z]{2}_[A-Fa-f0-9]{32}"),
    token("SendGrid key", &["SG."], r"^SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,}"),
    token("Mailgun key", &["key-"], r"^key-[a-f0-9]{32}\b"),
    token("Twilio key", &["SK", "AC"], r"^(?:SK|AC)[a-f0-9]{32}\b"),
    token("Linear key", &["lin_api_", "lin_oauth_"], r"^lin_[a-z]+_[A-Za-z0-9]{30,}"),
    token("Notion token", &["ntn_", "secret_"], r"^(?:ntn|secret)_[A-Za-z0-9]{40,}"),
    token("Atlassian token", &["ATATT3", "ATCTT3"], r"^AT[AC]TT3[A-Za-z0-9_=-]{40,}"),
    token("Grafana token", &["glc_", "glsa_"], r"^gl(?:c|sa)_[A-Za-z0-9+/=_]{30,}"),
    token("New Relic key", &["NRAK-"], r"^NRAK-[A-Z0-9]{20,}"),
    token("Sentry token", &["sntrys_", "sntryu_"], r"^sntry[su]_[A-Za-z0-9+/=_]{30,}"),
    token("Figma token", &["figd_"], r"^figd_[A-Za-z0-9_-]{30,}"),
    token("Airtable token", &["pat"], r"^pat[A-Za-z0-9]{14}\.[a-f0-9]{40,}"),
    token("1Password token", &["ops_eyJ"], r"^ops_eyJ[A-Za-z0-9+/=_-]{40,}"),
    token("age key", &["AGE-SECRET-KEY-"], r"^(?i:AGE-SECRET-KEY-1)[A-Za-z0-9]{40,}"),
    token("OpenSync key", &["osk_"], r"^osk_[A-Za-z0-9_-]{20,}"),
    // Shapes of no vendor
    token("JSON web token", &["eyJ"], r"^eyJ[A-Za-z0-9_-]{8,}\.(?:eyJ)?[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,3}"),
    // Cut off anywhere, indented, quoted, behind line numbers or the signs of a diff.
    Rule {
        kind: "private key",
        weight: Severe,
        from: From::Anywhere,
        words: &["-----BEGIN "],
        pattern: concat!(
            r"^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----",
            r#"(?:(?:\s|\\+[nrt]|[0-9]{1,6}[→:|\t]|[-+>|"',])*"#,
            r"(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash)[^\n\\]{0,200}|[A-Za-z0-9+/=]{16,}|[A-Za-z0-9+/]{1,15}={1,2}))+",
            r#"(?:(?:\s|\\+[nrt]|[0-9]{1,6}[→:|\t]|[-+>|"',])*[A-Za-z0-9+/=]{0,64}(?:\s|\\+[nrt]|[0-9]{1,6}[→:|\t]|[+>|"',])*"#,
            r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?",
        ),
        check: Check::None,
    },
    after(
        "authorization",
        &["authorization"],
        r#"^["'`\\]{0,4}\s{0,4}[:=,]?\s{0,4}["'`\\]{0,4}(?i:bearer|basic|token|digest|apikey|negotiate)\s{1,4}([A-Za-z0-9._~+/=-]{8,})"#,
        Check::Real,
    ),
    after("bearer token", &["bearer "], r"^\s{0,4}([A-Za-z0-9._~+/=-]{15,}[A-Za-z0-9=])", Check::Mixed),
    after("password in an address", &["://"], r#"^[^\s/:@"'`<>\\]{0,100}:([^\s/@"'`<>\\]{1,200})@"#, Check::Real),
    after(
        "password",
        &["--user ", "--user=", " -u "],
        r#"^["']?[A-Za-z0-9._@-]{1,64}:([^\s"'\\]{4,})"#,
        Check::Password,
    ),
    after(
        "password",
        &["password", "passwd", "passphrase", "passwort", "pwd", "pgpass", "credential"],
        assigned!(r#"([^\s"'`\\,;<>(){}\[\]⟦⟧|&]{4,})"#),
        Check::Password,
    ),
    after(
        "secret",
        &[
            "secret",
            "token",
            "api_key",
            "apikey",
            "api-key",
            "access_key",
            "access-key",
            "accesskey",
            "private_key",
            "private-key",
            "encryption_key",
            "signing_key",
            "auth_key",
            "account_key",
            "key_id",
            "_auth",
        ],
        assigned!(r#"([^\s"'`\\,;<>(){}\[\]⟦⟧|&]{8,})"#),
        Check::Mixed,
    ),
    // Lines of an .env file, whose names end so; the value may be any word.
    Rule {
        kind: "environment secret",
        weight: Severe,
        from: From::Capitals,
        words: &["KEY", "SECRET", "TOKEN", "PASSWORD", "PASS", "_PWD", "_DSN", "CREDENTIALS", "_AUTH"],
        pattern: r#"^[A-Z0-9_]{0,20}\s?=\s?["'\\]{0,3}([^\s"'`\\<>(){}\[\]⟦⟧|&;]{6,})"#,
        check: Check::Word,
    },
    // What tells who and where
    Rule { kind: "email", weight: Mild, from: From::Email, words: &["@"], pattern: "", check: Check::None },
    home(&["/home/", "/Users/"], r"^/(?i:home|users)/([A-Za-z0-9_][A-Za-z0-9._-]{0,63})"),
    home(&[":\\Users\\", ":\\\\Users\\\\"], r"^:\\{1,4}(?i:users)\\{1,4}([^\\/:*?<>|\s⟦⟧]{1,64})"),
    home(&["-home-", "-Users-"], r"^-(?:home|Users)-([A-Za-z0-9_]{1,64})"),
];
