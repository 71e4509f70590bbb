//! Where two plans differ, field by field.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::determinism::Determinism;
use crate::parameter::ParameterValue;
use crate::plan::Plan;

/// A field of two plans that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanDifference {
    /// The field's name, with a dot between a field and what is in it: `seed`, `parameters.lr`, `inputs.data/a.csv`.
    /// Keys of parameters that are no plain words stand in quotes.
    pub field: String,
    /// What stood in the first plan; `None` where it had none. Parameters are written as JSON.
    pub left: Option<String>,
    /// What stood in the second plan; `None` where it had none.
    pub right: Option<String>,
}

impl Plan {
    /// Each field in which `self` (left) and `other` (right) differ, in the order of the encoding; none where the plans
    /// are equal.
    pub fn differences(&self, other: &Self) -> Vec<PlanDifference> {
        let mut found = Differences::default();
        found.field("layer", self.layer, other.layer);
        found.field("source", self.source, other.source);
        found.field("image", self.image.chain, other.image.chain);
        found.field(
            "image.architecture",
            &self.image.architecture,
            &other.image.architecture,
        );
        found.entries(
            "image.environment",
            &self.image.environment,
            &other.image.environment,
        );
        found.field("seed", self.seed, other.seed);
        // Quoted, so that `["a b"]` and `["a", "b"]` do not look alike.
        found.field(
            "command",
            format!("{:?}", self.command),
            format!("{:?}", other.command),
        );
        found.parameters("parameters", &self.parameters, &other.parameters);
        found.entries("environment", &self.environment, &other.environment);
        found.entries("inputs", &self.inputs, &other.inputs);
        found.entries("outputs", &declared(self), &declared(other));
        found.determinism(&self.determinism, &other.determinism);
        found.field("cpus", self.cpus, other.cpus);
        found.field("network", self.network.name(), other.network.name());
        found.0
    }
}

fn declared(plan: &Plan) -> BTreeMap<String, &'static str> {
    plan.outputs
        .iter()
        .map(|location| (location.to_string(), "declared"))
        .collect()
}

#[derive(Default)]
struct Differences(Vec<PlanDifference>);

impl Differences {
    fn add(&mut self, field: String, left: Option<String>, right: Option<String>) {
        self.0.push(PlanDifference { field, left, right });
    }

    fn field<T: PartialEq + ToString>(&mut self, name: &str, left: T, right: T) {
        if left != right {
            self.add(
                name.to_owned(),
                Some(left.to_string()),
                Some(right.to_string()),
            );
        }
    }

    fn determinism(&mut self, left: &Determinism, right: &Determinism) {
        let threads = |of: &Determinism| {
            of.threads
                .map_or_else(|| "the library's own".to_owned(), |count| count.to_string())
        };
        self.field("determinism.profile", left.profile, right.profile);
        self.field("determinism.threads", threads(left), threads(right));
        self.field(
            "determinism.instruction_set",
            left.instruction_set,
            right.instruction_set,
        );
        self.field("determinism.algorithms", left.algorithms, right.algorithms);
        self.field("determinism.entropy", left.entropy, right.entropy);
        self.field("determinism.clock", left.clock, right.clock);
    }

    fn entries<K: Ord + ToString, V: PartialEq + ToString>(
        &mut self,
        name: &str,
        left: &BTreeMap<K, V>,
        right: &BTreeMap<K, V>,
    ) {
        for key in keys(left, right) {
            let (left, right) = (left.get(key), right.get(key));
            if left != right {
                let field = format!("{name}.{}", key.to_string());
                self.add(
                    field,
                    left.map(ToString::to_string),
                    right.map(ToString::to_string),
                );
            }
        }
    }

    fn parameters(
        &mut self,
        name: &str,
        left: &BTreeMap<String, ParameterValue>,
        right: &BTreeMap<String, ParameterValue>,
    ) {
        for key in keys(left, right) {
            let field = format!("{name}.{}", plain_key(key));
            match (left.get(key), right.get(key)) {
                (Some(ParameterValue::Table(left)), Some(ParameterValue::Table(right))) => {
                    self.parameters(&field, left, right);
                }
                (left, right) if left != right => {
                    let json = |value: Option<&ParameterValue>| value.map(ParameterValue::to_json);
                    self.add(field, json(left), json(right));
                }
                _ => {}
            }
        }
    }
}

fn keys<'m, K: Ord, V>(left: &'m BTreeMap<K, V>, right: &'m BTreeMap<K, V>) -> BTreeSet<&'m K> {
    left.keys().chain(right.keys()).collect()
}

/// The key as TOML would write it: bare, or in quotes.
fn plain_key(key: &str) -> String {
    let bare = !key.is_empty()
        && key
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-'));
    if bare {
        key.to_owned()
    } else {
        ParameterValue::String(key.to_owned()).to_json()
    }
}
