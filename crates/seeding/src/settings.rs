//! What a plan's settings are as environment variables.

use std::collections::BTreeMap;

use resow_manifest::determinism::{Clock, Determinism, Entropy, InstructionSet, Profile};
use resow_manifest::digest::Sha256Digest;
use resow_manifest::seed::Seed;

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

/// The variables by which the layer itself works. `of_run` has what else the run sees: what is there is kept, behind
/// the layer's own.
pub fn layer(
    seed: Seed,
    determinism: &Determinism,
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
        variables.insert("RESOW_ENTROPY".to_owned(), first_key(seed).hex());
    }
    if let Clock::At(instant) = determinism.clock {
        preloaded.push(places::CLOCK_LIBRARY.to_owned());
        let (seconds, nanoseconds) = (instant.as_second(), instant.subsec_nanosecond());
        variables.insert(
            "RESOW_CLOCK".to_owned(),
            format!("{seconds}.{nanoseconds:09}"),
        );
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

/// The key that the first process is handed.
fn first_key(seed: Seed) -> Sha256Digest {
    let mut bytes = b"resow layer 1 entropy\0".to_vec();
    bytes.extend(u64::from(seed.value()).to_le_bytes());
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
        let layer = layer(Seed::new(1), &determinism, &of_run);
        assert_eq!(
            layer["LD_PRELOAD"],
            "/run/resow/seeding/entropy.so:/opt/other.so"
        );
    }

    #[test]
    fn the_first_key_is_that_of_the_contract() {
        // SHA-256 of `resow layer 1 entropy`, a zero byte, and 42 as eight bytes, by another program.
        let expected = "55ba6d2b3b8df7cbd44e06240497ca12f2bc07109285ecead1b31b3a10e17321";
        assert_eq!(first_key(Seed::new(42)).hex(), expected);
    }
}
