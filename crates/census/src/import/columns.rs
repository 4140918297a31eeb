//! Which column of a file is which column of the table.

use std::collections::BTreeMap;

use super::{Kind, Options, What};
use crate::{Error, Result};

/// The most columns that a table has.
pub(super) const WIDTH: usize = 16;

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
    may("location", Kind::Place, &["user_location"]),
    may("time_zone", Kind::Aside, &["timezone"]),
    may("avatar", Kind::Avatar, &["profile_image_url", "profile_image_url_https", "avatar_url"]),
    may("verified", Kind::Whether, &["is_verified"]),
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
    may("place", Kind::Place, &["place_full_name"]),
    may("media", Kind::Items, &["media_attachments", "media_count"]),
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

/// The names that a file may have for the columns of a table.
struct Names {
    what: What,
    /// Whether the table's own names count, and their aliases; not where another table's rows are what the file has.
    own: bool,
    more: &'static [More],
}

/// More names for a column, in files that were not said to be of a table.
struct More {
    column: &'static str,
    names: &'static [&'static str],
    how: How,
}

/// How cells of a column are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum How {
    #[default]
    AsIs,
    /// Whether there is anything: the post that is answered makes a reply.
    Filled,
    /// `1/31/2015 21:07`.
    MonthFirst,
    /// Degrees north; those east stand in the column of this number.
    North(usize),
}

