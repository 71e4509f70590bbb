//! Which outputs may go where not all of them can be kept.

use std::collections::BTreeSet;

use resow_manifest::digest::Sha256Digest;

use super::finding::Diagnosis;
use super::observation::Observation;
use super::trial::Purpose;

impl Diagnosis {
    /// The contents that are needed least, the oldest first: nothing that was found points to them, and neither a plain
    /// rerun nor one with everything held gave them.
    pub fn dispensable(&self, observations: &[Observation]) -> Vec<Sha256Digest> {
        let evidence = self.evidence();
        let shown: BTreeSet<_> = evidence.flat_map(|it| [it.held, it.changed]).collect();
        let is_needed = |(number, run): &(usize, &Observation)| {
            matches!(run.purpose, Purpose::Rerun | Purpose::Held) || shown.contains(number)
        };
        let runs = observations.iter().enumerate();
        let (needed, others): (Vec<_>, Vec<_>) = runs.partition(is_needed);
        let digests = |(_, run): (usize, &Observation)| run.digests().collect::<Vec<_>>();
        let mut told: BTreeSet<_> = needed.into_iter().flat_map(digests).collect();
        let others = others.into_iter().flat_map(digests);
        others.filter(|digest| told.insert(*digest)).collect()
    }
}
