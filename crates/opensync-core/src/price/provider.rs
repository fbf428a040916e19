//! Providers: what tools call them, what the price lists call them, and who makes which model.
//! Checked 2026-11-23 against LiteLLM 1.109.1 and models.dev.

/// Where a provider's prices are kept.
#[derive(Debug, Default)]
pub(super) struct Provider {
    /// Names in LiteLLM: the first segment of a key, and the group of keys without one.
    pub lite: Vec<String>,
    /// Ids in models.dev.
    pub dev: Vec<String>,
}

struct Alias {
    /// What tools write.
    names: &'static [&'static str],
    lite: &'static [&'static str],
    dev: &'static [&'static str],
}

/// A provider that is missing here goes by the same name everywhere, but for dashes and underscores.
const ALIASES: &[Alias] = &[
    Alias { names: &["anthropic", "claude", "claude-code"], lite: &["anthropic"], dev: &["anthropic"] },
    Alias { names: &["openai", "codex", "openai-codex", "chatgpt"], lite: &["openai"], dev: &["openai"] },
    Alias { names: &["google", "gemini", "google-generative-ai"], lite: &["gemini"], dev: &["google"] },
    Alias {
        names: &["google-vertex", "vertex", "vertex-ai", "google-vertex-anthropic"],
        lite: &["vertex_ai"],
        dev: &["google-vertex", "google-vertex-anthropic"],
    },
    Alias {
        names: &["amazon-bedrock", "bedrock", "aws-bedrock"],
        lite: &["bedrock", "bedrock_converse"],
        dev: &["amazon-bedrock"],
    },
    Alias {
        names: &["azure", "azure-openai", "azure-cognitive-services"],
        lite: &["azure", "azure_ai"],
        dev: &["azure", "azure-cognitive-services"],
    },
    Alias { names: &["github-copilot", "copilot"], lite: &["github_copilot"], dev: &["github-copilot"] },
    Alias { names: &["opencode", "zen", "opencode-zen"], lite: &[], dev: &["opencode"] },
    Alias { names: &["xai", "x-ai", "grok"], lite: &["xai"], dev: &["xai"] },
    Alias { names: &["zai", "z-ai", "zai-org"], lite: &["zai"], dev: &["zai"] },
    Alias { names: &["zhipuai"], lite: &["zai"], dev: &["zhipuai", "zai"] },
    Alias {
        names: &["moonshotai", "moonshot", "kimi", "kimi-for-coding"],
        lite: &["moonshot"],
        dev: &["moonshotai", "moonshotai-cn"],
    },
    Alias { names: &["qwen", "alibaba", "dashscope"], lite: &["dashscope"], dev: &["alibaba", "alibaba-cn"] },
    Alias { names: &["mistral", "mistralai"], lite: &["mistral"], dev: &["mistral"] },
    Alias { names: &["deepseek", "deepseek-ai"], lite: &["deepseek"], dev: &["deepseek"] },
    Alias { names: &["minimax", "minimaxai"], lite: &["minimax"], dev: &["minimax"] },
    Alias { names: &["vercel", "vercel-ai-gateway"], lite: &["vercel_ai_gateway"], dev: &["vercel"] },
    Alias { names: &["fireworks", "fireworks-ai"], lite: &["fireworks_ai"], dev: &["fireworks-ai"] },
    Alias { names: &["together", "togetherai", "together-ai"], lite: &["together_ai"], dev: &["togetherai"] },
];

/// How the names of a maker's models begin, and the alias that makes them.
const MAKERS: &[(&[&str], &str)] = &[
    (&["claude"], "anthropic"),
    (&["gpt", "o1", "o3", "o4", "codex", "chatgpt"], "openai"),
    (&["gemini", "gemma"], "google"),
    (&["grok"], "xai"),
    (&["deepseek"], "deepseek"),
    (&["glm"], "zai"),
    (&["kimi", "moonshot"], "moonshotai"),
    (&["mistral", "ministral", "magistral", "codestral", "devstral", "pixtral"], "mistral"),
    (&["qwen", "qwq"], "alibaba"),
    (&["minimax"], "minimax"),
];

/// Programs that run models on the user's own machine.
const LOCAL: &[&str] = &[
    "ollama",
    "lmstudio",
    "lm-studio",
    "llamacpp",
    "llama-cpp",
    "llama.cpp",
    "llamafile",
    "localai",
    "mlx",
    "jan",
    "lemonade",
    "local",
];

impl Provider {
    /// `name` as a tool writes it, in lower case; empty when it does not say.
    pub fn of(name: &str) -> Self {
        if name.is_empty() {
            return Self::default();
        }
        let name = name.replace('_', "-");
        let mut provider = Self { lite: vec![name.replace('-', "_")], dev: vec![name.clone()] };
        // A plan has no prices of its own: what its models cost without it is the best answer.
        let plain = ["-coding-plan", "-token-plan", "-cn"]
            .iter()
            .fold(name.as_str(), |name, plan| name.strip_suffix(plan).unwrap_or(name));
        provider.add(plain);
        provider
    }

    /// Who makes the model called `name` (without a route); nobody when that is not known.
    pub fn maker(name: &str) -> Self {
        let mut provider = Self::default();
        let family = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        // `qwen3` and `gpt5` are families too.
        let letters = family.trim_end_matches(|c: char| c.is_ascii_digit());
        if let Some((_, maker)) =
            MAKERS.iter().find(|(families, _)| families.iter().any(|f| *f == family || *f == letters))
        {
            provider.add(maker);
        }
        provider
    }

    /// Whether a row with this provider, or a key with this first segment, is of this one.
    pub fn sells(&self, by_provider: bool, provider: &str, key: &str) -> bool {
        if by_provider {
            return self.dev.iter().any(|id| id == provider);
        }
        let route = key.split_once('/').map(|(route, _)| route);
        self.lite.iter().any(|name| name == provider || Some(name.as_str()) == route)
    }

    fn add(&mut self, name: &str) {
        let Some(alias) = ALIASES.iter().find(|alias| alias.names.contains(&name)) else { return };
        for (names, more) in [(&mut self.lite, alias.lite), (&mut self.dev, alias.dev)] {
            for name in more {
                if !names.iter().any(|known| known == name) {
                    names.push((*name).to_owned());
                }
            }
        }
    }
}

/// Whether the models of this provider, in lower case, run on the user's own machine.
pub(super) fn is_local(name: &str) -> bool {
    LOCAL.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_has_several_names() {
        assert_eq!(Provider::of("google").lite, ["google", "gemini"]);
        assert_eq!(Provider::of("github_copilot").dev, ["github-copilot"]);
        assert!(Provider::of("zai-coding-plan").lite.contains(&"zai".to_owned()));
        assert_eq!(Provider::of("cerebras").lite, ["cerebras"]);
        assert!(Provider::of("").lite.is_empty());
    }

    #[test]
    fn makers_are_known_by_the_family() {
        for (model, maker) in
            [("claude-9", "anthropic"), ("o3-pro", "openai"), ("qwen3-coder", "alibaba"), ("glm-4.6", "zai")]
        {
            assert!(Provider::maker(model).dev.iter().any(|id| id == maker), "{model}");
        }
        assert!(Provider::maker("oracle-1").dev.is_empty());
        assert!(Provider::maker("glmx").dev.is_empty());
    }
}
