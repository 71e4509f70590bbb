//! What is tried, in which order, and what is said where little changes or much fails.

use resow_manifest::conditions::Factor;

use super::super::*;
use super::simulation::{Sight, bench, causes, diagnosed, is_unchanged, one};

#[test]
fn what_changes_nothing_is_stable_after_few_runs() {
    let (diagnosis, runs) = diagnosed(&bench(2), &one(|_| String::new()));
    assert_eq!(causes(&diagnosis), [[""; 0]]);
    assert!(is_unchanged(&diagnosis) && !diagnosis.is_seedless());
    assert_eq!(runs.len(), 8);
    let tested = diagnosis.factors.values();
    assert!(tested.clone().all(|factor| factor.tested == Tested::Yes));
    assert!(tested.clone().all(|factor| factor.acted.is_some()));
}

#[test]
fn each_output_has_its_own_causes() {
    let program = |sight: &Sight| {
        Some(vec![
            format!("{} {}", sight.seed, sight.hash_seed),
            format!("{} {}", sight.seed, sight.chance),
            sight.seed.to_string(),
            format!("{} {}", sight.hash_seed, sight.time_zone),
        ])
    };
    let (diagnosis, _) = diagnosed(&bench(1), &program);
    let expected: [&[&str]; 4] = [&["hash seed"], &["race"], &[], &["hash seed", "time zone"]];
    assert_eq!(causes(&diagnosis), expected, "{diagnosis:#?}");
    let seedless: Vec<_> = diagnosis.seedless().map(ToString::to_string).collect();
    assert_eq!(seedless, ["out/3"]);
    assert!(!diagnosis.is_seedless());
}

#[test]
fn a_seed_without_effect_is_found() {
    let (diagnosis, _) = diagnosed(&bench(1), &|_: &Sight| Some(vec!["same".to_owned()]));
    assert!(diagnosis.is_seedless() && is_unchanged(&diagnosis));
}

#[test]
fn a_condition_that_makes_the_run_fail_is_named_and_hides_nothing() {
    let program = |sight: &Sight| {
        let text = format!("{} {}", sight.seed, sight.hash_seed);
        (!sight.locale.starts_with("de")).then(|| vec![text])
    };
    let (diagnosis, _) = diagnosed(&bench(1), &program);
    assert_eq!(causes(&diagnosis), [["hash seed"]], "{diagnosis:#?}");
    let failing: Vec<_> = diagnosis.failing().map(|(factor, _)| factor).collect();
    assert_eq!(failing, [Factor::Locale]);
}

#[test]
fn a_run_that_stands_no_counting_clock_is_examined_without() {
    let program = |sight: &Sight| {
        let text = format!("{} {}", sight.seed, sight.wall);
        (sight.elapsed % 5_000 != 0).then(|| vec![text])
    };
    let (diagnosis, runs) = diagnosed(&bench(1), &program);
    assert_eq!(causes(&diagnosis), [["wall clock"]], "{diagnosis:#?}");
    let elapsed = &diagnosis.factors[&Factor::ElapsedTime];
    assert!(matches!(elapsed.tested, Tested::No { .. }), "{elapsed:?}");
    let (_, failed) = &diagnosis.not_held[0];
    assert!(!runs[*failed].is_success());
}

#[test]
fn a_run_that_fails_is_not_examined() {
    let (diagnosis, runs) = diagnosed(&bench(1), &|_: &Sight| None);
    assert_eq!(diagnosis.failed, Some(0));
    assert_eq!(runs.len(), 1);
}

#[test]
fn the_runs_that_remain_are_foreseen() {
    let bench = bench(2);
    let program = one(|sight| sight.hash_seed.to_string());
    assert_eq!(remaining(&bench, &[]), 8);
    let (_, all) = diagnosed(&bench, &program);
    assert_eq!(remaining(&bench, &all), 0);
    for made in 1..all.len() {
        let foreseen = remaining(&bench, &all[..made]);
        assert!(
            (1..=all.len() + 8).contains(&foreseen),
            "{made}: {foreseen}"
        );
    }
    assert_eq!(remaining(&bench, &all[..1]), 7);
}

#[test]
fn what_nothing_points_to_is_dispensable() {
    let program = one(|sight| format!("{} {}", sight.hash_seed, sight.locale));
    let (diagnosis, runs) = diagnosed(&bench(1), &program);
    let dispensable = diagnosis.dispensable(&runs);
    let digests = |number: usize| runs[number].digests().collect::<Vec<_>>();
    for evidence in diagnosis.evidence() {
        for digest in [evidence.held, evidence.changed]
            .into_iter()
            .flat_map(digests)
        {
            assert!(!dispensable.contains(&digest), "{evidence:?}");
        }
    }
    let is_first = |run: &&Observation| matches!(run.purpose, Purpose::Rerun | Purpose::Held);
    for digest in runs.iter().filter(is_first).flat_map(Observation::digests) {
        assert!(!dispensable.contains(&digest));
    }
    // Everything set otherwise at once is older than what each factor did.
    let all = runs
        .iter()
        .position(|run| matches!(run.purpose, Purpose::Varied { .. }));
    assert_eq!(dispensable[..1], digests(all.expect("a run"))[..]);
}
