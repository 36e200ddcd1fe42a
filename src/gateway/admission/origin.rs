//! Hosts and origins: as requests have them, and as somebody has named those that may come in.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    Address(IpAddr),
    /// In lower case, without the dot that may end it.
    Name(String),
}

impl Host {
    /// Browsers send addresses in their usual form only, so that another one is no address.
    fn parse(text: &str) -> Option<Host> {
        if let Some(inside) = text.strip_prefix('[') {
            let inside = inside.strip_suffix(']')?;
            // The interface, `%25eth0`, is of no interest here.
            let address = inside.split('%').next().unwrap_or(inside);
            let address: Ipv6Addr = address.parse().ok()?;
            return Some(Host::Address(IpAddr::V6(address).to_canonical()));
        }
        let text = text.strip_suffix('.').unwrap_or(text);
        if let Ok(address) = text.parse() {
            return Some(Host::Address(IpAddr::V4(address)));
        }
        let is_label = |label: &str| {
            let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            !label.is_empty() && label.bytes().all(is_legal)
        };
        text.split('.')
            .all(is_label)
            .then(|| Host::Name(text.to_ascii_lowercase()))
    }

    /// Whether it is this machine for whoever uses it. Nobody can have a name below `localhost`
    /// (RFC 6761), and the unspecified address leads a client to its own machine.
    pub fn is_local(&self) -> bool {
        match self {
            Host::Address(address) => address.is_loopback() || address.is_unspecified(),
            Host::Name(name) => name == "localhost" || name.ends_with(".localhost"),
        }
    }

    /// Whether it is a name as container networks give them to each other and to their host, which
    /// is none of the public domain name system.
    pub fn is_container_name(&self) -> bool {
        match self {
            Host::Address(_) => false,
            Host::Name(name) => {
                !name.contains('.')
                    || name == "host.docker.internal"
                    || name == "host.containers.internal"
            }
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Address(IpAddr::V6(address)) => write!(formatter, "[{address}]"),
            Host::Address(IpAddr::V4(address)) => address.fmt(formatter),
            Host::Name(name) => name.fmt(formatter),
        }
    }
}

/// `host` or `host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    pub host: Host,
    pub port: Option<u16>,
}

impl Authority {
    pub fn parse(text: &str) -> Option<Authority> {
        let (host, port) = match text.rsplit_once(':') {
            // The last colon is inside of an address.
            Some((_, behind)) if behind.ends_with(']') => (text, ""),
            Some(parts) => parts,
            None => (text, ""),
        };
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(Authority {
            host: Host::parse(host)?,
            port: match port {
                "" => None,
                port => Some(port.parse().ok()?),
            },
        })
    }
}

/// Where a page comes from (RFC 6454), as its browser says in the header `Origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `null`: a page that a test has set, a file, a sandboxed frame. Also `file://`, as some
    /// browsers say with a WebSocket.
    Opaque,
    /// `scheme://host[:port]`. The schemes of websites are `http` and `https`; others belong to
    /// applications that somebody has installed.
    Site { scheme: String, place: Authority },
}

impl Origin {
    pub fn parse(text: &str) -> Option<Origin> {
        if matches!(text, "null" | "file://") {
            return Some(Origin::Opaque);
        }
        let (scheme, place) = text.split_once("://")?;
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if scheme.is_empty() || !scheme.bytes().all(is_legal) {
            return None;
        }
        Some(Origin::Site {
            scheme: scheme.to_ascii_lowercase(),
            place: Authority::parse(place)?,
        })
    }

    pub fn host(&self) -> Option<&Host> {
        match self {
            Origin::Opaque => None,
            Origin::Site { place, .. } => Some(&place.host),
        }
    }

    /// Whether it is of this machine.
    pub fn is_local(&self) -> bool {
        self.host().is_some_and(Host::is_local)
    }

    /// Whether a page from here that asks `place` asks who has served it.
    pub fn is_own(&self, place: &Authority) -> bool {
        match self {
            Origin::Opaque => false,
            Origin::Site {
                scheme,
                place: from,
            } => {
                let usual = usual_port(scheme);
                from.host == place.host && from.port.or(usual) == place.port.or(usual)
            }
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Opaque => formatter.write_str("null"),
            Origin::Site { scheme, place } => {
                write!(formatter, "{scheme}://{}", place.host)?;
                match place.port {
                    Some(port) => write!(formatter, ":{port}"),
                    None => Ok(()),
                }
            }
        }
    }
}

/// The port that nobody writes down.
fn usual_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

/// One entry of the option `origins`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// Exactly this one: `https://app.test:3000`, or `null`.
    Origin(Origin),
    /// Any origin with this host, and this port if there is one: `app.test`, `app.test:3000`.
    Place(Authority),
    /// Any origin with a host below this one, `*.app.test`; kept with the leading dot.
    Below(String),
}

impl Named {
    /// `None` if it is none of these.
    pub fn parse(text: &str) -> Option<Named> {
        if let Some(suffix) = text.strip_prefix("*.") {
            return match Host::parse(suffix)? {
                Host::Name(name) => Some(Named::Below(format!(".{name}"))),
                Host::Address(_) => None,
            };
        }
        if let Some(origin) = Origin::parse(text) {
            return Some(Named::Origin(origin));
        }
        Authority::parse(text).map(Named::Place)
    }

    pub fn covers(&self, origin: &Origin) -> bool {
        match (self, origin) {
            (
                Named::Origin(Origin::Site { scheme, place }),
                Origin::Site {
                    scheme: other_scheme,
                    ..
                },
            ) => scheme == other_scheme && origin.is_own(place),
            (Named::Origin(named), _) => named == origin,
            (Named::Place(named), Origin::Site { scheme, place }) => {
                let port = place.port.or_else(|| usual_port(scheme));
                named.host == place.host && (named.port.is_none() || named.port == port)
            }
            (Named::Below(_), Origin::Site { place, .. }) => self.has_host(&place.host),
            (_, Origin::Opaque) => false,
        }
    }

    /// Whether it speaks of this host, on whatever port.
    pub fn has_host(&self, host: &Host) -> bool {
        match (self, host) {
            (Named::Origin(origin), _) => origin.host() == Some(host),
            (Named::Place(place), _) => place.host == *host,
            (Named::Below(suffix), Host::Name(name)) => name.ends_with(suffix.as_str()),
            (Named::Below(_), Host::Address(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests;
