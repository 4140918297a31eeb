//! Where a list goes on. A server says it in the header `Link`; the ids in it are its own matter, so it is followed and
//! never computed. It may lead to the next page of the same list and nowhere else.

use reqwest::header::HeaderMap;
use url::Url;

/// A page's address that is longer is none.
const LONGEST: usize = 1024;

/// Why the next page cannot be asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Astray(pub(super) &'static str);

/// The query of the next page; none at the list's end.
pub(super) fn next(headers: &HeaderMap, asked: &Url) -> Result<Option<String>, Astray> {
    let links = headers.get_all("link").iter().filter_map(|value| value.to_str().ok());
    let Some(address) = links.flat_map(each).find_map(|(address, rel)| is_next(rel).then_some(address)) else {
        return Ok(None);
    };
    let url = join(address, asked)?;
    if url.path() != asked.path() {
        return Err(Astray("a link to another list"));
    }
    match url.query() {
        Some(query) if query.len() <= LONGEST => Ok(Some(query.to_owned())),
        _ => Err(Astray("a link that cannot be read")),
    }
}

/// Path and query of an address on the host that was asked.
pub(super) fn on_same_host(address: &str, asked: &Url) -> Result<String, Astray> {
    let url = join(address, asked)?;
    Ok(url[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
}

fn join(address: &str, asked: &Url) -> Result<Url, Astray> {
    let url = asked.join(address).map_err(|_| Astray("a link that cannot be read"))?;
    // Behind a proxy a server may take itself for one without encryption. That is its own matter: it is asked as before.
    if url.host_str() != asked.host_str() || url.port() != asked.port() {
        return Err(Astray("a link to another host"));
    }
    Ok(url)
}

/// The links of a header with their parameters: `<address>; rel="next", <address>; rel="prev"`.
fn each(value: &str) -> impl Iterator<Item = (&str, &str)> {
    // Addresses can hold commas and semicolons, but no angle brackets.
    value.split('<').skip(1).filter_map(|link| link.split_once('>'))
}

fn is_next(parameters: &str) -> bool {
    parameters.split([';', ',']).filter_map(|p| p.split_once('=')).any(|(name, value)| {
        name.trim().eq_ignore_ascii_case("rel")
            && value.trim().trim_matches('"').split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case("next"))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;

    const ASKED: &str = "https://one.test/api/v1/accounts/7/following?limit=80";

    fn of(links: &[&str]) -> Result<Option<String>, Astray> {
        let mut headers = HeaderMap::new();
        links.iter().for_each(|link| _ = headers.append("link", HeaderValue::from_str(link).unwrap()));
        next(&headers, &Url::parse(ASKED).unwrap())
    }

    #[test]
    fn the_next_page_as_servers_write_it() {
        let path = "https://one.test/api/v1/accounts/7/following";
        let both = format!("<{path}?limit=80&max_id=9,8;7>; rel=\"next\", <{path}?limit=80&min_id=1>; rel=\"prev\"");
        assert_eq!(of(&[&both]), Ok(Some("limit=80&max_id=9,8;7".into())));
        let reversed = format!("<{path}?min_id=1>; rel=\"prev\", <{path}?max_id=9>; rel=\"next\"");
        assert_eq!(of(&[&reversed]), Ok(Some("max_id=9".into())));
        assert_eq!(
            of(&[&format!("<{path}?min_id=1>; rel=prev"), "<?max_id=9>; title=x; REL=next"]),
            Ok(Some("max_id=9".into()))
        );
        assert_eq!(of(&["</api/v1/accounts/7/following?max_id=9>; rel=\"x next\""]), Ok(Some("max_id=9".into())));
        // A server behind a proxy.
        assert_eq!(
            of(&["<http://one.test/api/v1/accounts/7/following?max_id=9>; rel=\"next\""]),
            Ok(Some("max_id=9".into()))
        );
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&[&format!("<{path}?min_id=1>; rel=\"prev\"")]), Ok(None));
        assert_eq!(of(&["garbage", "<", "<>", "<x>; rel", "rel=next"]), Ok(None));
    }

    #[test]
    fn a_link_that_leads_away_is_not_followed() {
        let away = |address: &str| of(&[&format!("<{address}>; rel=\"next\"")]).unwrap_err().0;
        for address in [
            "https://two.test/api/v1/accounts/7/following?max_id=9",
            "https://one.test:8443/api/v1/accounts/7/following?max_id=9",
            "http://127.0.0.1/api/v1/accounts/7/following?max_id=9",
            "//169.254.169.254/latest",
            "https://one.test@two.test/api/v1/accounts/7/following?max_id=9",
        ] {
            assert_eq!(away(address), "a link to another host", "{address}");
        }
        assert_eq!(away("/api/v1/accounts/8/following?max_id=9"), "a link to another list");
        assert_eq!(away("../../x"), "a link to another list");
        for address in ["/api/v1/accounts/7/following", "http://["] {
            assert_eq!(away(address), "a link that cannot be read", "{address}");
        }
        assert!(of(&[&format!("<?{}>; rel=\"next\"", "x".repeat(2000))]).is_err());
        let asked = Url::parse(ASKED).unwrap();
        assert_eq!(on_same_host("https://one.test/nodeinfo/2.0?x=1#y", &asked).unwrap(), "/nodeinfo/2.0?x=1");
        assert!(on_same_host("http://127.0.0.1/nodeinfo", &asked).is_err());
    }

    proptest! {
        #[test]
        fn no_header_is_too_strange(link in "[ -~]{0,80}") {
            let _ = of(&[&link]);
        }
    }
}