const fn more(column: &'static str, names: &'static [&'static str]) -> More {
    More { column, names, how: How::AsIs }
}

const FOLLOWS_NAMES: Names = Names {
    what: What::Follows,
    own: true,
    more: &[more("src", &["node_1", "user_1", "FromNodeId"]), more("dst", &["node_2", "user_2", "ToNodeId"])],
};

const STATUSES_NAMES: Names = Names { what: What::Statuses, own: true, more: &[] };

const ACCOUNTS_NAMES: Names = Names {
    what: What::Accounts,
    own: true,
    more: &[
        more("id", &["userid"]),
        more("handle", &["user_screen_name"]),
        more("name", &["user_display_name"]),
        more("description", &["user_profile_description"]),
        more("created_at", &["account_creation_date"]),
        more("followers", &["follower_count"]),
        more("lang", &["account_language"]),
        more("location", &["user_reported_location"]),
        more("time_zone", &["user_time_zone"]),
    ],
};

const POSTS_NAMES: Names = Names {
    what: What::Posts,
    own: true,
    more: &[
        more("id", &["tweetid"]),
        more("author", &["userid", "user_key", "screen_name", "user_screen_name", "username"]),
        more("created_at", &["tweet_time", "publish_date", "created_str", "time"]),
        more("text", &["tweet_text", "tweets", "tweet"]),
        more("lang", &["tweet_language"]),
        more("client", &["tweet_client_name"]),
        More { column: "reply", names: &["in_reply_to_tweetid", "in_reply_to_status_id"], how: How::Filled },
        more("links", &["expanded_urls"]),
    ],
};

/// What a row about a post says about its author, whose id is the post's `author`.
const AUTHORS_NAMES: Names = Names {
    what: What::Accounts,
    own: false,
    more: &[
        more("handle", &["user_screen_name", "screen_name", "author_username", "username", "handle"]),
        more("name", &["user_display_name", "user_name", "author_name", "display_name", "name"]),
        more("description", &["user_profile_description", "user_description", "description", "bio"]),
        more("created_at", &["account_creation_date", "user_created_at", "user_created"]),
        more("followers", &["follower_count", "followers_count", "user_followers", "followers"]),
        more("following", &["following_count", "friends_count", "user_friends", "following"]),
        more("posts", &["statuses_count", "numberstatuses", "user_statuses", "updates"]),
        more("lang", &["account_language"]),
        more("location", &["user_reported_location", "user_location", "location"]),
        more("time_zone", &["user_time_zone", "time_zone"]),
        more("avatar", &["user_profile_image_url", "profile_image_url"]),
        more("verified", &["user_verified", "verified"]),
    ],
};

impl Names {
    /// The rank of a file's column among the names of one of the table's, and how its cells are taken.
    fn rank(&self, column: &Column, name: &str) -> Option<(usize, How)> {
        let own = if self.own { rank(column, name) } else { None };
        own.map(|rank| (rank, How::AsIs)).or_else(|| {
            let more = self.more.iter().find(|more| more.column == column.name)?;
            let at = more.names.iter().position(|known| known.eq_ignore_ascii_case(name.trim()))?;
            Some((1 + column.aliases.len() + at, more.how))
        })
    }

    /// The file's column that is taken for one of the table's.
    fn best(&self, column: &str, header: &[String]) -> Option<usize> {
        let column = of(self.what).iter().find(|c| c.name == column)?;
        let ranks = header.iter().enumerate().filter_map(|(at, name)| Some((self.rank(column, name)?.0, at)));
        ranks.min().map(|(_, at)| at)
    }
}

/// Whether a table is known to have a column of this name.
pub(super) fn is_known(name: &str) -> bool {
    let names = [&ACCOUNTS_NAMES, &FOLLOWS_NAMES, &POSTS_NAMES];
    names.iter().any(|names| of(names.what).iter().any(|column| names.rank(column, name).is_some()))
}

/// Whether the two names are those of who follows and who is followed.
pub(super) fn name_a_follow(src: &str, dst: &str) -> bool {
    FOLLOWS_NAMES.rank(&FOLLOWS[0], src).is_some() && FOLLOWS_NAMES.rank(&FOLLOWS[1], dst).is_some()
}

/// Files of such columns give times as `1/31/2015 21:07`: Fifth Tribe's posts, and those that FiveThirtyEight published.
const MONTH_FIRST: [[&str; 2]; 2] = [["numberstatuses", "tweets"], ["publish_date", "harvested_date"]];

/// Which tables a file is of that names its columns; posts may bring their authors.
pub(super) fn tables(header: &[String], options: &Options, file: &str) -> Result<Vec<Map>> {
    let has = |name: &str| header.iter().any(|h| h.trim().eq_ignore_ascii_case(name));
    let what = what(header, options, true, file)?;
    let names = match what {
        What::Accounts => &ACCOUNTS_NAMES,
        What::Follows => &FOLLOWS_NAMES,
        What::Posts => &POSTS_NAMES,
        What::Statuses => &STATUSES_NAMES,
    };
    let mut maps = vec![Map::named(names, given(what, options)?, header, file)?];
    if what == What::Posts {
        let mut authors = Map::named(&AUTHORS_NAMES, [None; WIDTH], header, file)?;
        authors.from[0] = maps[0].from[1];
        if authors.from[1..].iter().any(Option::is_some) {
            maps.push(authors);
        }
    }
    if MONTH_FIRST.iter().any(|marks| marks.iter().all(|mark| has(mark))) {
        for map in &mut maps {
            for (how, column) in map.how.iter_mut().zip(of(map.what)) {
                if column.kind == Kind::Time {
                    *how = How::MonthFirst;
                }
            }
        }
    }
    if what == What::Posts {
        maps[0].locate(header);
    }
    let east = maps
        .iter()
        .flat_map(|map| map.how)
        .filter_map(|how| if let How::North(east) = how { Some(east) } else { None });
    let used: Vec<usize> = maps.iter().flat_map(|map| map.from).flatten().chain(east).collect();
    for map in &mut maps {
        map.ignored = header.iter().enumerate().filter(|(at, _)| !used.contains(at)).map(|(_, n)| plain(n)).collect();
    }
    Ok(maps)
}

/// Which table a file is of that has these columns. With `wide`, by all names that are known.
pub(super) fn what(header: &[String], options: &Options, wide: bool, file: &str) -> Result<What> {
    let best = |names: &Names, column: &str| {
        let narrow = Names { what: names.what, own: true, more: &[] };
        match options.columns.get(column) {
            Some(given) => header.iter().position(|h| h.trim() == given).or(Some(usize::MAX)),
            None => if wide { names } else { &narrow }.best(column, header),
        }
    };
    let (src, dst) = (best(&FOLLOWS_NAMES, "src"), best(&FOLLOWS_NAMES, "dst"));
    let (text, author, id) = (best(&POSTS_NAMES, "text"), best(&POSTS_NAMES, "author"), best(&POSTS_NAMES, "id"));
    let post_id = id.is_some_and(|at| header.get(at).is_none_or(|name| !name.trim().eq_ignore_ascii_case("id")));
    if src.is_some() && dst.is_some() && src != dst && text.is_none() {
        Ok(What::Follows)
    } else if author.is_some() && (post_id || (text.is_some() && (wide || id.is_some()))) {
        Ok(What::Posts)
    } else if ["account", "status"].iter().all(|own| header.iter().any(|h| h.trim().eq_ignore_ascii_case(own))) {
        Ok(What::Statuses)
    } else if best(&ACCOUNTS_NAMES, "id").is_some() {
        Ok(What::Accounts)
    } else {
        Err(Error::usage(format!("{file} has no columns that accounts, follows, posts or statuses are known by")).help(format!(
            "{}; say what it holds and which column is which, such as --follows {file} --column src=NAME --column dst=NAME; \
             or --format edges, if it is an edge list without names",
            list(header)
        )))
    }
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

/// Where each of a table's columns stands in a file that names its columns once.
pub(super) struct Map {
    /// The table.
    pub(super) what: What,
    /// The position in the file of each of the table's columns.
    pub(super) from: [Option<usize>; WIDTH],
    /// How the cells of each are taken.
    pub(super) how: [How; WIDTH],
    /// The table's columns and the file's names for them.
    pub(super) used: BTreeMap<String, String>,
    /// The file's columns that are of no use.
    pub(super) ignored: Vec<String>,
}

impl Map {
    /// Finds the table's columns: those that the options give first, then by name.
    pub(super) fn find(what: What, options: &Options, header: &[String], file: &str) -> Result<Self> {
        let map = Self::named(&Names { what, own: true, more: &[] }, given(what, options)?, header, file)?;
        let lost = of(what).iter().zip(map.from).find(|(column, from)| column.required && from.is_none());
        lost.map_or(Ok(map), |(column, _)| Err(missing(what, column.name, header, file)))
    }

    /// The same by other names. A column that must be there may be wanting.
    fn named(names: &Names, given: [Option<&str>; WIDTH], header: &[String], file: &str) -> Result<Self> {
        let columns = of(names.what);
        let (mut from, mut how) = ([None; WIDTH], [How::AsIs; WIDTH]);
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
                let ranks = header.iter().enumerate().filter(free).filter_map(|(_, h)| names.rank(column, h));
                if let Some((best, taken)) = ranks.min_by_key(|(rank, _)| *rank) {
                    let is = |h: &str| names.rank(column, h).is_some_and(|(rank, _)| rank == best);
                    from[slot] = only(header, is, |_| false, file)?;
                    how[slot] = taken;
                }
            }
        }
        let used = columns.iter().zip(from).filter_map(|(c, at)| Some((c.name.to_owned(), plain(&header[at?]))));
        let used = used.collect();
        let ignored = header.iter().enumerate().filter(|(at, _)| !from.contains(&Some(*at)));
        let ignored = ignored.map(|(_, name)| plain(name)).collect();
        Ok(Self { what: names.what, from, how, used, ignored })
    }

    /// Takes coordinates for the place of a post, where no column names one.
    fn locate(&mut self, header: &[String]) {
        let find = |name: &str| header.iter().position(|h| h.trim().eq_ignore_ascii_case(name));
        let slot = of(self.what).iter().position(|column| column.name == "place");
        if let (Some(slot), Some(north), Some(east)) = (slot, find("latitude"), find("longitude"))
            && self.from[slot].is_none()
        {
            (self.from[slot], self.how[slot]) = (Some(north), How::North(east));
            self.used.insert("place".to_owned(), format!("{}, {}", plain(&header[north]), plain(&header[east])));
        }
    }

    /// Leaves out columns of the file that hold what cannot be read, where the table's column is no more than welcome.
    pub(super) fn pass_over(&mut self, header: &[String], unreadable: impl Fn(usize) -> bool) {
        for (from, column) in self.from.iter_mut().zip(of(self.what)).filter(|(_, column)| column.kind.passes_over()) {
            if let Some(at) = from.filter(|at| unreadable(*at)) {
                *from = None;
                self.used.remove(column.name);
                self.ignored.push(plain(&header[at]));
            }
        }
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

    fn tables_of(names: &str) -> Vec<(What, Vec<(String, String)>)> {
        let maps = tables(&header(names), &Options::default(), "f.csv").unwrap();
        maps.into_iter().map(|map| (map.what, map.used.into_iter().collect())).collect()
    }

    #[test]
    fn tables_are_told_by_their_columns() {
        let what = |names| tables_of(names).into_iter().map(|(what, _)| what).collect::<Vec<_>>();
        assert_eq!(what("source,target,weight"), [What::Follows]);
        assert_eq!(what("id_1,id_2"), [What::Follows]);
        assert_eq!(what("id,handle,name,created_at,followers"), [What::Accounts]);
        assert_eq!(what("did,handle"), [What::Accounts]);
        assert_eq!(what("id,author,created_at,text,source"), [What::Posts]);
        assert_eq!(what("tweet_id,user_id,created_at"), [What::Posts]);
        assert_eq!(what("id,screen_name,description,followers_count"), [What::Accounts]);
        assert_eq!(what("tweetid,userid,user_screen_name,follower_count,tweet_text"), [What::Posts, What::Accounts]);
        let none = tables(&header("a,b"), &Options::default(), "f.csv").err().unwrap();
        assert!(none.advice().unwrap().contains("its columns are: a, b"));
        let columns = [("src", "a"), ("dst", "b")].map(|(a, b)| (a.to_owned(), b.to_owned())).into();
        let options = Options { columns, ..Options::default() };
        assert_eq!(tables(&header("a,b"), &options, "f.csv").unwrap()[0].what, What::Follows);
    }

    #[test]
    fn posts_without_an_id_and_their_authors() {
        let found = tables_of("name,username,description,location,followers,numberstatuses,time,tweets");
        let pairs =
            |list: &[(&str, &str)]| list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
        assert_eq!(found[0].1, pairs(&[("author", "username"), ("created_at", "time"), ("text", "tweets")]));
        let maps = tables(&header("username,numberstatuses,time,tweets"), &Options::default(), "f.csv").unwrap();
        assert_eq!((maps[0].from[0], maps[0].how[2], maps[1].from[0]), (None, How::MonthFirst, Some(0)));
        assert_eq!(found[1].1.len(), 6);
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
