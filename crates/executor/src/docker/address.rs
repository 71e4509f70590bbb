//! Where an engine listens.

use std::fmt;
use std::time::Duration;

use bollard::API_DEFAULT_VERSION;

use crate::engine::EngineError;

/// Where the engine listens when nobody says otherwise.
const DEFAULT: &str = "unix:///var/run/docker.sock";

/// An address that resow can reach: a Unix socket, or plain HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    Socket(String),
    Http(String),
}

impl Address {
    /// Reads an address as `DOCKER_HOST` writes it; `None` is the default socket.
    pub(super) fn parse(text: Option<&str>) -> Result<Self, EngineError> {
        let text = text.unwrap_or(DEFAULT);
        let refused = |reason| EngineError::Address {
            address: text.to_owned(),
            reason,
        };
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(refused(
                "it has no scheme: use `unix://`, `tcp://` or `http://`",
            ));
        };
        match scheme {
            "unix" if rest.starts_with('/') => Ok(Self::Socket(rest.to_owned())),
            "unix" => Err(refused("the path of its socket is not absolute")),
            "tcp" | "http" if rest.is_empty() => Err(refused("it names no host")),
            "tcp" | "http" => Ok(Self::Http(rest.trim_end_matches('/').to_owned())),
            "ssh" => Err(refused("resow does not reach engines through SSH")),
            "https" => Err(refused("resow does not reach engines through TLS")),
            _ => Err(refused("its scheme is not `unix`, `tcp` or `http`")),
        }
    }

    /// A client of the engine; nothing is sent yet. `limit` is how long the engine may take to begin an answer.
    pub(super) fn client(&self, limit: Duration) -> Result<bollard::Docker, EngineError> {
        let seconds = limit.as_secs();
        match self {
            Self::Socket(path) => {
                bollard::Docker::connect_with_unix(path, seconds, API_DEFAULT_VERSION)
            }
            Self::Http(host) => {
                bollard::Docker::connect_with_http(host, seconds, API_DEFAULT_VERSION)
            }
        }
        .map_err(|source| EngineError::Unreachable {
            address: self.to_string(),
            source: source.into(),
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => write!(formatter, "unix://{path}"),
            Self::Http(host) => write!(formatter, "tcp://{host}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_docker_writes_them() {
        for (text, shown) in [
            (None, DEFAULT),
            (Some("unix:///run/other.sock"), "unix:///run/other.sock"),
            (Some("tcp://127.0.0.1:2375"), "tcp://127.0.0.1:2375"),
            (Some("http://127.0.0.1:2375/"), "tcp://127.0.0.1:2375"),
        ] {
            let address = Address::parse(text).expect("an address that is supported");
            assert_eq!(address.to_string(), shown);
        }
    }

    #[test]
    fn what_cannot_be_reached_is_refused() {
        for text in [
            "ssh://user@host",
            "https://host:2376",
            "unix://relative.sock",
            "tcp://",
            "/var/run/docker.sock",
            "npipe:////./pipe/docker_engine",
        ] {
            let refusal = Address::parse(Some(text)).expect_err("an address that is not supported");
            assert!(
                matches!(refusal, EngineError::Address { .. }),
                "{text}: {refusal}"
            );
        }
    }
}
