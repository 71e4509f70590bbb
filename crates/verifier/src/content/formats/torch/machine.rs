//! A stack machine for pickles that executes nothing: what would be called is kept as a call that is not made.

use std::collections::HashMap;
use std::sync::Arc;

use super::globals::executes;
use super::input::Input;
use super::node::{Call, Node, NodeId, Pickle};
use super::opcodes as op;
use super::scalar::scalar;
use super::stack::Stack;
use crate::content::{Budget, ContentError, Format};

/// What the pickle says.
///
/// # Errors
/// When it is none, names what would execute something, or says more than `budget` allows.
pub(super) fn read(format: Format, bytes: &[u8], budget: &Budget) -> Result<Pickle, ContentError> {
    let mut machine = Machine {
        format,
        input: Input::new(bytes),
        nodes: Vec::new(),
        stack: Stack::default(),
        memo: HashMap::new(),
        limit: budget.limits().members.saturating_mul(16),
    };
    loop {
        let operation = machine.input.byte().ok_or(ContentError::Truncated)?;
        if operation == op::STOP {
            let root = machine.pop()?;
            return Ok(Pickle {
                nodes: machine.nodes,
                root,
            });
        }
        machine.step(operation)?;
    }
}

struct Machine<'a> {
    format: Format,
    input: Input<'a>,
    nodes: Vec<Node>,
    stack: Stack,
    memo: HashMap<u64, NodeId>,
    limit: usize,
}

/// What is wrong with a pickle that takes more than it has put down.
const MISSING: &str = "takes what is not there";

type Step = Result<(), ContentError>;

impl<'a> Machine<'a> {
    fn step(&mut self, operation: u8) -> Step {
        match operation {
            op::PROTO => self.skip(1),
            op::FRAME => self.skip(8),
            op::MARK => {
                self.stack.mark();
                Ok(())
            }
            op::POP if self.stack.is_at_mark() => self.pop_mark().map(drop),
            op::POP => self.pop().map(drop),
            op::POP_MARK => self.pop_mark().map(drop),
            op::DUP => {
                let top = self.top()?;
                self.stack.push(top);
                Ok(())
            }
            op::BIN_GET | op::LONG_BIN_GET => self.get(operation),
            op::BIN_PUT | op::LONG_BIN_PUT | op::MEMOIZE => self.put(operation),
            op::GLOBAL | op::STACK_GLOBAL => self.global(operation),
            op::REDUCE | op::NEW_OBJECT | op::NEW_OBJECT_NAMED => self.call(operation),
            op::BUILD => self.build(),
            op::BIN_PERSISTENT => {
                let id = self.pop()?;
                self.push(Node::Persistent(id))
            }
            op::APPEND | op::APPENDS | op::ADD_ITEMS => self.append(operation),
            op::SET_ITEM | op::SET_ITEMS => self.set(operation),
            _ => match scalar(self.format, operation, &mut self.input)? {
                Some(node) => self.push(node),
                None => self.collection(operation),
            },
        }
    }

    fn collection(&mut self, operation: u8) -> Step {
        let node = match operation {
            op::EMPTY_LIST => Node::List(Vec::new()),
            op::LIST => Node::List(self.pop_mark()?),
            op::EMPTY_TUPLE => Node::Tuple(Vec::new()),
            op::TUPLE => Node::Tuple(self.pop_mark()?),
            op::TUPLE_1 => Node::Tuple(self.pop_some(1)?),
            op::TUPLE_2 => Node::Tuple(self.pop_some(2)?),
            op::TUPLE_3 => Node::Tuple(self.pop_some(3)?),
            op::EMPTY_DICT => Node::Dict(Vec::new()),
            op::DICT => {
                let items = self.pop_mark()?;
                Node::Dict(self.pairs(&items)?)
            }
            op::EMPTY_SET => Node::Set(Vec::new()),
            op::FROZEN_SET => Node::Set(self.pop_mark()?),
            other => {
                return Err(ContentError::Unsupported {
                    what: format!("the operation {other:#04x} of a pickle"),
                });
            }
        };
        self.push(node)
    }

    fn get(&mut self, operation: u8) -> Step {
        let size = if operation == op::BIN_GET { 1 } else { 4 };
        let key = self.input.number(size).ok_or(ContentError::Truncated)?;
        let known = self.memo.get(&key).copied();
        let known = known.ok_or_else(|| self.broken("refers to what it did not say"))?;
        self.stack.push(known);
        Ok(())
    }

    fn put(&mut self, operation: u8) -> Step {
        let key = match operation {
            op::BIN_PUT => self.input.number(1),
            op::LONG_BIN_PUT => self.input.number(4),
            _ => Some(self.memo.len() as u64),
        };
        let top = self.top()?;
        self.memo.insert(key.ok_or(ContentError::Truncated)?, top);
        self.check(self.memo.len())
    }

