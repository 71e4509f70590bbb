//! Elements as people read them.

use super::element_number::{ElementNumber, Float};
use crate::content::ElementType;

/// The most bytes of an element that are shown.
const SHOWN: usize = 400;

/// The element in these bytes, the least significant first, in the fewest digits that tell it from every other.
pub(super) fn text(element: ElementType, bytes: &[u8]) -> String {
    match ElementNumber::read(element, bytes) {
        Some(ElementNumber::Integer(integer)) => integer.to_string(),
        Some(ElementNumber::Float(float)) => float_text(float),
        Some(ElementNumber::Complex(real, imaginary)) => {
            let imaginary = float_text(imaginary);
            let plus = if imaginary.starts_with('-') { "" } else { "+" };
            format!("{}{plus}{imaginary}j", float_text(real))
        }
        None if element == ElementType::Bool => match bytes {
            [0] => "false".to_owned(),
            [1] => "true".to_owned(),
            _ => opaque(bytes),
        },
        None => opaque(bytes),
    }
}

fn float_text(float: Float) -> String {
    match float.element {
        ElementType::Float(8) => format!("{:?}", float.value),
        #[expect(clippy::cast_possible_truncation, reason = "it was one")]
        ElementType::Float(4) => format!("{:?}", float.value as f32),
        _ if float.value == 0.0 || !float.value.is_finite() => format!("{:?}", float.value),
        _ => fewest_digits(float),
    }
}

/// The fewest digits that lie nearer to this number than to its neighbours.
fn fewest_digits(float: Float) -> String {
    let gap = [float.bits.wrapping_add(1), float.bits.wrapping_sub(1)]
        .into_iter()
        .map(|bits| (Float::of_bits(bits, float.element).value - float.value).abs())
        .filter(|gap| gap.is_finite())
        .fold(f64::INFINITY, f64::min);
    (0..17)
        .filter_map(|digits| format!("{:.digits$e}", float.value).parse::<f64>().ok())
        .find(|rounded| (rounded - float.value).abs() < gap / 2.0)
        .map_or_else(
            || format!("{:?}", float.value),
            |rounded| format!("{rounded:?}"),
        )
}

/// Bytes as text where they are such, in one byte or four a character, else in hexadecimal.
fn opaque(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(SHOWN / 2)];
    let more = if shown.len() < bytes.len() { "…" } else { "" };
    match plain(shown).or_else(|| wide(shown)) {
        Some(text) => format!("\"{}\"{more}", text.escape_debug()),
        None => hexadecimal(bytes),
    }
}

/// As many bytes as are shown, in hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(SHOWN / 2)];
    let more = if shown.len() < bytes.len() { "…" } else { "" };
    let digits: String = shown.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("0x{digits}{more}")
}

/// Printable ASCII, padded with NUL.
fn plain(bytes: &[u8]) -> Option<String> {
    let end = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1);
    let text = &bytes[..end];
    let printable = |byte: &u8| matches!(byte, b' '..=b'~');
    (end > 0 && text.iter().all(printable)).then(|| String::from_utf8_lossy(text).into_owned())
}

/// Characters of four bytes, as NumPy keeps text, padded with NUL.
fn wide(bytes: &[u8]) -> Option<String> {
    let (characters, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let text: String = characters
        .iter()
        .map(|character| char::from_u32(u32::from_le_bytes(*character)))
        .collect::<Option<_>>()?;
    let text = text.trim_end_matches('\0');
    let printable = !text.is_empty() && !text.chars().any(char::is_control);
    printable.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_fewest_digits() {
        for (element, bytes, expected) in [
            (ElementType::Float(4), &0.1_f32.to_le_bytes()[..], "0.1"),
            (ElementType::Float(8), &0.1_f64.to_le_bytes()[..], "0.1"),
            (ElementType::Float(2), &0x2e66_u16.to_le_bytes()[..], "0.1"),
            (ElementType::BFloat16, &0x3dcd_u16.to_le_bytes()[..], "0.1"),
            (ElementType::Float8E4M3, &[0x7e][..], "450.0"),
            (
                ElementType::Float(2),
                &0x7bff_u16.to_le_bytes()[..],
                "65500.0",
            ),
            (ElementType::Float(4), &f32::NAN.to_le_bytes()[..], "NaN"),
            (ElementType::Signed(2), &(-7_i16).to_le_bytes()[..], "-7"),
            (ElementType::Bool, &[1][..], "true"),
            (ElementType::Opaque(4), b"ab\0\0", "\"ab\""),
            (ElementType::Opaque(8), b"a\0\0\0\xe9\0\0\0", "\"aé\""),
            (ElementType::Opaque(3), b"\x01\x02\xff", "0x0102ff"),
        ] {
            assert_eq!(text(element, bytes), expected, "{element}");
        }
        let complex = [1_f32.to_le_bytes(), (-2_f32).to_le_bytes()].concat();
        assert_eq!(text(ElementType::Complex(4), &complex), "1.0-2.0j");
    }
}
