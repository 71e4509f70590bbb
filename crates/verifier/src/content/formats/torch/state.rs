//! From what a pickle says to tensors by name, `fc1.weight` or `state.0.exp_avg`, and everything else as a value.

use std::collections::BTreeMap;

use super::super::counter::Counter;
use super::keys::by_key;
use super::node::{Call, Node, NodeId, Pickle};
use super::storage::Storages;
use super::tensor::{Tensor, whole_storage};
use crate::content::{Array, Arrays, Budget, ContentError, Format, Number, Value};

/// The most bytes in the name of a tensor.
const LONGEST_NAME: usize = 4096;

/// What was made of a pickle so far.
pub(super) struct State<'a> {
    format: Format,
    pickle: &'a Pickle,
    storages: &'a Storages,
    budget: &'a Budget,
    arrays: BTreeMap<String, Array>,
    /// The nodes above the one that is looked at.
    above: Vec<NodeId>,
    /// Counts the nodes that were looked at: one that is referred to twice, twice.
    counter: Counter,
    /// In how many calls the node is an argument of which it is not known what they make of it.
    opaque: usize,
    /// Whether a set is looked at.
    in_set: bool,
    /// How many bytes of the file tensors may still show.
    free: u64,
}

/// What stands at a place; `None` where that is tensors alone.
type Found = Result<Option<Value>, ContentError>;

impl<'a> State<'a> {
    /// Nothing yet, of a file of so many bytes.
    pub(super) fn new(
        format: Format,
        pickle: &'a Pickle,
        storages: &'a Storages,
        budget: &'a Budget,
        length: u64,
    ) -> Self {
        Self {
            format,
            pickle,
            storages,
            budget,
            arrays: BTreeMap::new(),
            above: Vec::new(),
            counter: Counter::new(budget),
            opaque: 0,
            in_set: false,
            free: length,
        }
    }

    /// All tensors, and everything else.
    pub(super) fn arrays(mut self) -> Result<Arrays, ContentError> {
        let metadata = self.value(self.pickle.root, "")?.unwrap_or(Value::Null);
        Ok(Arrays {
            arrays: self.arrays,
            metadata,
        })
    }

    /// What stands at `place`.
    fn value(&mut self, id: NodeId, place: &str) -> Found {
        self.check(place)?;
        if self.above.contains(&id) {
            return Ok(Some(Value::Text("(what it stands in)".to_owned())));
        }
        self.above.push(id);
        let found = self.kind(id, place);
        self.above.pop();
        found
    }

    fn check(&mut self, place: &str) -> Result<(), ContentError> {
        let limits = self.budget.limits();
        self.counter.take(1)?;
        if self.above.len() > limits.nesting {
            return Err(ContentError::Unsupported {
                what: format!("values that are nested more than {} deep", limits.nesting),
            });
        }
        if place.len() > LONGEST_NAME {
            return Err(ContentError::Unsupported {
                what: format!("names of more than {LONGEST_NAME} bytes"),
            });
        }
        Ok(())
    }

    fn kind(&mut self, id: NodeId, place: &str) -> Found {
        let pickle = self.pickle;
        match pickle.node(id) {
            Node::Nothing => Ok(Some(Value::Null)),
            Node::Bool(value) => Ok(Some(Value::Bool(*value))),
            Node::Integer(number) => Ok(Some(Value::Number(Number::Integer(*number)))),
            Node::Float(number) => Ok(Some(Value::Number(Number::Float(*number)))),
            Node::Text(text) => self.text(text.to_string()),
            Node::Bytes(bytes) => self.text(format!("b\"{}\"", bytes.escape_ascii())),
            Node::Global { module, name } => self.text(format!("{module}.{name}")),
            Node::List(items) | Node::Tuple(items) => self.list(items, place),
            Node::Set(items) => self.set(items, place),
            Node::Dict(items) => Ok(self.map(items, place)?.into_value()),
            Node::Persistent(name) => {
                let (format, storages) = (self.format, self.storages);
                let is_opaque = self.opaque > 0;
                let array = whole_storage(format, pickle, storages, *name, is_opaque, self.budget)?;
                self.insert(place, array)?;
                Ok(None)
            }
            Node::Call(call) => self.call(call, place),
        }
    }

    fn text(&mut self, text: String) -> Found {
        self.counter.take_text(text.len() as u64)?;
        Ok(Some(Value::Text(text)))
    }

    fn list(&mut self, items: &[NodeId], place: &str) -> Found {
        let mut values = Vec::new();
        for (index, item) in items.iter().enumerate() {
            values.push(self.value(*item, &format!("{place}[{index}]"))?);
        }
        if !values.is_empty() && values.iter().all(Option::is_none) {
            return Ok(None);
        }
        let values = values.into_iter().map(|one| one.unwrap_or(Value::Null));
        Ok(Some(Value::List(values.collect())))
    }

    /// A set has no order, so it gets one.
    fn set(&mut self, items: &[NodeId], place: &str) -> Found {
        // Else all below would be brought into order once for each set above it.
        if std::mem::replace(&mut self.in_set, true) {
            return Err(ContentError::Unsupported {
                what: "sets in sets".to_owned(),
            });
        }
        let found = self.list(items, place)?;
        self.in_set = false;
        Ok(found.map(|value| match value {
            Value::List(mut items) => {
                items.sort_by_cached_key(|item| format!("{item:?}"));
                Value::List(items)
            }
            other => other,
        }))
    }

