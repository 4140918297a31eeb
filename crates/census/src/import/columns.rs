//! Which column of a file is which column of the table.

use std::collections::BTreeMap;

use super::{Kind, Options, What};
use crate::{Error, Result};

/// The most columns that a table has.
pub(super) const WIDTH: usize = 12;

/// A column of a table, and what files call it.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    aliases: &'static [&'static str],
    pub(super) required: bool,
}

const fn must(name: &'static str, aliases: &'static [&'static str]) -> Column {
    Column { name, kind: Kind::Id, aliases, required: true }
}

const fn may(name: &'static str, kind: Kind, aliases: &'static [&'static str]) -> Column {
    Column { name, kind, aliases, required: false }
}

// In the order of the table's schema, which is the order in which a row is read.
const ACCOUNTS: &[Column] = &[
    must("id", &["user_id", "did", "account_id", "node"]),
    may("handle", Kind::Text, &["username", "screen_name"]),
    may("name", Kind::Text, &["display_name", "displayName"]),
    may("description", Kind::Text, &["bio"]),
    may("created_at", Kind::Time, &["createdAt"]),
    may("followers", Kind::Count, &["followers_count", "followersCount"]),
    may("following", Kind::Count, &["friends_count", "following_count", "followsCount", "follows_count"]),
    may("posts", Kind::Count, &["statuses_count", "postsCount", "posts_count", "tweet_count"]),
    may("lang", Kind::Text, &["language"]),
    may("protected", Kind::Flag, &["locked"]),
    may("bot", Kind::Flag, &["is_bot"]),
    may("observed_at", Kind::Time, &["observedAt"]),
];

const FOLLOWS: &[Column] = &[
    must("src", &["source", "from", "follower", "follower_id", "id_1", "source_id", "from_id", "user_id"]),
    must("dst", &["target", "to", "followed", "followee", "followed_id", "followee_id", "id_2", "target_id", "to_id"]),
    may("created_at", Kind::Time, &["createdAt", "date", "timestamp"]),
];

const POSTS: &[Column] = &[
    must("id", &["post_id", "tweet_id"]),
    must("author", &["author_id", "user_id", "did"]),
    may("created_at", Kind::Time, &["createdAt", "date", "timestamp"]),
    may("text", Kind::Text, &["full_text", "content"]),
    may("lang", Kind::Text, &["language"]),
    may("client", Kind::Client, &["source"]),
    may("reply", Kind::Flag, &["is_reply"]),
    may("tags", Kind::Tags, &["hashtags"]),
    may("links", Kind::Links, &["urls"]),
];

const STATUSES: &[Column] = &[
    must("account", &["id", "user_id", "did", "account_id"]),
    must("status", &["state"]),
    may("at", Kind::Time, &["observed_at", "checked_at", "date", "timestamp"]),
    may("source", Kind::Text, &[]),
    may("detail", Kind::Text, &["reason"]),
];

pub(super) fn of(what: What) -> &'static [Column] {
    match what {
        What::Accounts => ACCOUNTS,
        What::Follows => FOLLOWS,
        What::Posts => POSTS,
        What::Statuses => STATUSES,
    }
}

/// The rank of a file's column among the names of a table's column, its own name first.
fn rank(column: &Column, name: &str) -> Option<usize> {
    std::iter::once(&column.name).chain(column.aliases).position(|alias| alias.eq_ignore_ascii_case(name.trim()))
}

/// The table's column that a file's column is taken for when no option says otherwise, and the rank of its name.
pub(super) fn guess(columns: &[Column], name: &str) -> Option<(usize, usize)> {
    columns.iter().enumerate().find_map(|(slot, column)| Some((slot, rank(column, name)?)))
}

/// The file's column that the options give for each of the table's.
pub(super) fn given(what: What, options: &Options) -> Result<[Option<&str>; WIDTH]> {
    let mut given = [None; WIDTH];
    for (name, column) in &options.columns {
        let slot = of(what).iter().position(|c| c.name == name).ok_or_else(|| {
            let names: Vec<&str> = of(what).iter().map(|c| c.name).collect();
            Error::usage(format!("the table {} has no column `{}`", what.table().name(), plain(name)))
                .help(format!("it has: {}", names.join(", ")))
        })?;
        given[slot] = Some(column.as_str());
    }
    Ok(given)
}

/// Where each of the table's columns stands in a file that names its columns once.
pub(super) struct Map {
    /// The position in the file of each of the table's columns.
    pub(super) from: [Option<usize>; WIDTH],
    /// The table's columns and the file's names for them.
    pub(super) used: BTreeMap<String, String>,
    /// The file's columns that are of no use.
    pub(super) ignored: Vec<String>,
}

impl Map {
    /// Finds the table's columns: those that the options give first, then by name.
    pub(super) fn find(what: What, options: &Options, header: &[String], file: &str) -> Result<Self> {
        let given = given(what, options)?;
        let columns = of(what);
        let mut from = [None; WIDTH];
        for (slot, name) in given.iter().enumerate() {
            if let Some(name) = name {
                from[slot] =
                    Some(only(header, |h| h == *name, |h| h.eq_ignore_ascii_case(name), file)?.ok_or_else(|| {
                        Error::usage(format!("{file} has no column `{}`", plain(name))).help(list(header))
                    })?);
            }
        }
        let claimed: Vec<usize> = from.iter().flatten().copied().collect();
        for (slot, column) in columns.iter().enumerate() {
            if from[slot].is_none() {
                let free = |(at, _): &(usize, &String)| !claimed.contains(at);
                let best = header.iter().enumerate().filter(free).filter_map(|(_, h)| rank(column, h)).min();
                if let Some(best) = best {
                    from[slot] = only(header, |h| rank(column, h) == Some(best), |_| false, file)?;
                }
            }
            if column.required && from[slot].is_none() {
                return Err(missing(what, column.name, header, file));
            }
        }
        let used = columns.iter().zip(from).filter_map(|(c, at)| Some((c.name.to_owned(), plain(&header[at?]))));
        let used = used.collect();
        let ignored = header.iter().enumerate().filter(|(at, _)| !from.contains(&Some(*at)));
        let ignored = ignored.map(|(_, name)| plain(name)).collect();
        Ok(Self { from, used, ignored })
    }
}

/// The one column that is meant; two of the same name could each be meant.
fn only(
    header: &[String],
    exact: impl Fn(&str) -> bool,
    near: impl Fn(&str) -> bool,
    file: &str,
) -> Result<Option<usize>> {
    let find = |test: &dyn Fn(&str) -> bool| -> Vec<usize> {
        header.iter().enumerate().filter(|(_, h)| test(h.trim())).map(|(at, _)| at).collect()
    };
    let mut found = find(&exact);
    if found.is_empty() {
        found = find(&near);
    }
    match found[..] {
        [] => Ok(None),
        [at] => Ok(Some(at)),
        [at, ..] => Err(Error::usage(format!("{file} has more than one column `{}`", plain(&header[at])))
            .help("give each column of the file its own name")),
    }
}

/// A column that the table must have and the file has not.
pub(super) fn missing(what: What, column: &str, header: &[String], file: &str) -> Error {
    Error::usage(format!("{file} has no column for `{column}` of the table {}", what.table().name()))
        .help(format!("{}; say which of them it is: --column {column}=NAME", list(header)))
}

fn list(header: &[String]) -> String {
    let mut names: Vec<String> = header.iter().take(40).map(|h| plain(h)).collect();
    if header.len() > 40 {
        names.push(format!("and {} more", header.len() - 40));
    }
    format!("its columns are: {}", names.join(", "))
}

/// A name out of a file, safe and short enough to show.
pub(super) fn plain(name: &str) -> String {
    name.trim().chars().take(60).map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ALL: [What; 4] = [What::Accounts, What::Follows, What::Posts, What::Statuses];

    fn header(names: &str) -> Vec<String> {
        names.split(',').map(str::to_owned).collect()
    }

    fn find(what: What, names: &str, given: &[(&str, &str)]) -> Result<Map> {
        let columns = given.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        Map::find(what, &Options { columns, ..Options::default() }, &header(names), "f.csv")
    }

    #[test]
    fn the_columns_are_those_of_the_tables() {
        for what in ALL {
            let schema = what.table().schema();
            let names: Vec<&str> = of(what).iter().map(|c| c.name).collect();
            assert_eq!(names, schema.fields().iter().map(|f| f.name().as_str()).collect::<Vec<_>>());
            for column in of(what) {
                let field = schema.field_with_name(column.name).unwrap();
                assert_eq!(column.required, !field.is_nullable());
                assert_eq!(&column.kind.data(), field.data_type());
            }
            assert!(names.len() <= WIDTH);
        }
    }

    #[test]
    fn no_name_means_two_columns() {
        for what in ALL {
            let mut names: Vec<String> = Vec::new();
            for column in of(what) {
                names.extend(std::iter::once(&column.name).chain(column.aliases).map(|n| n.to_ascii_lowercase()));
            }
            let count = names.len();
            names.sort();
            names.dedup();
            // `created_at` and `createdAt` differ by more than case, `display_name` and `displayName` too.
            assert_eq!(names.len(), count, "{what:?}");
        }
    }

    #[test]
    fn names_are_found_by_alias_and_in_any_case() {
        let map = find(What::Follows, "Weight,TARGET,Source", &[]).unwrap();
        assert_eq!(map.from[..3], [Some(2), Some(1), None]);
        assert_eq!(map.ignored, ["Weight"]);
        assert_eq!(map.used["src"], "Source");
    }

    #[test]
    fn the_table_s_own_name_goes_before_its_aliases() {
        let map = find(What::Accounts, "did,id,followersCount", &[]).unwrap();
        assert_eq!((map.from[0], map.from[5]), (Some(1), Some(2)));
        assert_eq!(map.ignored, ["did"]);
    }

    #[test]
    fn an_option_goes_before_everything_and_takes_the_column_away_from_aliases() {
        let map = find(What::Follows, "a,src,dst", &[("dst", "src"), ("src", "a")]).unwrap();
        assert_eq!(map.from[..2], [Some(0), Some(1)]);
        let error = find(What::Follows, "user_id,other", &[("dst", "user_id")]).err().unwrap();
        assert!(error.to_string().contains("no column for `src`"), "{error}");
    }

    #[test]
    fn what_is_missing_is_said_with_what_is_there() {
        let error = find(What::Follows, "a,b", &[]).err().unwrap();
        assert_eq!(error.kind(), crate::Kind::Usage);
        assert!(error.advice().unwrap().contains("a, b") && error.advice().unwrap().contains("--column src=NAME"));
        assert!(find(What::Follows, "src,dst", &[("src", "who")]).err().unwrap().to_string().contains("`who`"));
        assert!(find(What::Follows, "src,dst", &[("who", "src")]).err().unwrap().to_string().contains("`who`"));
        assert!(find(What::Follows, "src,dst,dst", &[]).err().unwrap().to_string().contains("more than one"));
    }
}
