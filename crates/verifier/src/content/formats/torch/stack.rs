//! The stack of a pickle: nodes, and marks between them that nothing is taken across.

use super::node::NodeId;

/// The stack of a pickle.
#[derive(Default)]
pub(super) struct Stack {
    items: Vec<NodeId>,
    marks: Vec<usize>,
}

impl Stack {
    /// Puts a node down.
    pub(super) fn push(&mut self, id: NodeId) {
        self.items.push(id);
    }

    /// Puts a mark down.
    pub(super) fn mark(&mut self) {
        self.marks.push(self.items.len());
    }

    /// Whether a mark is what was put down last.
    pub(super) fn is_at_mark(&self) -> bool {
        self.marks.last() == Some(&self.items.len())
    }

    /// The last node above the last mark.
    pub(super) fn top(&self) -> Option<NodeId> {
        self.items.get(self.bottom()..)?.last().copied()
    }

    /// Takes it.
    pub(super) fn pop(&mut self) -> Option<NodeId> {
        self.top()?;
        self.items.pop()
    }

    /// Takes as many, in the order in which they were put down.
    pub(super) fn pop_some(&mut self, count: usize) -> Option<Vec<NodeId>> {
        let start = self.items.len().checked_sub(count)?;
        (start >= self.bottom()).then(|| self.items.split_off(start))
    }

    /// Takes the last mark and all above it.
    pub(super) fn pop_mark(&mut self) -> Option<Vec<NodeId>> {
        let mark = self.marks.pop()?;
        (mark <= self.items.len()).then(|| self.items.split_off(mark))
    }

    fn bottom(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_across_a_mark() {
        let mut stack = Stack::default();
        assert_eq!((stack.pop(), stack.pop_mark()), (None, None));
        stack.push(1);
        stack.mark();
        assert!(stack.is_at_mark());
        assert_eq!(
            (stack.top(), stack.pop(), stack.pop_some(1)),
            (None, None, None)
        );
        stack.push(2);
        stack.push(3);
        assert_eq!(stack.pop_mark(), Some(vec![2, 3]));
        assert_eq!((stack.pop(), stack.pop()), (Some(1), None));
    }
}
