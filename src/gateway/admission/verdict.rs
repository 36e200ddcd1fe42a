//! What is said of a request, and to who was turned away.

use std::fmt;
use std::net::IpAddr;

use crate::gateway::admission::origin::{Host, Origin};

/// A request that was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The page that may read the answer, if a page asks: word for word what it said.
    pub origin: Option<String>,
    pub doubt: Option<Doubt>,
}

impl Admitted {
    /// What is more than Pusher's own API is for this machine, and for who has the token.
    pub fn require_trust(&self) -> Result<(), &Doubt> {
        self.doubt.as_ref().map_or(Ok(()), Err)
    }
}

/// Why a request without the token is not as good as one with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    Peer(IpAddr),
    Forwarded,
    /// The host that was asked for, if any.
    Host(Option<Host>),
    Origin(Origin),
}

impl fmt::Display for Doubt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::Peer(peer) => write!(formatter, "it comes from {peer}")?,
            Doubt::Forwarded => formatter.write_str("it comes through a proxy")?,
            Doubt::Host(None) => formatter.write_str("it names no host")?,
            Doubt::Host(Some(host)) => write!(formatter, "it asks for {host}, not for localhost")?,
            Doubt::Origin(Origin::Opaque) => {
                formatter.write_str("it comes from a page without an origin (null)")?
            }
            Doubt::Origin(origin) => write!(formatter, "it comes from a page of {origin}")?,
        }
        formatter.write_str(
            ", so it needs the gateway's token, as \"Authorization: Bearer TOKEN\": the one that the \
             command prints, or that listen({ token }), --token or PUSHRIG_TOKEN sets",
        )
    }
}

/// A request that was not let in, and what would change that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TurnedAway {
    /// No browser says this, and it is not clear what it means.
    Malformed(&'static str),
    /// A page that nobody has named.
    Origin(Origin),
    /// A name that nobody has named, asked for by a page that nobody has named either, or by none.
    Host(Host, Option<Origin>),
    /// A page of another site that does not say which.
    CrossSite,
}

impl TurnedAway {
    pub fn status(&self) -> u16 {
        match self {
            TurnedAway::Malformed(_) => 400,
            _ => 403,
        }
    }

    /// Who was turned away, in short.
    pub fn who(&self) -> String {
        match self {
            TurnedAway::Malformed(_) => String::new(),
            TurnedAway::Origin(origin) | TurnedAway::Host(_, Some(origin)) => origin.to_string(),
            TurnedAway::Host(host, None) => host.to_string(),
            TurnedAway::CrossSite => "cross-site".to_owned(),
        }
    }

    /// What to name so that it is let in.
    fn remedy(&self) -> Vec<String> {
        match self {
            TurnedAway::Malformed(_) | TurnedAway::CrossSite => Vec::new(),
            TurnedAway::Origin(origin) => vec![origin.to_string()],
            TurnedAway::Host(host, None) => vec![host.to_string()],
            TurnedAway::Host(host, Some(origin)) if origin.host() == Some(host) => {
                vec![origin.to_string()]
            }
            TurnedAway::Host(host, Some(origin)) => vec![origin.to_string(), host.to_string()],
        }
    }
}

impl fmt::Display for TurnedAway {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TurnedAway::Malformed(why) => formatter.write_str(why)?,
            TurnedAway::Origin(Origin::Opaque) => formatter.write_str(
                "pages without an origin (null) may not use this gateway, because any website can \
                 make one. If you need them, in a test for example, ",
            )?,
            TurnedAway::Origin(origin) => write!(
                formatter,
                "pages of {origin} may not use this gateway. If they are yours, "
            )?,
            TurnedAway::Host(host, _) => write!(
                formatter,
                "this gateway does not go by the name {host}, which any website could point here. \
                 If it is yours, "
            )?,
            TurnedAway::CrossSite => formatter.write_str(
                "a page of another site asks without saying which (Sec-Fetch-Site: cross-site). \
                 If it is yours, let it use fetch(), which names its origin",
            )?,
        }
        let names = self.remedy();
        if names.is_empty() {
            return Ok(());
        }
        let all = |before: &str, between: &str, after: &str| {
            let names: Vec<_> = names
                .iter()
                .map(|name| format!("{before}{name}{after}"))
                .collect();
            names.join(between)
        };
        write!(
            formatter,
            "name what comes: listen({{ origins: [{}] }}), {} or PUSHRIG_ORIGINS={}",
            all("\"", ", ", "\""),
            all("--origin ", " ", ""),
            all("", ",", ""),
        )
    }
}
