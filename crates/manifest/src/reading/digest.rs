//! Digests as manifests write them, with messages that say what is wrong with one.

use super::log::FaultLog;
use super::setting::Setting;
use crate::digest::Sha256Digest;

const PREFIX: &str = "sha256:";

/// Reads `sha256:` and 64 digits.
pub(super) fn read_prefixed(
    setting: &Setting<'_>,
    text: &str,
    log: &mut FaultLog,
) -> Option<Sha256Digest> {
    let Some(hex) = text.strip_prefix(PREFIX) else {
        let message = format!("`{text}` is not a digest: it does not begin with `{PREFIX}`");
        setting.refuse(message, None, log);
        return None;
    };
    read_digits(setting, hex, log)
}

/// Reads 64 digits, as `sha256sum` prints them, or the same after `sha256:`, as resow does.
pub(super) fn read_either(
    setting: &Setting<'_>,
    text: &str,
    log: &mut FaultLog,
) -> Option<Sha256Digest> {
    read_digits(setting, text.strip_prefix(PREFIX).unwrap_or(text), log)
}

fn read_digits(setting: &Setting<'_>, hex: &str, log: &mut FaultLog) -> Option<Sha256Digest> {
    let (reason, hint) = match Sha256Digest::from_hex(hex) {
        Ok(digest) => return Some(digest),
        Err(_) if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => (
            "it has characters that are not hexadecimal digits".to_owned(),
            None,
        ),
        Err(_) if hex.len() != 64 => (format!("it has {} digits, not 64", hex.len()), None),
        Err(_) => (
            "it has upper-case digits".to_owned(),
            Some(format!("write `{}`", hex.to_lowercase())),
        ),
    };
    setting.refuse(format!("`{hex}` is not a digest: {reason}"), hint, log);
    None
}
