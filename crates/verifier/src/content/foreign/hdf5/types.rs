//! Datatypes as element types, and what is to be said of them besides.

use std::fmt::Write as _;

use hdf5_reader::{
    ByteOrder as StoredOrder, CompoundField, Datatype, EnumMember, StringSize, VarLenKind,
};

use super::super::refusal::Refusal;
use super::{description, numbers};
use crate::content::{ByteOrder, ElementType};

/// How the elements of a datatype are written.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// As an array; `None` for texts of any length.
    pub(super) array: Option<ArrayForm>,
    /// What of the datatype the array's type does not say.
    pub(super) note: Option<String>,
    /// Whether it is text.
    pub(super) is_text: bool,
}

/// The type of an array's elements.
#[derive(Clone, Debug)]
pub(super) struct ArrayForm {
    pub(super) element: ElementType,
    pub(super) order: ByteOrder,
    /// The dimensions that each element has itself.
    pub(super) inner: Vec<u64>,
}

impl Form {
    /// The form of a datatype, with its encoding.
    pub(super) fn of(datatype: &Datatype, encoded: &[u8]) -> Result<Self, Refusal> {
        let form = match datatype {
            Datatype::FixedPoint {
                size,
                signed,
                byte_order,
            } => {
                numbers::check(encoded)?;
                let element = match (*size, *signed) {
                    (1 | 2 | 4 | 8, true) => ElementType::Signed(*size),
                    (1 | 2 | 4 | 8, false) => ElementType::Unsigned(*size),
                    _ => return Err(Refusal::unsupported(format!("numbers of {size} bytes"))),
                };
                Self::array(element, *byte_order, None)
            }
            Datatype::FloatingPoint { size, byte_order } => {
                numbers::check(encoded)?;
                Self::array(ElementType::Float(*size), *byte_order, None)
            }
            Datatype::Enum { base, members } => {
                Self::enumeration(base, members, numbers::base(encoded).unwrap_or_default())?
            }
            Datatype::Array { base, dims } => {
                let form = Self::of(base, numbers::base(encoded).unwrap_or_default())?;
                let Some(mut array) = form.array else {
                    return Err(Refusal::unsupported("arrays of texts as elements"));
                };
                array.inner.splice(0..0, dims.iter().copied());
                let note = form.note.unwrap_or_default();
                Self {
                    note: Some(format!("elements of {dims:?} {note}").trim_end().to_owned()),
                    array: Some(array),
                    is_text: false,
                }
            }
            Datatype::Compound { size, fields } => match complex(fields, *size, encoded) {
                Some((size, order)) => Self::array(ElementType::Complex(size), order, None),
                None => {
                    fields_have_all(fields, *size)?;
                    let form = Self::bytes(*size, "fields", encoded);
                    // The encoding itself is another in each version of HDF5.
                    match numbers::plain_ones(encoded) == description::numbers(datatype) {
                        true => Self {
                            note: Some(description::text(datatype)),
                            ..form
                        },
                        false => form,
                    }
                }
            },
            Datatype::String {
                size: StringSize::Fixed(size),
                encoding,
                padding,
            } => Self {
                note: Some(format!("text of {size} bytes, {encoding:?}, {padding:?}")),
                is_text: true,
                ..Self::array(ElementType::Opaque(*size), StoredOrder::LittleEndian, None)
            },
            Datatype::String {
                encoding, padding, ..
            } => Self::texts(format!("text of any length, {encoding:?}, {padding:?}")),
            Datatype::VarLen {
                base,
                kind: VarLenKind::String,
                encoding,
                padding,
            } if base.is_vlen_string_base() => {
                Self::texts(format!("text of any length, {encoding:?}, {padding:?}"))
            }
            Datatype::Opaque { size, .. } => Self::bytes(*size, "opaque", encoded),
            Datatype::Bitfield { size, .. } => Self::bytes(u32::from(*size), "bits", encoded),
            Datatype::VarLen { .. } => {
                return Err(Refusal::unsupported("sequences of any length in HDF5"));
            }
            Datatype::Reference { .. } => {
                return Err(Refusal::unsupported("references to objects in HDF5"));
            }
        };
        match &form.array {
            Some(array) if array.element.size() == 0 => {
                Err(Refusal::unsupported("elements without a byte"))
            }
            _ => Ok(form),
        }
    }

