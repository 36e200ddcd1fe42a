//! Who may come in, and who is trusted with more.

use std::borrow::Cow;

use subtle::ConstantTimeEq;

use crate::gateway::admission::caller::Caller;
use crate::gateway::admission::origin::{Authority, Host, Named, Origin};
use crate::gateway::admission::verdict::{Admitted, Doubt, TurnedAway};

/// What a gateway lets in.
#[derive(Clone, Debug, Default)]
pub struct Admission {
    /// Pages that somebody has named.
    pub origins: Vec<Named>,
    /// What opens everything, from anywhere; empty for nothing.
    pub token: String,
    /// Whether other machines can reach it, so that it may have a name among containers.
    pub is_public: bool,
}

impl Admission {
    /// Looks at a request. `is_page`: it asks for the page that people open, which links may lead
    /// to from anywhere.
    pub fn admit(&self, caller: &Caller<'_>, is_page: bool) -> Result<Admitted, TurnedAway> {
        if caller.host.is_repeated || caller.origin.is_repeated {
            return Err(TurnedAway::Malformed(
                "A request has one Host and at most one Origin",
            ));
        }
        if caller.lacks_host {
            return Err(TurnedAway::Malformed(
                "A request of HTTP/1.1 names the server in its header Host, such as Host: localhost:6001",
            ));
        }
        let host = match caller.host.text() {
            None => None,
            Some(text) => Some(
                Authority::parse(&text)
                    .ok_or(TurnedAway::Malformed("Host is not of the form host[:port]"))?,
            ),
        };
        let text = caller.origin.text();
        let origin = match &text {
            None => None,
            Some(text) => Some(Origin::parse(text).ok_or(TurnedAway::Malformed(
                "Origin is not of the form scheme://host[:port]",
            ))?),
        };
        if let Some(Authority { host, .. }) = &host
            && !self.answers_to(host)
        {
            let stranger = origin.filter(|origin| !self.knows(origin));
            return Err(TurnedAway::Host(host.clone(), stranger));
        }
        match &origin {
            Some(origin) if !self.knows(origin) && !is_same_machine(origin, host.as_ref()) => {
                return Err(TurnedAway::Origin(origin.clone()));
            }
            None if caller.is_cross_site && !(is_page && caller.is_for_window) => {
                return Err(TurnedAway::CrossSite);
            }
            _ => {}
        }
        let doubt = match self.has_token(caller) {
            true => None,
            false => doubt(caller, host, origin),
        };
        Ok(Admitted {
            origin: text.map(Cow::into_owned),
            doubt,
        })
    }

    /// Whether it goes by this name. A website can point any name at this machine that it owns in
    /// the domain name system; an address is nobody's.
    fn answers_to(&self, host: &Host) -> bool {
        matches!(host, Host::Address(_))
            || host.is_local()
            || (self.is_public && host.is_container_name())
            || self.origins.iter().any(|named| named.has_host(host))
    }

    fn knows(&self, origin: &Origin) -> bool {
        origin.is_local() || self.origins.iter().any(|named| named.covers(origin))
    }

    fn has_token(&self, caller: &Caller<'_>) -> bool {
        let Some(sent) = caller.token() else {
            return false;
        };
        !self.token.is_empty() && bool::from(sent.ct_eq(self.token.as_bytes()))
    }
}

/// Whether a page was served where it now asks: at the very place, or, as a phone sees a developer's
/// machine, at another port of the same address.
fn is_same_machine(origin: &Origin, place: Option<&Authority>) -> bool {
    place.is_some_and(|place| {
        let is_address = matches!(place.host, Host::Address(_));
        origin.is_own(place) || (is_address && origin.host() == Some(&place.host))
    })
}

/// What speaks against trusting a request that was let in.
fn doubt(caller: &Caller<'_>, place: Option<Authority>, origin: Option<Origin>) -> Option<Doubt> {
    if !caller.peer.is_loopback() {
        return Some(Doubt::Peer(caller.peer));
    }
    if caller.is_forwarded {
        return Some(Doubt::Forwarded);
    }
    let host = place.map(|place| place.host);
    if !host.as_ref().is_some_and(Host::is_local) {
        return Some(Doubt::Host(host));
    }
    // That somebody has named a page lets it in, and no further.
    origin
        .filter(|origin| !origin.is_local())
        .map(Doubt::Origin)
}

#[cfg(test)]
mod tests;