    fn map(&mut self, items: &[(NodeId, NodeId)], place: &str) -> Result<Entries, ContentError> {
        self.counter.take_map()?;
        let keys = by_key(self.pickle, items, LONGEST_NAME, &mut self.counter)?;
        let mut entries = Entries {
            had_any: !keys.is_empty(),
            values: BTreeMap::new(),
        };
        for (name, value) in keys {
            let place = join(place, &name);
            if let Some(value) = self.value(value, &place)? {
                entries.values.insert(name, value);
            }
        }
        Ok(entries)
    }

    fn call(&mut self, call: &Call, place: &str) -> Found {
        let pickle = self.pickle;
        match pickle.global(call.callable) {
            Some(("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state")) => {
                match pickle.tuple(call.arguments) {
                    Some([tensor, ..]) => self.value(*tensor, place),
                    _ => self.other_call(call, place),
                }
            }
            Some(("torch._utils", function)) => {
                let (format, storages) = (self.format, self.storages);
                match Tensor::read(format, pickle, storages, function, call.arguments)? {
                    Some(tensor) => self.tensor(tensor, place),
                    None => self.other_call(call, place),
                }
            }
            Some(("collections", "OrderedDict")) if self.has_no_arguments(call) => {
                self.ordered(call, place)
            }
            _ => self.other_call(call, place),
        }
    }

    fn has_no_arguments(&self, call: &Call) -> bool {
        self.pickle
            .tuple(call.arguments)
            .is_some_and(<[_]>::is_empty)
    }

    fn tensor(&mut self, tensor: Tensor<'_>, place: &str) -> Found {
        let requires_gradient = tensor.requires_gradient;
        if requires_gradient {
            self.counter.take_map()?;
        }
        let array = tensor.array(self.format, self.storages, self.opaque > 0, self.budget)?;
        self.insert(place, array)?;
        let wanted = ("requires_grad".to_owned(), Value::Bool(true));
        Ok(requires_gradient.then(|| Value::Map(BTreeMap::from([wanted]))))
    }

    /// What an ordered dictionary holds, and the attributes that it has besides, as `_metadata`.
    fn ordered(&mut self, call: &Call, place: &str) -> Found {
        let mut entries = self.map(&call.items, place)?;
        if let Some(Node::Dict(attributes)) = call.state.map(|state| self.pickle.node(state)) {
            let attributes = self.map(attributes, place)?;
            entries.had_any |= attributes.had_any;
            for (name, value) in attributes.values {
                if entries.values.insert(name, value).is_some() {
                    return Err(ContentError::Unsupported {
                        what: "attributes that are called as keys are".to_owned(),
                    });
                }
            }
        }
        Ok(entries.into_value())
    }

    /// Any other call, as data.
    fn other_call(&mut self, call: &Call, place: &str) -> Found {
        self.counter.take_map()?;
        let mut parts = BTreeMap::new();
        let mut add = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                parts.insert(name.to_owned(), value);
            }
        };
        add("call", self.value(call.callable, place)?);
        // Functions of PyTorch that put a tensor together again keep its elements; others may show their bytes.
        let module = self.pickle.global(call.callable).map(|(module, _)| module);
        let is_opaque = !matches!(module, Some("torch._utils" | "torch._tensor"));
        self.opaque += usize::from(is_opaque);
        let arguments = self.value(call.arguments, &join(place, "arguments"))?;
        add("arguments", arguments);
        if let Some(named) = call.named {
            add("named", self.value(named, &join(place, "named"))?);
        }
        self.opaque -= usize::from(is_opaque);
        if let Some(state) = call.state {
            add("state", self.value(state, place)?);
        }
        add("items", self.map(&call.items, place)?.into_value());
        add("list", self.list(&call.list, place)?);
        Ok(Some(Value::Map(parts)))
    }

    fn insert(&mut self, place: &str, array: Array) -> Result<(), ContentError> {
        let limit = self.budget.limits().members;
        if self.arrays.len() >= limit {
            return Err(ContentError::TooMany {
                what: "tensors",
                limit,
            });
        }
        self.counter.take_text(place.len() as u64)?;
        // Many tensors may show the same bytes; what is more than the file has counts as unpacked.
        let bytes = array.data.length();
        self.budget.unpack(bytes.saturating_sub(self.free))?;
        self.free = self.free.saturating_sub(bytes);
        if self.arrays.insert(place.to_owned(), array).is_some() {
            return Err(ContentError::Unsupported {
                what: format!("two tensors called `{}`", place.escape_debug()),
            });
        }
        Ok(())
    }
}

/// What a dictionary holds besides tensors.
struct Entries {
    had_any: bool,
    values: BTreeMap<String, Value>,
}

impl Entries {
    fn into_value(self) -> Option<Value> {
        let is_tensors_alone = self.had_any && self.values.is_empty();
        (!is_tensors_alone).then_some(Value::Map(self.values))
    }
}

fn join(place: &str, name: &str) -> String {
    if place.is_empty() {
        name.to_owned()
    } else {
        format!("{place}.{name}")
    }
}
