//! What a plan's settings are as environment variables.

use std::collections::BTreeMap;

use resow_manifest::conditions::{Addresses, Conditions, DirectoryOrder};
use resow_manifest::determinism::{Clock, Determinism, Entropy, InstructionSet, Profile};
use resow_manifest::digest::Sha256Digest;
use resow_manifest::seed::Seed;
use resow_manifest::trace::TraceDeclaration;

use crate::places;

/// Variables of thread pools, each of which takes a number.
const THREAD_POOLS: &[&str] = &[
    "BLIS_NUM_THREADS",
    "GOTO_NUM_THREADS",
    "JULIA_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMEXPR_MAX_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OMP_THREAD_LIMIT",
    "OPENBLAS_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "PYTHON_CPU_COUNT",
    "RAYON_NUM_THREADS",
    "RESOW_PROCESSORS",
    "RESOW_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "TF_NUM_INTRAOP_THREADS",
];

/// What `portable` holds still besides threads and instructions. No library may change the number of its threads by
/// itself; a dynamic choice of cuBLAS's workspace makes its sums differ (cuBLAS documentation, "Results
/// Reproducibility").
const PORTABLE: &[(&str, &str)] = &[
    ("CUBLAS_WORKSPACE_CONFIG", ":4096:8"),
    ("LANG", "C.UTF-8"),
    ("LC_ALL", "C.UTF-8"),
    ("MKL_DYNAMIC", "FALSE"),
    ("OMP_DYNAMIC", "FALSE"),
    ("RESOW_ADDRESSES", "fixed"),
    ("TZ", "UTC"),
];

/// Programs built with AddressSanitizer else refuse to start where anything is preloaded before its runtime.
const ANY_LINK_ORDER: &str = "verify_asan_link_order=0";

/// The variables of a plan's settings. What the manifest's `[env]` sets itself goes before these.
pub fn variables(seed: Seed, determinism: &Determinism) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: &str| {
        variables.insert(name.to_owned(), value.to_owned());
    };
    set("PYTHONHASHSEED", &seed.to_string());
    if determinism.profile == Profile::Portable {
        for (name, value) in PORTABLE {
            set(name, value);
        }
    }
    if let Some(threads) = determinism.threads {
        for name in THREAD_POOLS {
            set(name, &threads.to_string());
        }
    }
    for (name, value) in kernels(determinism.instruction_set) {
        set(name, value);
    }
    variables
}

/// The settings of a run under these conditions.
pub fn under(determinism: &Determinism, conditions: &Conditions) -> Determinism {
    Determinism {
        threads: conditions.threads.or(determinism.threads),
        instruction_set: conditions
            .instruction_set
            .unwrap_or(determinism.instruction_set),
        clock: conditions.clock.unwrap_or(determinism.clock),
        ..*determinism
    }
}

/// The variables by which conditions act, which go before what the manifest's `[env]` sets.
pub fn of_conditions(conditions: &Conditions) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: &str| {
        variables.insert(name.to_owned(), value.to_owned());
    };
    if let Some(threads) = conditions.threads {
        for name in THREAD_POOLS {
            set(name, &threads.to_string());
        }
    }
    for (name, value) in conditions.instruction_set.map_or(&[][..], kernels) {
        set(name, value);
    }
    if let Some(hash_seed) = conditions.hash_seed {
        set("PYTHONHASHSEED", &hash_seed.to_string());
    }
    match conditions.directory_order {
        None => {}
        Some(DirectoryOrder::Sorted) => set("RESOW_DIRECTORY_ORDER", "sorted"),
        Some(DirectoryOrder::Reversed) => set("RESOW_DIRECTORY_ORDER", "reversed"),
    }
    match conditions.addresses {
        None => {}
        Some(Addresses::Fixed) => set("RESOW_ADDRESSES", "fixed"),
        Some(Addresses::Random) => set("RESOW_ADDRESSES", "random"),
    }
    if let Some(time_zone) = &conditions.time_zone {
        set("TZ", time_zone);
    }
    if let Some(locale) = &conditions.locale {
        set("LANG", locale);
        set("LC_ALL", locale);
    }
    variables
}

