//! What a pickle says, as data: nodes that name each other by number, so that loops are no trouble.

use std::sync::Arc;

/// The number of a node.
pub(super) type NodeId = usize;

/// What a pickle says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// `None`.
    Nothing,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Integer(i128),
    /// A floating-point number.
    Float(f64),
    /// A text.
    Text(Arc<str>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<NodeId>),
    /// A tuple.
    Tuple(Vec<NodeId>),
    /// A set.
    Set(Vec<NodeId>),
    /// A dictionary: keys and values as they were put in.
    Dict(Vec<(NodeId, NodeId)>),
    /// A name: of a class, a function or a constant.
    Global {
        /// Its module.
        module: Arc<str>,
        /// Its name there.
        name: Arc<str>,
    },
    /// What a call would give.
    Call(Box<Call>),
    /// Something outside the pickle: a storage.
    Persistent(NodeId),
}

/// A call that is not made, and what would be done to its result.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    /// What would be called.
    pub(super) callable: NodeId,
    /// A tuple of arguments.
    pub(super) arguments: NodeId,
    /// Arguments by name.
    pub(super) named: Option<NodeId>,
    /// What would be set as its state.
    pub(super) state: Option<NodeId>,
    /// What would be put in by key.
    pub(super) items: Vec<(NodeId, NodeId)>,
    /// What would be added at its end.
    pub(super) list: Vec<NodeId>,
}

/// All nodes of a pickle.
#[derive(Debug)]
pub(super) struct Pickle {
    /// The nodes by number.
    pub(super) nodes: Vec<Node>,
    /// The one that is the result.
    pub(super) root: NodeId,
}

impl Pickle {
    /// The node of this number.
    pub(super) fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(id).unwrap_or(&Node::Nothing)
    }

    /// The module and name, where it is one.
    pub(super) fn global(&self, id: NodeId) -> Option<(&str, &str)> {
        match self.node(id) {
            Node::Global { module, name } => Some((module, name)),
            _ => None,
        }
    }

    /// The items, where it is a tuple.
    pub(super) fn tuple(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.node(id) {
            Node::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The number, where it is one that is not negative.
    pub(super) fn natural(&self, id: NodeId) -> Option<u64> {
        match self.node(id) {
            Node::Integer(number) => u64::try_from(*number).ok(),
            _ => None,
        }
    }
}
