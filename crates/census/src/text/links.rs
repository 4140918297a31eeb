//! Links, and the web sites they lead to.

use url::{Host, Url};

use super::{LONGEST, MOST};

/// Bytes of a link, and of a host's name.
const LONGEST_LINK: usize = 2_048;
const LONGEST_HOST: usize = 253;

/// The web addresses in a text, in order, each once.
///
/// ```
/// assert_eq!(netcensus::text::links("see (https://a.example/b?c=1)."), ["https://a.example/b?c=1"]);
/// ```
pub fn links(text: &str) -> Vec<String> {
    let text: String = text.chars().take(LONGEST).collect();
    let lower = text.to_ascii_lowercase();
    let mut links: Vec<String> = Vec::new();
    let mut from = 0;
    while let Some(at) = lower[from..].find("http").map(|at| from + at) {
        let rest = &text[at..];
        let end = rest.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"`{}|".contains(c));
        let link = &rest[..end.unwrap_or(rest.len())];
        let link = link.trim_end_matches(|c| ".,;:!?'»”’)]…،؛؟".contains(c));
        if domain(link).is_some() && link.contains("://") {
            if links.len() < MOST && !links.iter().any(|l| l == link) {
                links.push(link.to_owned());
            }
            from = at + link.len();
        } else {
            from = at + "http".len();
        }
    }
    links
}

/// The web site that a link leads to: its host, lower case, without `www.`. None for what is no link of the public
/// web: another scheme, an address in numbers, a name that only a local network knows.
///
/// ```
/// use netcensus::text::domain;
/// assert_eq!(domain("https://WWW.News.example:443/today").as_deref(), Some("news.example"));
/// assert_eq!(domain("http://localhost/admin"), None);
/// ```
pub fn domain(link: &str) -> Option<String> {
    let link = link.trim();
    if link.len() > LONGEST_LINK {
        return None;
    }
    let url = match Url::parse(link) {
        Ok(url) if url.has_host() => url,
        // A link given without its scheme.
        _ if !link.contains("://") && !link.contains('@') => Url::parse(&format!("https://{link}")).ok()?,
        _ => return None,
    };
    let Some(Host::Domain(host)) = url.host().filter(|_| matches!(url.scheme(), "http" | "https")) else {
        return None;
    };
    let host = host.trim_end_matches('.');
    let host = host.strip_prefix("www.").filter(|h| h.contains('.')).unwrap_or(host);
    let (name, top) = host.rsplit_once('.')?;
    let local = matches!(top, "localhost" | "local" | "internal" | "lan" | "home" | "corp" | "intranet" | "arpa");
    let sound = !name.is_empty() && host.len() <= LONGEST_HOST && host.split('.').all(|label| !label.is_empty());
    let named = top.chars().any(char::is_alphabetic);
    (sound && named && !local).then(|| host.to_owned())
}
