//! Whether a plan pins a factor, and what would.

use resow_manifest::conditions::Factor;
use resow_manifest::determinism::{Clock, Entropy, InstructionSet, Profile};
use resow_manifest::plan::Plan;
use serde::Serialize;

/// Whether a plan pins a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pin {
    /// The plan does.
    Plan,
    /// Every run of resow does, whatever the plan.
    Always,
    /// It is left to the host.
    Host,
}

/// Whether a plan pins a factor, and what would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pinning {
    /// Who pins it.
    pub by: Pin,
    /// The setting that pins it, or what else helps; `None` where nothing has to be done.
    pub advice: Option<String>,
}

impl Pinning {
    /// Whether the plan pins the factor.
    pub fn of(factor: Factor, plan: &Plan) -> Self {
        let settings = &plan.determinism;
        let is_portable = settings.profile == Profile::Portable;
        let has = |name: &str| {
            plan.environment.contains_key(name) || plan.image.environment.contains_key(name)
        };
        let (by, advice) = match factor {
            Factor::Threads => (
                pin(settings.threads.is_some()),
                setting("threads = 1", "[determinism]"),
            ),
            Factor::Cpus => (Pin::Plan, String::new()),
            Factor::InstructionSet => (
                pin(settings.instruction_set != InstructionSet::Host),
                setting("instruction_set = \"x86-64-v3\"", "[determinism]"),
            ),
            Factor::HashSeed => (Pin::Plan, String::new()),
            Factor::Entropy => (
                pin(settings.entropy == Entropy::Seeded),
                setting("entropy = \"seeded\"", "[determinism]"),
            ),
            Factor::WallClock => (
                pin(settings.clock != Clock::Host),
                setting("clock = \"2026-01-01T00:00:00Z\"", "[determinism]"),
            ),
            Factor::ElapsedTime => (
                pin(matches!(settings.clock, Clock::Counting { .. })),
                "let it count steps rather than seconds; `clock = { start = \"2026-01-01T00:00:00Z\", step = \"1us\" }` in `[determinism]` pins it (experimental)"
                    .to_owned(),
            ),
            // What is set otherwise acts in Python alone, where resow sorts what is listed.
            Factor::DirectoryOrder => (Pin::Always, String::new()),
            Factor::Addresses => (
                pin(is_portable),
                "let no order or seed depend on `id()`; `profile = \"portable\"` pins it".to_owned(),
            ),
            Factor::HostName => (Pin::Always, String::new()),
            Factor::TimeZone => (
                pin(is_portable || has("TZ")),
                setting("TZ = \"UTC\"", "[env]"),
            ),
            Factor::Locale => (
                pin(is_portable || has("LC_ALL") || has("LANG")),
                setting("LC_ALL = \"C.UTF-8\"", "[env]"),
            ),
            Factor::EnvironmentSize => (Pin::Plan, String::new()),
            Factor::Load => (
                Pin::Host,
                "let no result depend on which thread or process is first".to_owned(),
            ),
        };
        Self {
            by,
            advice: Some(advice).filter(|advice| by == Pin::Host && !advice.is_empty()),
        }
    }
}

fn pin(is_set: bool) -> Pin {
    if is_set { Pin::Plan } else { Pin::Host }
}

fn setting(text: &str, table: &str) -> String {
    format!("`{text}` in `{table}` pins it")
}
