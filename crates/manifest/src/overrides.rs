//! `--seed` and `--set`: another plan without an edit.
//!
//! `--set params.KEY=VALUE` sets a parameter that the manifest declares. What is declared says how the value is read:
//! a text takes the value as it is (or a TOML string in quotes), a truth value, list or number takes a TOML value of the
//! same kind. A whole number may become a decimal one, and for a decimal one `1` means `1.0`. Nothing else changes type.

use std::collections::BTreeMap;

use crate::manifest::Manifest;
use crate::parameter::ParameterValue;
use crate::reading::read_parameter_value;
use crate::seed::Seed;
use crate::suggestion::did_you_mean;
use crate::template::parameter_paths;

/// Why a setting of the command line is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverrideError {
    /// It is not `params.KEY=VALUE`.
    #[error("`{setting}` is not of the form `params.KEY=VALUE`")]
    Form {
        /// The setting as written.
        setting: String,
    },
    /// The manifest declares no such parameter.
    #[error("the manifest declares no parameter `{path}`")]
    Unknown {
        /// The parameter's keys, joined by dots.
        path: String,
        /// What may have been meant.
        meant: Option<String>,
    },
    /// The parameter is a table.
    #[error("parameter `{path}` is a table: set the values in it one by one")]
    Table {
        /// The parameter's keys, joined by dots.
        path: String,
    },
    /// The value is of another type than the manifest's.
    #[error("parameter `{path}` is {expected}, and `{value}` is not")]
    Type {
        /// The parameter's keys, joined by dots.
        path: String,
        /// What the manifest declares.
        expected: &'static str,
        /// The value as written.
        value: String,
    },
    /// No parameter can have the value.
    #[error("parameter `{path}` cannot be `{value}`: {reason}")]
    Value {
        /// The parameter's keys, joined by dots.
        path: String,
        /// The value as written.
        value: String,
        /// Why not.
        reason: String,
    },
}

impl OverrideError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Form { .. } => Some("write `--set params.lr=0.01`".to_owned()),
            Self::Unknown { meant, .. } => Some(
                meant
                    .clone()
                    .unwrap_or_else(|| "declare it under `[params]` first".to_owned()),
            ),
            Self::Type { .. } => Some("to change a type, edit the manifest".to_owned()),
            Self::Table { .. } | Self::Value { .. } => None,
        }
    }
}

impl Manifest {
    /// The manifest with another seed.
    #[must_use]
    pub fn with_seed(mut self, seed: Seed) -> Self {
        self.seed = seed;
        self
    }

    /// The manifest with what `params.KEY=VALUE` says.
    ///
    /// # Errors
    /// When the text has another form, or as [`Manifest::with_parameter`].
    pub fn with_setting(self, setting: &str) -> Result<Self, OverrideError> {
        match setting
            .strip_prefix("params.")
            .and_then(|rest| rest.split_once('='))
        {
            Some((path, value)) if !path.trim().is_empty() => {
                self.with_parameter(path.trim(), value)
            }
            _ => Err(OverrideError::Form {
                setting: setting.to_owned(),
            }),
        }
    }

    /// The manifest with another value for a declared parameter, whose keys are joined by dots.
    ///
    /// # Errors
    /// When the manifest declares no such parameter, or the value does not fit what it declares.
    pub fn with_parameter(mut self, path: &str, value: &str) -> Result<Self, OverrideError> {
        let paths = parameter_paths(&self.parameters);
        let Some(declared) = parameter_mut(&mut self.parameters, path) else {
            return Err(OverrideError::Unknown {
                path: path.to_owned(),
                meant: did_you_mean(path, paths.iter().map(String::as_str)),
            });
        };
        *declared = fitting(declared, path, value)?;
        if self.has_empty_program() {
            return Err(OverrideError::Value {
                path: path.to_owned(),
                value: value.to_owned(),
                reason: "the command would have no program".to_owned(),
            });
        }
        Ok(self)
    }
}

fn parameter_mut<'p>(
    parameters: &'p mut BTreeMap<String, ParameterValue>,
    path: &str,
) -> Option<&'p mut ParameterValue> {
    if let Some((first, rest)) = path.split_once('.') {
        match parameters.get_mut(first)? {
            ParameterValue::Table(inner) => parameter_mut(inner, rest),
            _ => None,
        }
    } else {
        parameters.get_mut(path)
    }
}

fn fitting(
    declared: &ParameterValue,
    path: &str,
    text: &str,
) -> Result<ParameterValue, OverrideError> {
    let read = read_parameter_value(text.trim()).map_err(|reason| OverrideError::Value {
        path: path.to_owned(),
        value: text.to_owned(),
        reason,
    });
    let wrong_type = |expected| OverrideError::Type {
        path: path.to_owned(),
        expected,
        value: text.to_owned(),
    };
    if let ParameterValue::String(_) = declared {
        return match read {
            Ok(Some(value @ ParameterValue::String(_))) => Ok(value),
            _ if text.contains('\0') => Err(OverrideError::Value {
                path: path.to_owned(),
                value: text.escape_debug().to_string(),
                reason: "it has a NUL, which no argument can".to_owned(),
            }),
            _ => Ok(ParameterValue::String(text.to_owned())),
        };
    }
    let value = read?;
    match (declared, value) {
        (ParameterValue::Boolean(_), Some(value @ ParameterValue::Boolean(_)))
        | (
            ParameterValue::Integer(_),
            Some(value @ (ParameterValue::Integer(_) | ParameterValue::Float(_))),
        )
        | (ParameterValue::Float(_), Some(value @ ParameterValue::Float(_)))
        | (ParameterValue::Array(_), Some(value @ ParameterValue::Array(_))) => Ok(value),
        (ParameterValue::Float(_), Some(ParameterValue::Integer(value))) => exact_float(value)
            .map(ParameterValue::Float)
            .ok_or_else(|| OverrideError::Value {
                path: path.to_owned(),
                value: text.to_owned(),
                reason: "no decimal number of 64 bits is exactly that".to_owned(),
            }),
        (ParameterValue::Table(_), _) => Err(OverrideError::Table {
            path: path.to_owned(),
        }),
        (ParameterValue::Boolean(_), _) => Err(wrong_type("a truth value")),
        (ParameterValue::Integer(_) | ParameterValue::Float(_), _) => Err(wrong_type("a number")),
        (ParameterValue::Array(_), _) => Err(wrong_type("a list")),
        (ParameterValue::String(_), _) => Err(wrong_type("a text")),
    }
}

/// The number as a float, where one is exactly that.
fn exact_float(value: i64) -> Option<f64> {
    let float: f64 = value.to_string().parse().ok()?;
    (format!("{float:.0}") == value.to_string()).then_some(float)
}
