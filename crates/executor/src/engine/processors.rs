//! The CPU set of a run.

use resow_manifest::identifiers::RunId;

use crate::engine::EngineError;

/// Chooses `wanted` of the engine's processors, in a row.
///
/// # Errors
/// As [`first`].
pub(crate) fn block(wanted: u32, available: u32, run: &RunId) -> Result<Vec<usize>, EngineError> {
    let first = first(wanted, available, run)?;
    Ok((first..first + wanted)
        .map(|number| number as usize)
        .collect())
}

/// The numbers as Linux lists them: `0-2,5`.
pub(crate) fn list(numbers: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    let texts: Vec<_> = ranges
        .into_iter()
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        })
        .collect();
    texts.join(",")
}

/// The first of `wanted` processors in a row, counted from 0.
///
/// Sets of one size are aligned blocks, so two runs share all their processors or none; which block is drawn from the
/// run's random identifier, so that concurrent runs spread.
///
/// # Errors
/// Where there are fewer.
pub(crate) fn first(wanted: u32, available: u32, run: &RunId) -> Result<u32, EngineError> {
    if wanted == 0 || wanted > available {
        return Err(EngineError::TooFewProcessors { wanted, available });
    }
    let blocks = u64::from(available / wanted);
    // A run identifier is 16 hexadecimal digits.
    let draw = u64::from_str_radix(run.as_str(), 16).unwrap_or(0) % blocks;
    Ok(u32::try_from(draw).unwrap_or(0) * wanted)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn choose(wanted: u32, available: u32, run: &RunId) -> Result<String, EngineError> {
        Ok(list(&block(wanted, available, run)?))
    }

    #[test]
    fn processors_are_listed_as_linux_does() {
        assert_eq!(list(&[0, 1, 2, 5]), "0-2,5");
        assert_eq!(list(&[3]), "3");
        assert_eq!(list(&[]), "");
    }

    #[test]
    fn a_set_is_a_block_within_the_engine() {
        let run = RunId::from_random(7);
        assert_eq!(choose(2, 8, &run).expect("enough"), "6-7");
        assert_eq!(choose(3, 8, &run).expect("enough"), "3-5");
        assert_eq!(choose(8, 8, &run).expect("enough"), "0-7");
        assert_eq!(choose(1, 1, &run).expect("enough"), "0");
    }

    #[test]
    fn too_few_processors_are_refused() {
        for (wanted, available) in [(3, 2), (0, 2), (1, 0)] {
            assert!(matches!(
                choose(wanted, available, &RunId::from_random(1)),
                Err(EngineError::TooFewProcessors { .. })
            ));
        }
    }

    #[test]
    fn runs_spread() {
        let sets: BTreeSet<_> = (0..64)
            .map(|value| choose(2, 8, &RunId::from_random(value)).expect("enough"))
            .collect();
        assert_eq!(sets.len(), 4);
    }
}