/// How many bytes a watched run's environment is filled up by, where nothing is set otherwise: conditions may take as
/// many more without the environment being larger.
const ROOM: usize = 2048;

/// The variable that fills the environment of a watched run up, so that it has one size whatever the conditions set
/// but for what they say of the size itself. `plain` is the run's environment without conditions.
pub fn padding(
    plain: &BTreeMap<String, String>,
    conditioned: &BTreeMap<String, String>,
    conditions: &Conditions,
) -> (String, String) {
    let larger = conditions
        .environment_bytes
        .map_or(0, |bytes| bytes as usize);
    let wanted = size(plain) + ROOM + larger.min(LARGEST_PADDING);
    let taken = size(conditioned) + size_of_one(PADDING, "");
    let filling = "x".repeat(wanted.saturating_sub(taken));
    (PADDING.to_owned(), filling)
}

/// The kernel lets no variable be longer than 128 KiB (execve(2)).
const LARGEST_PADDING: usize = 100_000;

const PADDING: &str = "RESOW_PADDING";

/// How many bytes an environment has in a program's memory: its texts, each with a zero byte, and their addresses.
pub fn size(variables: &BTreeMap<String, String>) -> usize {
    variables
        .iter()
        .map(|(name, value)| size_of_one(name, value))
        .sum()
}

fn size_of_one(name: &str, value: &str) -> usize {
    name.len() + value.len() + 2 + size_of::<usize>()
}

/// The variables by which the layer itself works. `of_run` has what else the run sees: what is there is kept, behind
/// the layer's own.
pub fn layer(
    seed: Seed,
    determinism: &Determinism,
    conditions: &Conditions,
    of_run: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut preloaded = vec![places::ENTROPY_LIBRARY.to_owned()];
    let mut variables = BTreeMap::from([
        ("RESOW_SEED".to_owned(), seed.to_string()),
        (
            "RESOW_PROFILE".to_owned(),
            determinism.profile.name().to_owned(),
        ),
        (
            "RESOW_ALGORITHMS".to_owned(),
            determinism.algorithms.name().to_owned(),
        ),
        ("R_PROFILE_USER".to_owned(), places::R_PROFILE.to_owned()),
    ]);
    if determinism.entropy == Entropy::Seeded {
        let key = first_key(seed, conditions.entropy);
        variables.insert("RESOW_ENTROPY".to_owned(), key.hex());
    }
    let clock = under(determinism, conditions).clock;
    // A run that is watched says of every clock how often it was read.
    if clock != Clock::Host || conditions.is_watched() {
        preloaded.push(places::CLOCK_LIBRARY.to_owned());
    }
    if let Some(clock) = clock_variable(clock) {
        variables.insert("RESOW_CLOCK".to_owned(), clock);
    }
    if let Some(profile) = of_run.get("R_PROFILE_USER") {
        variables.insert("RESOW_R_PROFILE".to_owned(), profile.clone());
    }
    preloaded.extend(of_run.get("LD_PRELOAD").cloned());
    variables.insert("LD_PRELOAD".to_owned(), preloaded.join(":"));
    let mut sanitizer: Vec<_> = of_run.get("ASAN_OPTIONS").cloned().into_iter().collect();
    sanitizer.push(ANY_LINK_ORDER.to_owned());
    variables.insert("ASAN_OPTIONS".to_owned(), sanitizer.join(":"));
    let mut python = vec![places::PYTHON.to_owned()];
    python.extend(of_run.get("PYTHONPATH").cloned());
    variables.insert("PYTHONPATH".to_owned(), python.join(":"));
    variables
}

/// A clock as the library of clocks reads it.
fn clock_variable(clock: Clock) -> Option<String> {
    let (start, step) = match clock {
        Clock::Host => return None,
        Clock::At(instant) => (instant, None),
        Clock::Counting { start, step } => (start, Some(step)),
    };
    let (seconds, nanoseconds) = (start.as_second(), start.subsec_nanosecond());
    let step = step.map_or_else(String::new, |step| format!("+{}", step.nanoseconds()));
    Some(format!("{seconds}.{nanoseconds:09}{step}"))
}