    fn global(&mut self, operation: u8) -> Step {
        let (module, name) = if operation == op::GLOBAL {
            let mut line = || {
                let line = self.input.line().ok_or(ContentError::Truncated)?;
                Ok::<_, ContentError>(Arc::from(String::from_utf8_lossy(line)))
            };
            (line()?, line()?)
        } else {
            match &self.pop_some(2)?[..] {
                [module, name] => match (&self.nodes[*module], &self.nodes[*name]) {
                    (Node::Text(module), Node::Text(name)) => {
                        (Arc::clone(module), Arc::clone(name))
                    }
                    _ => return Err(self.broken("names something by what is no text")),
                },
                _ => return Err(ContentError::Truncated),
            }
        };
        if module.len() + name.len() > 1000 {
            return Err(self.broken("holds a name of more than 1000 bytes"));
        }
        if executes(&module, &name) {
            return Err(ContentError::NeedsCode {
                format: self.format,
                what: format!("`{}.{}`", module.escape_debug(), name.escape_debug()),
            });
        }
        self.push(Node::Global { module, name })
    }

    fn call(&mut self, operation: u8) -> Step {
        let named = match operation {
            op::NEW_OBJECT_NAMED => Some(self.pop()?),
            _ => None,
        };
        let arguments = self.pop()?;
        let callable = self.pop()?;
        self.push(Node::Call(Box::new(Call {
            callable,
            arguments,
            named,
            state: None,
            items: Vec::new(),
            list: Vec::new(),
        })))
    }

    fn build(&mut self) -> Step {
        let state = self.pop()?;
        let top = self.top()?;
        match &mut self.nodes[top] {
            Node::Call(call) if call.state.is_none() => {
                call.state = Some(state);
                Ok(())
            }
            _ => Err(self.broken("sets the state of what has none")),
        }
    }

    fn append(&mut self, operation: u8) -> Step {
        let mut items = match operation {
            op::APPEND => self.pop_some(1)?,
            _ => self.pop_mark()?,
        };
        let top = self.top()?;
        match &mut self.nodes[top] {
            Node::List(list) => list.append(&mut items),
            Node::Set(list) => list.append(&mut items),
            Node::Call(call) => call.list.append(&mut items),
            _ => return Err(self.broken("adds to what is no list")),
        }
        Ok(())
    }

    fn set(&mut self, operation: u8) -> Step {
        let items = match operation {
            op::SET_ITEM => self.pop_some(2)?,
            _ => self.pop_mark()?,
        };
        let mut pairs = self.pairs(&items)?;
        let top = self.top()?;
        match &mut self.nodes[top] {
            Node::Dict(items) => items.append(&mut pairs),
            Node::Call(call) => call.items.append(&mut pairs),
            _ => return Err(self.broken("sets a key of what is no dictionary")),
        }
        Ok(())
    }

    fn pairs(&self, items: &[NodeId]) -> Result<Vec<(NodeId, NodeId)>, ContentError> {
        let (pairs, rest) = items.as_chunks::<2>();
        if rest.is_empty() {
            Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect())
        } else {
            Err(self.broken("holds a key without a value"))
        }
    }

    fn push(&mut self, node: Node) -> Step {
        self.nodes.push(node);
        self.stack.push(self.nodes.len() - 1);
        self.check(self.nodes.len())
    }

    fn check(&self, count: usize) -> Step {
        if count > self.limit {
            return Err(ContentError::TooMany {
                what: "values",
                limit: self.limit,
            });
        }
        Ok(())
    }

    fn top(&self) -> Result<NodeId, ContentError> {
        self.stack.top().ok_or_else(|| self.broken(MISSING))
    }

    fn pop(&mut self) -> Result<NodeId, ContentError> {
        self.stack.pop().ok_or_else(|| self.broken(MISSING))
    }

    fn pop_some(&mut self, count: usize) -> Result<Vec<NodeId>, ContentError> {
        let popped = self.stack.pop_some(count);
        popped.ok_or_else(|| self.broken(MISSING))
    }

    fn pop_mark(&mut self) -> Result<Vec<NodeId>, ContentError> {
        let popped = self.stack.pop_mark();
        popped.ok_or_else(|| self.broken("ends what it did not begin"))
    }

    fn skip(&mut self, length: u64) -> Step {
        self.input
            .take(length)
            .map(drop)
            .ok_or(ContentError::Truncated)
    }

    fn broken(&self, what: &str) -> ContentError {
        ContentError::malformed(self.format, format!("its pickle {what}"))
    }
}
