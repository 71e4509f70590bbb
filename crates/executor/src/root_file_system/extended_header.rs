//! What stands before an entry and says more of it: PAX records and GNU's long names.

use super::attributes::Time;

/// What was said of the next entry.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ExtendedHeader {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) user: Option<u64>,
    pub(super) group: Option<u64>,
    pub(super) modified: Option<Time>,
    pub(super) extended: Vec<(String, Vec<u8>)>,
}

/// How PAX records name an extended attribute.
const EXTENDED: &str = "SCHILY.xattr.";
/// The longest name and value of an extended attribute, in bytes (`XATTR_NAME_MAX`, `XATTR_SIZE_MAX` of Linux).
const LONGEST_EXTENDED: (usize, usize) = (255, 64 << 10);
/// The most extended attributes of one entry, however many headers stand before it.
const MOST_EXTENDED: usize = 64;

impl ExtendedHeader {
    /// Reads PAX records: each `LENGTH KEY=VALUE\n`, its length in bytes that of all of it.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn read_records(&mut self, mut records: &[u8]) -> Result<(), &'static str> {
        const MALFORMED: &str = "malformed PAX records";
        while !records.is_empty() {
            let digits = records
                .iter()
                .take(8)
                .take_while(|byte| byte.is_ascii_digit());
            let digits = digits.count();
            let length = decimal(&records[..digits]).ok_or(MALFORMED)?;
            let length = usize::try_from(length).map_err(|_| MALFORMED)?;
            if length <= digits || length > records.len() {
                return Err(MALFORMED);
            }
            let (record, rest) = records.split_at(length);
            let record = record[digits..].strip_prefix(b" ").ok_or(MALFORMED)?;
            let record = record.strip_suffix(b"\n").ok_or(MALFORMED)?;
            let equals = record.iter().position(|byte| *byte == b'=');
            let (key, value) = record.split_at(equals.ok_or(MALFORMED)?);
            self.record(key, &value[1..])?;
            records = rest;
        }
        Ok(())
    }

    fn record(&mut self, key: &[u8], value: &[u8]) -> Result<(), &'static str> {
        let key = std::str::from_utf8(key).map_err(|_| "a PAX key that is not UTF-8")?;
        let number = || decimal(value).ok_or("a PAX number that is none");
        match key {
            "path" => self.path = Some(value.to_owned()),
            "linkpath" => self.link = Some(value.to_owned()),
            "size" => self.size = Some(number()?),
            "uid" => self.user = Some(number()?),
            "gid" => self.group = Some(number()?),
            "mtime" => self.modified = Some(time(value).ok_or("a PAX time that is none")?),
            _ if key.starts_with("GNU.sparse.") => {
                return Err("a sparse file, which is not supported");
            }
            _ => {
                if let Some(name) = key.strip_prefix(EXTENDED)
                    && name.starts_with("user.")
                {
                    self.attribute(name, value)?;
                }
            }
        }
        Ok(())
    }

    fn attribute(&mut self, name: &str, value: &[u8]) -> Result<(), &'static str> {
        let (longest_name, longest_value) = LONGEST_EXTENDED;
        if name.len() > longest_name || value.len() > longest_value || name.contains('\0') {
            return Err("an extended attribute that is too large");
        }
        if self.extended.len() >= MOST_EXTENDED {
            return Err("too many extended attributes");
        }
        self.extended.push((name.to_owned(), value.to_owned()));
        Ok(())
    }
}

fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Seconds with a fraction, and a sign; what is finer than a nanosecond is cut off.
fn time(text: &[u8]) -> Option<Time> {
    let (negative, text) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut parts = text.splitn(2, |byte| *byte == b'.');
    let seconds = i64::try_from(decimal(parts.next()?)?).ok()?;
    let fraction = parts.next().unwrap_or_default();
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = fraction.iter().chain(std::iter::repeat(&b'0')).take(9);
    let nanoseconds = digits.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    Some(match (negative, nanoseconds) {
        (false, nanoseconds) => Time {
            seconds,
            nanoseconds,
        },
        (true, 0) => Time {
            seconds: -seconds,
            nanoseconds,
        },
        (true, nanoseconds) => Time {
            seconds: -seconds - 1,
            nanoseconds: 1_000_000_000 - nanoseconds,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(key: &str, value: &str) -> Vec<u8> {
        let rest = key.len() + value.len() + 3;
        let length = (rest..).find(|length| length - rest == length.to_string().len());
        format!("{} {key}={value}\n", length.expect("some length")).into_bytes()
    }

    fn read(records: &[u8]) -> Result<ExtendedHeader, &'static str> {
        let mut header = ExtendedHeader::default();
        header.read_records(records)?;
        Ok(header)
    }

    #[test]
    fn records_are_read() {
        let records = [
            record("path", "a=b\n/c"),
            record("size", "9000000000"),
            record("mtime", "-1.25"),
            record("SCHILY.xattr.user.note", "kept"),
            record("SCHILY.xattr.security.capability", "left out"),
            record("comment", "left out"),
        ];
        let header = read(&records.concat()).expect("well formed");
        assert_eq!(header.path.as_deref(), Some(&b"a=b\n/c"[..]));
        assert_eq!(header.size, Some(9_000_000_000));
        let expected = Time {
            seconds: -2,
            nanoseconds: 750_000_000,
        };
        assert_eq!(header.modified, Some(expected));
        assert_eq!(
            header.extended,
            [("user.note".to_owned(), b"kept".to_vec())]
        );
    }

    #[test]
    fn malformed_records_are_refused() {
        for records in [
            &b"5 a=b\n"[..],
            b"7 a=b\n",
            b"99999999999999999999 a=b\n",
            b"0 a=b\n",
            b" a=b\n",
            b"5 ab\n",
            b"6 a=bc",
            b"6",
            b"-6 a=b\n",
        ] {
            assert!(read(records).is_err(), "{records:?}");
        }
        assert!(read(&record("size", "-1")).is_err());
        assert!(read(&record("size", "99999999999999999999")).is_err());
        assert!(read(&record("mtime", "now")).is_err());
        assert!(read(&record("GNU.sparse.major", "1")).is_err());
        assert!(
            read(&record(
                &format!("SCHILY.xattr.user.{}", "n".repeat(300)),
                ""
            ))
            .is_err()
        );
        assert!(read(&record("SCHILY.xattr.user.a", &"v".repeat(70_000))).is_err());
    }
}
