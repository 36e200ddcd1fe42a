//! What a request says about who asks.

use std::borrow::Cow;
use std::net::IpAddr;

/// A header of which there may be one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Header<'a> {
    value: Option<&'a [u8]>,
    pub is_repeated: bool,
}

impl<'a> Header<'a> {
    fn add(&mut self, value: &'a [u8]) {
        self.is_repeated = self.value.is_some();
        self.value = self.value.or(Some(value));
    }

    /// `None` also if it is empty.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        let value = self.value?.trim_ascii();
        (!value.is_empty()).then(|| String::from_utf8_lossy(value))
    }
}

/// What a request says about who asks.
#[derive(Debug)]
pub struct Caller<'a> {
    pub peer: IpAddr,
    /// What it names as the server.
    pub host: Header<'a>,
    /// It is of a version that demands `Host`, and has none (RFC 9112, 3.2).
    pub lacks_host: bool,
    pub origin: Header<'a>,
    authorization: Option<&'a [u8]>,
    /// It is made for a page of another site, as the browser says.
    pub is_cross_site: bool,
    /// Its answer is for the window itself, not for a page or a frame.
    pub is_for_window: bool,
    /// A proxy stands between.
    pub is_forwarded: bool,
}

impl<'a> Caller<'a> {
    /// `authority` is what an absolute request target names; it counts instead of `Host` (RFC 9112,
    /// 3.2.2). `is_old`: it is one of HTTP/1.0. Names of headers in any case.
    pub fn new(
        peer: IpAddr,
        is_old: bool,
        authority: Option<&'a str>,
        headers: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Caller<'a> {
        let (mut host, mut origin) = (Header::default(), Header::default());
        let mut authorization = None;
        let (mut is_cross_site, mut is_forwarded) = (false, false);
        let (mut navigates, mut is_document) = (false, false);
        for (name, value) in headers {
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            if is("host") {
                host.add(value);
            } else if is("origin") {
                origin.add(value);
            } else if is("authorization") {
                authorization = authorization.or(Some(value));
            } else if is("sec-fetch-site") {
                is_cross_site |= value == b"cross-site";
            } else if is("sec-fetch-mode") {
                navigates = value == b"navigate";
            } else if is("sec-fetch-dest") {
                is_document = value == b"document";
            } else if is("forwarded") || starts_with(name, "x-forwarded-") {
                is_forwarded = true;
            }
        }
        let mut lacks_host = !is_old && host.value.is_none();
        match authority {
            Some(authority) => host.value = Some(authority.as_bytes()),
            None => lacks_host |= !is_old && host.text().is_none(),
        }
        Caller {
            peer: peer.to_canonical(),
            host,
            lacks_host,
            origin,
            authorization,
            is_cross_site,
            is_for_window: navigates && is_document,
            is_forwarded,
        }
    }

    /// The token of `Authorization: Bearer TOKEN` (RFC 6750).
    pub fn token(&self) -> Option<&'a [u8]> {
        let (scheme, token) = self.authorization?.split_at_checked("bearer ".len())?;
        scheme
            .eq_ignore_ascii_case(b"bearer ")
            .then(|| token.trim_ascii())
    }
}

fn starts_with(name: &str, prefix: &str) -> bool {
    let start = name.as_bytes().get(..prefix.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}
