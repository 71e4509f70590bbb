//! Which column of a table belongs to which of another, and how both are compared.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use resow_manifest::comparator::{Comparator, IgnoredField, Tolerance};

use super::findings::{DifferenceKind, Findings};
use super::shown::cut;
use crate::content::Row;

/// A column that both tables have.
#[derive(Clone, Debug)]
pub(super) struct Column<'a> {
    /// Its name, cut.
    pub(super) name: String,
    /// Its index in what is expected.
    pub(super) left: usize,
    /// Its index in the other.
    pub(super) right: usize,
    /// How far its numbers may be apart.
    pub(super) tolerance: Tolerance,
    /// Why it is not compared.
    pub(super) ignored: Option<&'a IgnoredField>,
}

/// The columns of two tables.
#[derive(Clone, Debug)]
pub(super) struct Columns<'a> {
    place: &'a str,
    comparator: &'a Comparator,
    shared: Vec<Column<'a>>,
    /// The indexes of shared columns by their index in the other table.
    by_right: Vec<usize>,
    /// The index of the shared column that is compared, by the index in either table.
    left_keys: Vec<Option<usize>>,
    right_keys: Vec<Option<usize>>,
    lefts: usize,
    rights: usize,
    /// Whether each column stands at the same index in both.
    are_alike: bool,
    only_left: Vec<String>,
    only_right: Vec<String>,
}

impl<'a> Columns<'a> {
    /// The columns of two tables that lie at `place`, by their names; of one name by their order.
    pub(super) fn of(
        place: &'a str,
        lefts: &[String],
        rights: &[String],
        comparator: &'a Comparator,
    ) -> Self {
        let mut columns = Self {
            place,
            comparator,
            shared: Vec::new(),
            by_right: Vec::new(),
            left_keys: vec![None; lefts.len()],
            right_keys: vec![None; rights.len()],
            lefts: lefts.len(),
            rights: rights.len(),
            are_alike: false,
            only_left: Vec::new(),
            only_right: Vec::new(),
        };
        let mut by_name: HashMap<_, _> = told_apart(rights).into_iter().zip(0..).collect();
        for (left, key) in told_apart(lefts).into_iter().enumerate() {
            match by_name.remove(&key) {
                Some(right) => columns.shared.push(columns.column(key.0, left, right)),
                None => columns.only_left.push(key.0.to_owned()),
            }
        }
        let mut rest: Vec<_> = by_name.into_iter().collect();
        rest.sort_unstable_by_key(|(_, index)| *index);
        columns.only_right = rest
            .into_iter()
            .map(|((name, _), _)| name.to_owned())
            .collect();
        columns.index();
        columns
    }

    fn index(&mut self) {
        self.are_alike = self.lefts == self.rights
            && self.shared.iter().all(|column| column.left == column.right);
        self.by_right = (0..self.shared.len()).collect();
        self.by_right
            .sort_unstable_by_key(|index| self.shared[*index].right);
        for (index, column) in self.shared.iter().enumerate() {
            if column.ignored.is_none() {
                self.left_keys[column.left] = Some(index);
                self.right_keys[column.right] = Some(index);
            }
        }
    }

    /// The columns that both tables have and at least one of these rows, so that short rows of wide tables take little.
    pub(super) fn shared(&self, left: &Row, right: &Row) -> impl Iterator<Item = &Column<'a>> {
        let (lefts, rights) = (left.len(), right.len());
        let of_left = self.shared.iter().take_while(move |one| one.left < lefts);
        let of_right = self.by_right.iter().map(|index| &self.shared[*index]);
        let of_right = of_right.take_while(move |one| one.right < rights);
        of_left.chain(of_right.filter(move |one| one.left >= lefts))
    }

    /// A number that rows of what is expected and of the other share where the cells that are compared are equal.
    pub(super) fn hash_left(&self, row: &Row) -> u64 {
        hash(row, &self.left_keys)
    }

    /// The same of a row of the other.
    pub(super) fn hash_right(&self, row: &Row) -> u64 {
        hash(row, &self.right_keys)
    }

    /// Whether each column stands at the same index in both.
    pub(super) fn are_alike(&self) -> bool {
        self.are_alike
    }

    /// How many cells these two rows have at most for which there is no name.
    pub(super) fn unnamed(&self, left: &Row, right: &Row) -> usize {
        let lefts = left.len().saturating_sub(self.lefts);
        lefts.max(right.len().saturating_sub(self.rights))
    }

    /// The column of the cells at this index among those without a name: it is called by its number, from 1.
    pub(super) fn of_unnamed(&self, index: usize) -> Column<'a> {
        let (left, right) = (self.lefts + index, self.rights + index);
        self.column(&(left + 1).to_string(), left, right)
    }

    /// Adds which columns one table alone has, and whether the others stand in another order.
    pub(super) fn report(&self, findings: &mut Findings) {
        let what = || "a column".to_owned();
        for name in &self.only_left {
            self.report_one(name, DifferenceKind::OnlyLeft { what: what() }, findings);
        }
        for name in &self.only_right {
            self.report_one(name, DifferenceKind::OnlyRight { what: what() }, findings);
        }
        for entry in self.shared.iter().filter_map(|column| column.ignored) {
            findings.ignore(entry, false);
        }
        let compared = || self.shared.iter().filter(|column| column.ignored.is_none());
        if !compared().is_sorted_by_key(|column| column.right) {
            let mut sorted: Vec<_> = compared().collect();
            sorted.sort_by_key(|column| column.right);
            let kind = DifferenceKind::Nature {
                left: in_words(compared()),
                right: in_words(sorted.into_iter()),
            };
            findings.differ(self.place, kind);
        }
    }

    fn report_one(&self, name: &str, kind: DifferenceKind, findings: &mut Findings) {
        let field = self.field(name);
        match self.comparator.ignoring(&field) {
            Some(entry) => findings.ignore(entry, true),
            None => findings.differ(cut(&field), kind),
        }
    }

    fn column(&self, name: &str, left: usize, right: usize) -> Column<'a> {
        let field = self.field(name);
        Column {
            name: cut(name),
            left,
            right,
            tolerance: self.comparator.tolerance_of(&field),
            ignored: self.comparator.ignoring(&field),
        }
    }

    /// The name by which a manifest names a column.
    fn field(&self, name: &str) -> String {
        let mark = if self.place.is_empty() { "" } else { "!" };
        format!("{}{mark}{name}", self.place)
    }
}

/// The sum over all cells, each with its column: the order of columns is another difference.
fn hash(row: &Row, keys: &[Option<usize>]) -> u64 {
    let cells = row
        .cells()
        .zip(keys)
        .filter_map(|(cell, key)| Some(((*key)?, cell)));
    cells.fold(0, |sum, cell| {
        let mut hasher = DefaultHasher::new();
        cell.hash(&mut hasher);
        sum.wrapping_add(hasher.finish())
    })
}

/// The names, each with how many columns before it have the same.
fn told_apart(names: &[String]) -> Vec<(&str, usize)> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let tell = |name| {
        let before = seen.entry(name).or_default();
        *before += 1;
        (name, *before - 1)
    };
    names.iter().map(String::as_str).map(tell).collect()
}

fn in_words<'a>(columns: impl Iterator<Item = &'a Column<'a>>) -> String {
    let names: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
    cut(&format!("the columns {}", names.join(", ")))
}
