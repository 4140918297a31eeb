//! Names of instances and of accounts.
//!
//! An account's lasting id is `name@instance`, in lower case. The number by which a server calls an account is another
//! one on every server, and the same number is another account there. The name is the same wherever the account is seen
//! and belongs to its instance alone, and a server keeps the names of deleted accounts from being taken again.

use url::Url;

/// A name of an instance or of an account that is longer is none.
const LONGEST: usize = 255;

/// The name of an instance as ids hold it: lower case, in ASCII, with the port where there is one.
pub(crate) fn instance(text: &str) -> Option<String> {
    if text.len() > LONGEST || text.contains(|c: char| c.is_whitespace() || c.is_control() || "/\\?#@".contains(c)) {
        return None;
    }
    let url = Url::parse(&format!("https://{text}")).ok()?;
    let host = url.host_str().filter(|host| !host.ends_with('.') && host.len() <= LONGEST)?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// The id of an account that a server calls `acct`: its own accounts by name, others by `name@instance`.
pub(super) fn account(acct: &str, server: &str) -> Option<String> {
    let acct = acct.strip_prefix('@').unwrap_or(acct);
    let (name, instance) = match acct.split_once('@') {
        Some((name, instance)) => (name, self::instance(instance)?),
        None => (acct, server.to_owned()),
    };
    let usual = |c: char| c.is_alphanumeric() || "_.-~+".contains(c);
    let sound = !name.is_empty() && name.len() <= LONGEST && name.chars().all(usual);
    sound.then(|| format!("{}@{instance}", name.to_lowercase()))
}

/// The id that a seed names: `name@instance`, or the address of a profile, `https://instance/@name`.
pub(in crate::collect) fn seed(text: &str) -> Option<String> {
    let text = text.trim();
    let Some(address) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return text.trim_start_matches('@').contains('@').then(|| account(text, ""))?;
    };
    let (server, path) = address.split_once('/')?;
    let name = path.trim_end_matches('/');
    let name = name.strip_prefix('@').or_else(|| name.strip_prefix("users/"))?;
    account(name, &instance(server)?)
}

/// The two parts of an id.
pub(super) fn parts(id: &str) -> Option<(&str, &str)> {
    id.split_once('@')
}

/// The instance of an account, or the text itself where it is the name of one.
pub(in crate::collect) fn instance_of(id: &str) -> &str {
    id.rsplit_once('@').map_or(id, |(_, instance)| instance)
}

/// Whether a server's own number of an account can be one: it becomes part of an address.
pub(super) fn is_number(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn instances() {
        for (text, name) in [
            ("Mastodon.Example", "mastodon.example"),
            ("mastodon.example:443", "mastodon.example"),
            ("127.0.0.1:3000", "127.0.0.1:3000"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("[::1]:80", "[::1]:80"),
        ] {
            assert_eq!(instance(text).as_deref(), Some(name), "{text}");
        }
        for bad in
            ["", "a b.example", "x/y", "x?y", "x#y", "u@x", "x\\y", "mastodon.example.", "x\n.example", "x:99999"]
        {
            assert_eq!(instance(bad), None, "{bad:?}");
        }
        assert_eq!(instance(&"a".repeat(300)), None);
    }

    #[test]
    fn the_same_account_has_one_id_wherever_it_is_seen() {
        let home = account("Alice", "one.test").unwrap();
        assert_eq!(home, "alice@one.test");
        assert_eq!(account("alice@ONE.test", "two.test").unwrap(), home);
        assert_eq!(account("@alice@one.test", "two.test").unwrap(), home);
        assert_ne!(account("alice", "two.test").unwrap(), home);
        for bad in
            ["", "@", "a@", "@one.test@", "a@b@c", "a b", "a/../b@one.test", "a\u{0}", "a:b", "<b>", "a@one.test/"]
        {
            assert_eq!(account(bad, "one.test"), None, "{bad:?}");
        }
    }

    #[test]
    fn seeds_in_every_form() {
        for text in [
            "alice@one.test",
            "@Alice@one.test",
            " alice@ONE.test ",
            "https://one.test/@alice",
            "https://one.test/users/alice/",
        ] {
            assert_eq!(seed(text).as_deref(), Some("alice@one.test"), "{text}");
        }
        for bad in ["alice", "@alice", "", "https://one.test", "https://one.test/about", "https://u@one.test/@alice"] {
            assert_eq!(seed(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers() {
        assert!(is_number("109302436954721982") && is_number("01HAVP3G7M-_"));
        for bad in ["", "..", "1/2", "1?x", "1 2", "é"] {
            assert!(!is_number(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn an_id_gives_itself(acct in ".{0,40}", server in "[a-z]{1,10}\\.test") {
            if let Some(id) = account(&acct, &server) {
                prop_assert_eq!(account(&id, "elsewhere.test"), Some(id.clone()));
                prop_assert!(parts(&id).is_some_and(|(name, instance)| !name.is_empty() && self::instance(instance).as_deref() == Some(instance)));
            }
        }
    }
}
