//! Commands and variables that no engine could hand over.

use std::collections::BTreeMap;

use crate::engine::EngineError;

/// Refuses an empty command, and one with a NUL byte.
pub(crate) fn check_command(command: &[String]) -> Result<(), EngineError> {
    match command.first() {
        Some(program) if !program.is_empty() && !command.iter().any(|part| part.contains('\0')) => {
            Ok(())
        }
        _ => Err(EngineError::Command),
    }
}

/// Refuses variables whose name or value cannot stand in an environment.
pub(crate) fn check_variables(variables: &BTreeMap<String, String>) -> Result<(), EngineError> {
    let malformed = |name: &str, value: &str| {
        name.is_empty() || name.contains(['=', '\0']) || value.contains('\0')
    };
    match variables
        .iter()
        .find(|(name, value)| malformed(name, value))
    {
        None => Ok(()),
        Some((name, _)) => Err(EngineError::Variable { name: name.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_variables_are_refused() {
        for (name, value) in [("", "x"), ("A=B", "x"), ("A\0", "x"), ("A", "x\0y")] {
            let wanted = BTreeMap::from([(name.to_owned(), value.to_owned())]);
            assert!(matches!(
                check_variables(&wanted),
                Err(EngineError::Variable { .. })
            ));
        }
    }

    #[test]
    fn malformed_commands_are_refused() {
        for command in [
            vec![],
            vec![String::new()],
            vec!["a".to_owned(), "\0".to_owned()],
        ] {
            assert!(matches!(check_command(&command), Err(EngineError::Command)));
        }
    }
}
