//! The programs that a wheel declares in `entry_points.txt`.

/// A program that calls a function.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EntryPoint {
    pub(super) name: String,
    module: String,
    function: String,
}

impl EntryPoint {
    /// The program's text.
    pub(super) fn script(&self) -> String {
        let Self {
            module, function, ..
        } = self;
        let root = function.split('.').next().unwrap_or(function);
        format!(
            "#!/usr/bin/python3\nimport sys\n\nfrom {module} import {root}\n\nif __name__ == \"__main__\":\n    sys.exit({function}())\n"
        )
    }
}

/// Reads the programs; an entry that is malformed is the error.
pub(super) fn parse(text: &str) -> Result<Vec<EntryPoint>, String> {
    let mut found = Vec::new();
    let mut is_program = false;
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(section) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            is_program = matches!(section.trim(), "console_scripts" | "gui_scripts");
            continue;
        }
        if is_program {
            found.push(entry_point(line).ok_or_else(|| line.to_owned())?);
        }
    }
    Ok(found)
}

fn entry_point(line: &str) -> Option<EntryPoint> {
    let (name, target) = line.split_once('=')?;
    let target = target.split('[').next()?;
    let (module, function) = target.split_once(':')?;
    let (name, module, function) = (name.trim(), module.trim(), function.trim());
    let is_name = !name.is_empty()
        && !name.starts_with('.')
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "._-+".contains(letter));
    (is_name && is_dotted(module) && is_dotted(function)).then(|| EntryPoint {
        name: name.to_owned(),
        module: module.to_owned(),
        function: function.to_owned(),
    })
}

/// Identifiers joined by dots, so that nothing else can be written into a program.
fn is_dotted(text: &str) -> bool {
    text.split('.').all(|part| {
        part.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && part
                .chars()
                .all(|letter| letter.is_alphanumeric() || letter == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_and_nothing_else() {
        let text = "# c\n[other]\nx = y\n[console_scripts]\nf2py = numpy.f2py:Main.main [extra]\n";
        let found = parse(text).expect("well formed");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name, "f2py");
        let script = found[0].script();
        assert!(script.contains("from numpy.f2py import Main\n"), "{script}");
        assert!(script.contains("sys.exit(Main.main())"), "{script}");
    }

    #[test]
    fn a_hostile_entry_is_named() {
        for line in [
            "../../bin/sh = a:b",
            "x = a:b; import os",
            "x = a",
            "x = :b",
            ".. = a:b",
        ] {
            assert!(
                parse(&format!("[console_scripts]\n{line}")).is_err(),
                "{line}"
            );
        }
    }
}
