//! Datatypes in words, the same however a version of HDF5 encodes them.

use hdf5_reader::{ByteOrder, Datatype};

/// A datatype in words.
pub(super) fn text(datatype: &Datatype) -> String {
    match datatype {
        Datatype::FixedPoint {
            size,
            signed,
            byte_order,
        } => {
            let sign = if *signed { "int" } else { "uint" };
            format!("{sign}{} {}", u32::from(*size) * 8, order(*byte_order))
        }
        Datatype::FloatingPoint { size, byte_order } => {
            format!("float{} {}", u32::from(*size) * 8, order(*byte_order))
        }
        Datatype::Bitfield { size, byte_order } => {
            format!("bits{} {}", u32::from(*size) * 8, order(*byte_order))
        }
        Datatype::Opaque { size, tag } => format!("{size} bytes {tag:?}"),
        Datatype::Array { base, dims } => format!("{dims:?} of {}", text(base)),
        Datatype::Enum { base, members } => {
            let members = members.iter();
            let named = members.map(|member| format!("{:?} = {:?}", member.name, member.value));
            format!(
                "{} one of {}",
                text(base),
                named.collect::<Vec<_>>().join(", ")
            )
        }
        Datatype::Compound { size, fields } => {
            let fields = fields.iter().map(|field| {
                let datatype = text(&field.datatype);
                format!("{:?} at {}: {datatype}", field.name, field.byte_offset)
            });
            let fields: Vec<_> = fields.collect();
            format!("{size} bytes {{{}}}", fields.join(", "))
        }
        Datatype::String {
            size,
            encoding,
            padding,
        } => format!("text {size:?} {encoding:?} {padding:?}"),
        Datatype::VarLen { base, .. } => format!("sequence of {}", text(base)),
        Datatype::Reference { ref_type, size } => format!("reference {ref_type:?} {size}"),
    }
}

/// How many numbers a datatype is made of.
pub(super) fn numbers(datatype: &Datatype) -> usize {
    match datatype {
        Datatype::FixedPoint { .. } | Datatype::FloatingPoint { .. } => 1,
        Datatype::Array { base, .. } | Datatype::Enum { base, .. } => numbers(base),
        Datatype::Compound { fields, .. } => {
            fields.iter().map(|field| numbers(&field.datatype)).sum()
        }
        _ => 0,
    }
}

fn order(order: ByteOrder) -> &'static str {
    match order {
        ByteOrder::LittleEndian => "little",
        ByteOrder::BigEndian => "big",
    }
}
