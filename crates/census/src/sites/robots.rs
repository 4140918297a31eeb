//! robots.txt: what a site lets a visitor like us see beyond its first page.
//!
//! RFC 9309: the group that names us, else the one for everybody; of the rules that fit, the longest; `*` and `$`.

/// As a group may name us.
const NAME: &str = "netcensus";
/// Rules that are looked at.
const MOST: usize = 1_000;

/// Whether `path` may be asked for.
pub(super) fn allows(robots: &str, path: &str) -> bool {
    let mut ours: Vec<(bool, &str)> = Vec::new();
    let mut everybodys: Vec<(bool, &str)> = Vec::new();
    let (mut to_us, mut to_everybody, mut naming, mut named) = (false, false, false, false);
    for line in robots.lines().take(4 * MOST) {
        let line = line.split('#').next().unwrap_or_default();
        let Some((key, value)) = line.split_once(':') else { continue };
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        match key.as_str() {
            "user-agent" => {
                if !naming {
                    (to_us, to_everybody) = (false, false);
                }
                naming = true;
                to_us |= value.to_ascii_lowercase().starts_with(NAME);
                to_everybody |= value == "*";
                named |= to_us;
            }
            "allow" | "disallow" => {
                naming = false;
                let rule = (key == "allow", value);
                if to_us && ours.len() < MOST {
                    ours.push(rule);
                }
                if to_everybody && everybodys.len() < MOST {
                    everybodys.push(rule);
                }
            }
            _ => (),
        }
    }
    let rules = if named { ours } else { everybodys };
    let fitting = rules.into_iter().filter(|(_, pattern)| !pattern.is_empty() && fits(pattern, path));
    // Of rules of one length, the one that allows.
    fitting.max_by_key(|(allow, pattern)| (pattern.len(), *allow)).is_none_or(|(allow, _)| allow)
}

/// Whether a path begins as the pattern says; the pieces between stars in order, each as early as can be.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, whole) = pattern.strip_suffix('$').map_or((pattern, false), |p| (p, true));
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    for (i, piece) in pieces.iter().enumerate() {
        if whole && i + 1 == pieces.len() {
            return rest.ends_with(piece);
        }
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    !whole || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_see_what() {
        let path = "/.well-known/nodeinfo";
        assert!(allows("", path) && allows("User-agent: *\nDisallow:", path));
        assert!(!allows("User-agent: *\nDisallow: /", path));
        assert!(!allows("user-agent: other\nuser-agent: *\ndisallow: /.well-known/ # no", path));
        assert!(allows("User-agent: *\nDisallow: /\nAllow: /.well-known/", path));
        assert!(allows("User-agent: *\nDisallow: /\n\nUser-agent: NetCensus/1.0\nDisallow: /x", path));
        assert!(!allows("User-agent: *\nAllow: /\nUser-agent: netcensus\nDisallow: /", path));
        assert!(allows("User-agent: other\nDisallow: /", path));
    }

    #[test]
    fn stars_and_ends() {
        for (pattern, path, fit) in [
            ("/*.php$", "/a/b.php", true),
            ("/*.php$", "/a.php5", false),
            ("/a*c", "/abc/d", true),
            ("/a$", "/a", true),
            ("/a$", "/ab", false),
            ("*", "/x", true),
            ("/*/*/*/*/z", "/a/b", false),
        ] {
            assert_eq!(fits(pattern, path), fit, "{pattern} {path}");
        }
    }
}