/// The variables by which a run is told to trace.
pub fn trace(declared: &TraceDeclaration) -> BTreeMap<String, String> {
    let state: Vec<_> = declared.state.iter().map(|one| one.name()).collect();
    BTreeMap::from([
        ("RESOW_TRACE".to_owned(), places::TRACE.to_owned()),
        ("RESOW_TRACE_EVERY".to_owned(), declared.every.to_string()),
        ("RESOW_TRACE_STATE".to_owned(), state.join(",")),
    ])
}

/// The key that the first process is handed; under a condition, another one of that number.
fn first_key(seed: Seed, other: Option<u64>) -> Sha256Digest {
    let label = if other.is_some() {
        "resow layer 1 other entropy"
    } else {
        "resow layer 1 entropy"
    };
    let mut bytes = label.as_bytes().to_vec();
    bytes.push(0);
    bytes.extend(u64::from(seed.value()).to_le_bytes());
    bytes.extend(other.map(u64::to_le_bytes).into_iter().flatten());
    Sha256Digest::of(&bytes)
}

/// What makes libraries that choose by the processor choose the same everywhere: OpenBLAS, MKL, oneDNN, PyTorch, NumPy,
/// the C library, XLA.
fn kernels(set: InstructionSet) -> &'static [(&'static str, &'static str)] {
    match set {
        InstructionSet::Host => &[],
        InstructionSet::X86_64 => &[
            ("ATEN_CPU_CAPABILITY", "default"),
            ("DNNL_MAX_CPU_ISA", "SSE41"),
            (
                "GLIBC_TUNABLES",
                "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-AVX2,-AVX,-FMA,-FMA4,-SSE4_2,-SSE4_1,-SSSE3",
            ),
            ("MKL_CBWR", "COMPATIBLE"),
            ("MKL_ENABLE_INSTRUCTIONS", "SSE4_2"),
            (
                "NPY_DISABLE_CPU_FEATURES",
                "SSE41 POPCNT SSE42 AVX F16C FMA3 AVX2 X86_V3 X86_V4 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR",
            ),
            ("ONEDNN_MAX_CPU_ISA", "SSE41"),
            ("OPENBLAS_CORETYPE", "Prescott"),
            ("XLA_FLAGS", "--xla_cpu_max_isa=SSE4_2"),
        ],
        InstructionSet::X86_64V2 => &[
            ("ATEN_CPU_CAPABILITY", "default"),
            ("DNNL_MAX_CPU_ISA", "SSE41"),
            (
                "GLIBC_TUNABLES",
                "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-AVX2,-AVX,-FMA,-FMA4",
            ),
            ("MKL_CBWR", "SSE4_2"),
            ("MKL_ENABLE_INSTRUCTIONS", "SSE4_2"),
            (
                "NPY_DISABLE_CPU_FEATURES",
                "AVX F16C FMA3 AVX2 X86_V3 X86_V4 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR",
            ),
            ("ONEDNN_MAX_CPU_ISA", "SSE41"),
            ("OPENBLAS_CORETYPE", "Nehalem"),
            ("XLA_FLAGS", "--xla_cpu_max_isa=SSE4_2"),
        ],
        InstructionSet::X86_64V3 => &[
            ("ATEN_CPU_CAPABILITY", "avx2"),
            ("DNNL_MAX_CPU_ISA", "AVX2"),
            (
                "GLIBC_TUNABLES",
                "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-FMA4",
            ),
            ("MKL_CBWR", "AVX2"),
            ("MKL_ENABLE_INSTRUCTIONS", "AVX2"),
            (
                "NPY_DISABLE_CPU_FEATURES",
                "X86_V4 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR",
            ),
            ("ONEDNN_MAX_CPU_ISA", "AVX2"),
            ("OPENBLAS_CORETYPE", "Haswell"),
            ("XLA_FLAGS", "--xla_cpu_max_isa=AVX2"),
        ],
        InstructionSet::X86_64V4 => &[
            ("ATEN_CPU_CAPABILITY", "avx512"),
            ("DNNL_MAX_CPU_ISA", "AVX512_CORE"),
            ("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-FMA4"),
            ("MKL_CBWR", "AVX512"),
            ("MKL_ENABLE_INSTRUCTIONS", "AVX512"),
            (
                "NPY_DISABLE_CPU_FEATURES",
                "AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR",
            ),
            ("ONEDNN_MAX_CPU_ISA", "AVX512_CORE"),
            ("OPENBLAS_CORETYPE", "SkylakeX"),
            ("XLA_FLAGS", "--xla_cpu_max_isa=AVX512"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use resow_manifest::manifest::DeterminismDeclaration;

    #[test]
    fn fast_leaves_threads_and_kernels_to_the_machine() {
        let fast = DeterminismDeclaration {
            profile: Profile::Fast,
            ..Default::default()
        };
        let variables = variables(Seed::new(7), &fast.resolve(2, "amd64"));
        let expected = BTreeMap::from([("PYTHONHASHSEED".to_owned(), "7".to_owned())]);
        assert_eq!(variables, expected);
    }

    #[test]
    fn portable_gives_every_pool_the_size_of_the_processor_set() {
        let portable = DeterminismDeclaration::default().resolve(3, "amd64");
        let variables = variables(Seed::new(7), &portable);
        for pool in THREAD_POOLS {
            assert_eq!(variables[*pool], "3", "{pool}");
        }
        assert_eq!(variables["OPENBLAS_CORETYPE"], "Haswell");
    }

    #[test]
    fn what_the_image_preloads_comes_behind_the_layer() {
        let of_run = BTreeMap::from([("LD_PRELOAD".to_owned(), "/opt/other.so".to_owned())]);
        let determinism = DeterminismDeclaration::default().resolve(1, "amd64");
        let layer = layer(Seed::new(1), &determinism, &Conditions::default(), &of_run);
        assert_eq!(
            layer["LD_PRELOAD"],
            "/run/resow/seeding/entropy.so:/opt/other.so"
        );
    }

    #[test]
    fn the_first_key_is_that_of_the_contract() {
        // SHA-256 of `resow layer 1 entropy`, a zero byte, and 42 as eight bytes, by another program.
        let expected = "55ba6d2b3b8df7cbd44e06240497ca12f2bc07109285ecead1b31b3a10e17321";
        assert_eq!(first_key(Seed::new(42), None).hex(), expected);
        assert_ne!(first_key(Seed::new(42), Some(0)).hex(), expected);
        assert_ne!(
            first_key(Seed::new(42), Some(0)),
            first_key(Seed::new(42), Some(1))
        );
    }

    #[test]
    fn a_watched_environment_has_one_size_but_where_that_is_the_condition() {
        let determinism = DeterminismDeclaration::default().resolve(2, "amd64");
        let size_under = |conditions: &Conditions| {
            let run = |conditions: &Conditions| {
                let mut variables = variables(Seed::new(7), &under(&determinism, conditions));
                variables.extend(of_conditions(conditions));
                let layer = layer(Seed::new(7), &determinism, conditions, &variables);
                variables.extend(layer);
                variables
            };
            let mut conditioned = run(conditions);
            let (name, value) = padding(&run(&Conditions::default()), &conditioned, conditions);
            conditioned.insert(name, value);
            size(&conditioned)
        };
        let plain = size_under(&Conditions {
            watched: true,
            ..Conditions::default()
        });
        let other = Conditions {
            threads: Some(3000),
            instruction_set: Some(InstructionSet::Host),
            time_zone: Some("Pacific/Kiritimati".to_owned()),
            directory_order: Some(DirectoryOrder::Reversed),
            clock: Some("from 2026-01-01T00:00:00Z by 1us".parse().expect("a clock")),
            addresses: Some(Addresses::Random),
            ..Conditions::default()
        };
        assert_eq!(size_under(&other), plain);
        let larger = Conditions {
            environment_bytes: Some(100),
            ..other
        };
        assert_eq!(size_under(&larger), plain + 100);
    }

    #[test]
    fn clocks_are_told_as_the_contract_says() {
        let told = |clock: &str| clock_variable(clock.parse().expect("a clock"));
        assert_eq!(told("host"), None);
        assert_eq!(
            told("2026-01-01T00:00:00.5Z").as_deref(),
            Some("1767225600.500000000")
        );
        assert_eq!(
            told("from 2026-01-01T00:00:00Z by 20us").as_deref(),
            Some("1767225600.000000000+20000")
        );
    }
}