    fn array(element: ElementType, order: StoredOrder, note: Option<String>) -> Self {
        let order = match order {
            StoredOrder::LittleEndian => ByteOrder::Little,
            StoredOrder::BigEndian => ByteOrder::Big,
        };
        Self {
            array: Some(ArrayForm {
                element,
                order,
                inner: Vec::new(),
            }),
            note,
            is_text: false,
        }
    }

    fn texts(note: String) -> Self {
        Self {
            array: None,
            note: Some(note),
            is_text: true,
        }
    }

    /// Bytes of which only equality is known; the encoding says what they are.
    fn bytes(size: u32, word: &str, encoded: &[u8]) -> Self {
        let mut note = format!("{word} ");
        for byte in encoded {
            // Writing to a text cannot fail.
            let _ = write!(note, "{byte:02x}");
        }
        let element = ElementType::Opaque(size);
        Self::array(element, StoredOrder::LittleEndian, Some(note))
    }

    fn enumeration(
        base: &Datatype,
        members: &[EnumMember],
        encoded: &[u8],
    ) -> Result<Self, Refusal> {
        let mut form = Self::of(base, encoded)?;
        let named: Vec<_> = members
            .iter()
            .map(|member| (member.name.as_str(), member.value.as_slice()))
            .collect();
        if let Some(array) = &mut form.array
            && array.element == ElementType::Signed(1)
            && named == [("FALSE", [0].as_slice()), ("TRUE", [1].as_slice())]
        {
            // As h5py writes truth values. Others than those two are shown as bytes.
            array.element = ElementType::Bool;
            return Ok(form);
        }
        let named = named
            .iter()
            .map(|(name, value)| format!("{name} = {value:?}"));
        form.note = Some(format!("one of {}", named.collect::<Vec<_>>().join(", ")));
        Ok(form)
    }
}

/// Whether fields are the two parts of a complex number, as h5py writes them; the size of one, and the order of bytes.
fn complex(fields: &[CompoundField], size: u32, encoded: &[u8]) -> Option<(u8, StoredOrder)> {
    let [real, imaginary] = fields else {
        return None;
    };
    let (
        Datatype::FloatingPoint {
            size: part,
            byte_order,
        },
        true,
    ) = (&real.datatype, real.datatype == imaginary.datatype)
    else {
        return None;
    };
    let is_complex = (real.name.as_str(), imaginary.name.as_str()) == ("r", "i")
        && matches!(part, 4 | 8)
        && size == 2 * u32::from(*part)
        && u64::from(real.byte_offset) == 0
        && u64::from(imaginary.byte_offset) == u64::from(*part)
        && numbers::floats(encoded, *part) == 2;
    is_complex.then_some((*part, *byte_order))
}

/// Refuses fields with gaps between them, where anything may lie, and fields that are not in the element itself.
fn fields_have_all(fields: &[CompoundField], size: u32) -> Result<(), Refusal> {
    let mut end = 0_u64;
    for field in fields {
        if u64::from(field.byte_offset) != end {
            return Err(Refusal::unsupported("fields with gaps between them"));
        }
        end += stored_size(&field.datatype)?;
    }
    match end == u64::from(size) {
        true => Ok(()),
        false => Err(Refusal::unsupported("fields with gaps between them")),
    }
}

fn stored_size(datatype: &Datatype) -> Result<u64, Refusal> {
    match datatype {
        Datatype::VarLen { .. }
        | Datatype::Reference { .. }
        | Datatype::String {
            size: StringSize::Variable,
            ..
        } => Err(Refusal::unsupported("fields that lie elsewhere")),
        Datatype::Array { base, .. } | Datatype::Enum { base, .. } => {
            stored_size(base)?;
            Ok(hdf5_reader::dtype_element_size(datatype)? as u64)
        }
        Datatype::Compound { size, fields } => {
            fields_have_all(fields, *size)?;
            Ok(u64::from(*size))
        }
        _ => Ok(hdf5_reader::dtype_element_size(datatype)? as u64),
    }
}
