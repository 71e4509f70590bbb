//! Tensors as pickles rebuild them: a view of a storage.

use super::super::strided::View;
use super::node::{Node, NodeId, Pickle};
use super::storage::{StorageName, Storages, element_of};
use crate::content::{Array, Budget, ContentError, ElementType, Format, Source};

/// A tensor, as a pickle says it.
pub(super) struct Tensor<'a> {
    storage: StorageName<'a>,
    view: View,
    /// Whether gradients are wanted.
    pub(super) requires_gradient: bool,
}

impl<'a> Tensor<'a> {
    /// The tensor that a call would rebuild, by the function's name in `torch._utils`; `None` where that makes none.
    ///
    /// # Errors
    /// When its arguments are not those of the function.
    pub(super) fn read(
        format: Format,
        pickle: &'a Pickle,
        storages: &Storages,
        function: &str,
        arguments: NodeId,
    ) -> Result<Option<Self>, ContentError> {
        let read = || {
            let arguments = pickle.tuple(arguments)?;
            let (storage, rest) = arguments.split_first()?;
            let Node::Persistent(storage) = pickle.node(*storage) else {
                return None;
            };
            let storage = StorageName::read(pickle, *storage)?;
            let [offset, shape, strides, gradient, ..] = rest else {
                return None;
            };
            let element = match function {
                "_rebuild_tensor_v3" => element_of(pickle.global(*rest.get(5)?)?.1)?,
                _ => storage.element?,
            };
            let numbers = |id: &NodeId| -> Option<Vec<u64>> {
                let items = pickle.tuple(*id)?.iter();
                items.map(|id| pickle.natural(*id)).collect()
            };
            Some(Self {
                storage,
                view: View {
                    element,
                    order: storages.order,
                    offset: pickle.natural(*offset)?,
                    shape: numbers(shape)?,
                    strides: numbers(strides)?,
                },
                requires_gradient: *pickle.node(*gradient) == Node::Bool(true),
            })
        };
        match function {
            "_rebuild_tensor_v2" | "_rebuild_tensor_v3" => read().map(Some).ok_or_else(|| {
                ContentError::malformed(format, "its pickle holds a tensor that is none")
            }),
            _ => Ok(None),
        }
    }

    /// Its elements; `is_opaque` where something is made of it that is not known.
    ///
    /// # Errors
    /// When they go past the storage's end or are more than `budget` allows.
    pub(super) fn array(
        self,
        format: Format,
        storages: &Storages,
        is_opaque: bool,
        budget: &Budget,
    ) -> Result<Array, ContentError> {
        shown(
            format,
            storages,
            &self.storage,
            self.view,
            is_opaque,
            budget,
        )
    }
}

/// What a view shows of a storage.
fn shown(
    format: Format,
    storages: &Storages,
    name: &StorageName<'_>,
    view: View,
    is_opaque: bool,
    budget: &Budget,
) -> Result<Array, ContentError> {
    let mut storage = bytes(format, storages, name)?;
    storages.see_type(name, view.element, is_opaque);
    match view.contiguous() {
        Some(seen) => storages.see(name.key, seen),
        None if view.lies_apart() => {
            let length = storage.length();
            let at_hand = storages.at_hand(name.key, budget)?;
            storage = at_hand.slice(0, length).ok_or(ContentError::Truncated)?;
        }
        None => {}
    }
    view.array(format, &storage, budget)
}

/// The bytes of a storage, as many as the pickle says.
fn bytes(
    format: Format,
    storages: &Storages,
    name: &StorageName<'_>,
) -> Result<Source, ContentError> {
    let stored = storages.get(name.key).ok_or_else(|| {
        let key = name.key.escape_debug();
        ContentError::malformed(format, format!("its storage `{key}` is missing"))
    })?;
    let size = name.element.map_or(1, ElementType::size);
    let length = name
        .count
        .checked_mul(size)
        .ok_or(ContentError::Truncated)?;
    stored.slice(0, length).ok_or(ContentError::Truncated)
}

/// All of a storage, as an array of one dimension.
///
/// # Errors
/// When it is none or has fewer bytes than it says.
pub(super) fn whole_storage(
    format: Format,
    pickle: &Pickle,
    storages: &Storages,
    name: NodeId,
    is_opaque: bool,
    budget: &Budget,
) -> Result<Array, ContentError> {
    let name = StorageName::read(pickle, name).ok_or_else(|| {
        ContentError::malformed(format, "its pickle names a storage that is none")
    })?;
    let view = View {
        element: name.element.unwrap_or(ElementType::Unsigned(1)),
        order: storages.order,
        offset: 0,
        shape: vec![name.count],
        strides: vec![1],
    };
    shown(format, storages, &name, view, is_opaque, budget)
}
