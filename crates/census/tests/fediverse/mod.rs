//! A stand-in for servers with Mastodon's API: several instances on loopback that answer as real servers were seen to
//! (snac, Takahe: `testbed/MASTODON.md`) and as Mastodon's documentation says. It is not Mastodon.
//!
//! - An account's number is another one on every instance, and the same number is another account there.
//! - Lists page by the ids of follows, which are no ids of accounts; `limit` is capped without a word.
//! - Lists of accounts that hide them are empty; so are all lists of an instance that hides them all.
//! - A suspended account answers 404 with HTML, and stays in others' lists.
//! - Some endpoints want a token on some instances; some instances say in headers how much is left.

#![allow(dead_code, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// An account as it was planted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    /// Ids, the newest first.
    pub(crate) follows: Vec<String>,
    pub(crate) posts: u32,
    pub(crate) hides_lists: bool,
    pub(crate) suspended: bool,
    /// More of the account entity, written over it.
    pub(crate) more: Value,
}

/// How an instance behaves.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    /// The most accounts on a page.
    pub(crate) cap: usize,
    /// Whether a short page has a `next` as well.
    pub(crate) eager: bool,
    /// Requests in a time, told in headers and then refused.
    pub(crate) limit: Option<(u32, Duration)>,
    /// A token, and the ends of the paths that want it.
    pub(crate) token: Option<(&'static str, &'static [&'static str])>,
    /// Only web pages, no API.
    pub(crate) mute: bool,
    /// Every seventh answer breaks off, every eleventh is 503.
    pub(crate) stormy: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { cap: 80, eager: true, limit: None, token: None, mute: false, stormy: false }
    }
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) instance: String,
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    pub(crate) status: u16,
}

type Odd = Box<dyn Fn(&str, &str) -> Option<Vec<u8>> + Send + Sync>;

/// What was planted.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) people: BTreeMap<String, Person>,
    pub(crate) rules: BTreeMap<String, Rules>,
    /// Answers of its own for an instance and a path.
    pub(crate) odd: Option<Odd>,
}

/// The running instances.
pub(crate) struct Fediverse {
    /// Where each instance is.
    pub(crate) servers: BTreeMap<String, String>,
    pub(crate) log: Arc<Mutex<Vec<Asked>>>,
}

/// One window of a rate limit.
struct Window {
    until: Instant,
    used: u32,
}

struct Site {
    instance: String,
    address: String,
    world: Arc<World>,
    window: Mutex<Option<Window>>,
    log: Arc<Mutex<Vec<Asked>>>,
    answers: Mutex<u32>,
    /// By which this instance calls each account: its own from 1 on, then the others.
    numbers: HashMap<String, String>,
    counts: Arc<HashMap<String, usize>>,
}

impl World {
    /// Adds an account.
    pub(crate) fn person(&mut self, id: &str, follows: &[&str]) -> &mut Person {
        let follows = follows.iter().map(|f| (*f).to_owned()).collect();
        self.people.insert(id.to_owned(), Person { follows, posts: 1, ..Person::default() });
        self.people.get_mut(id).unwrap()
    }

    /// Starts an instance for each that has rules or accounts.
    pub(crate) fn start(mut self) -> Fediverse {
        for id in self.people.keys() {
            self.rules.entry(instance(id).to_owned()).or_default();
        }
        let mut counts = HashMap::<String, usize>::new();
        for dst in self.people.values().flat_map(|person| &person.follows) {
            *counts.entry(dst.clone()).or_default() += 1;
        }
        let (world, log, counts) = (Arc::new(self), Arc::new(Mutex::new(Vec::new())), Arc::new(counts));
        let mut servers = BTreeMap::new();
        for name in world.rules.keys() {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = format!("http://{}", listener.local_addr().unwrap());
            servers.insert(name.clone(), address.clone());
            let mut all: Vec<_> = world.people.keys().collect();
            all.sort_by_key(|id| (instance(id) != name, *id));
            let numbers = (1..).zip(all).map(|(n, id): (u32, _)| (id.clone(), n.to_string())).collect();
            let site = Arc::new(Site {
                instance: name.clone(),
                address,
                world: world.clone(),
                window: Mutex::default(),
                log: log.clone(),
                answers: Mutex::default(),
                numbers,
                counts: counts.clone(),
            });
            std::thread::spawn(move || {
                for stream in listener.incoming() {
                    let site = site.clone();
                    std::thread::spawn(move || site.serve(&stream.unwrap()));
                }
            });
        }
        Fediverse { servers, log }
    }
}

impl Fediverse {
    /// How many requests an instance got whose path holds this.
    pub(crate) fn asked(&self, instance: &str, part: &str) -> usize {
        let log = self.log.lock().unwrap();
        log.iter().filter(|a| a.instance == instance && a.path.contains(part)).count()
    }
}

/// Accounts on three instances, of which the first follow each other a good deal, others at random; one follows nearly
/// all.
pub(crate) fn planted(accounts: usize, members: usize) -> World {
    let ids: Vec<_> =
        (0..accounts).map(|n| format!("p{n}@{}", ["one.test", "two.test", "three.test"][n % 3])).collect();
    let mut world = World::default();
    let mut random = 1u64;
    let mut draw = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    for (n, id) in ids.iter().enumerate() {
        let mut chosen = BTreeSet::new();
        let most = if n == 7 { accounts - 10 } else { 3 + draw(6) };
        while chosen.len() < most {
            let other = if n < members && n != 7 && draw(4) > 0 { draw(members) } else { draw(accounts) };
            if other != n {
                chosen.insert(ids[other].as_str());
            }
        }
        let person = world.person(id, &chosen.into_iter().collect::<Vec<_>>());
        person.posts = (n % 50) as u32;
    }
    world.rules.insert("two.test".into(), Rules { cap: 40, eager: false, ..Rules::default() });
    world.rules.insert("three.test".into(), Rules { cap: 20, ..Rules::default() });
    world
}

pub(crate) fn instance(id: &str) -> &str {
    id.split_once('@').unwrap().1
}

/// A whole answer; `headers` end in CRLF each.
pub(crate) fn answer(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

fn hash(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

const JSON: &str = "content-type: application/json; charset=utf-8\r\n";

impl Site {
    fn serve(&self, mut stream: &TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let Some(Ok(first)) = lines.next() else { return };
        let mut token = None;
        for line in lines {
            let Ok(line) = line else { return };
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("authorization")
            {
                token = value.trim().strip_prefix("Bearer ").map(str::to_owned);
            }
        }
        let path = first.split(' ').nth(1).unwrap().to_owned();
        let bytes = self.answer(&path, token.as_deref());
        let status = std::str::from_utf8(&bytes[9..12]).unwrap().parse().unwrap();
        let asked = Asked { instance: self.instance.clone(), path, token, status };
        self.log.lock().unwrap().push(asked);
        // The client may hang up on a large answer; that is its right.
        let _ = stream.write_all(&bytes);
    }

    fn rules(&self) -> &Rules {
        &self.world.rules[&self.instance]
    }

    fn answer(&self, path: &str, token: Option<&str>) -> Vec<u8> {
        let count = {
            let mut answers = self.answers.lock().unwrap();
            *answers += 1;
            *answers
        };
        if let Some(bytes) = self.world.odd.as_ref().and_then(|odd| odd(&self.instance, path)) {
            return bytes;
        }
        if self.rules().mute {
            return answer(404, "content-type: text/html\r\n", "<html>nothing here</html>");
        }
        if self.rules().stormy && count % 7 == 0 {
            return b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[{\"half\":".to_vec();
        }
        if self.rules().stormy && count % 11 == 0 {
            return answer(503, JSON, "{\"error\":\"Remote data could not be fetched\"}");
        }
        let mut headers = JSON.to_owned();
        if let Some((left, reset)) = self.take() {
            let at = jiff::Timestamp::now().checked_add(reset).unwrap();
            let most = self.rules().limit.unwrap().0;
            headers += &format!("x-ratelimit-limit: {most}\r\nx-ratelimit-remaining: {}\r\n", left.unwrap_or(0));
            headers += &format!("x-ratelimit-reset: {at:.6}\r\n");
            if left.is_none() {
                return answer(429, &headers, "{\"error\":\"Too many requests\"}");
            }
        }
        let plain = path.split('?').next().unwrap();
        if let Some((wanted, ends)) = self.rules().token
            && ends.iter().any(|end| plain.ends_with(end))
            && token != Some(wanted)
        {
            return answer(401, &headers, "{\"error\":\"The access token is invalid\"}");
        }
        self.api(path, &headers)
    }

    /// What is left of the window, and when it ends; nothing is left of one that is used up.
    fn take(&self) -> Option<(Option<u32>, Duration)> {
        let (most, time) = self.rules().limit?;
        let (mut window, now) = (self.window.lock().unwrap(), Instant::now());
        let window = match &mut *window {
            Some(window) if window.until > now => window,
            old => old.insert(Window { until: now + time, used: 0 }),
        };
        window.used += 1;
        Some((most.checked_sub(window.used), window.until - now))
    }

    fn api(&self, path: &str, headers: &str) -> Vec<u8> {
        let url = url::Url::parse(&format!("http://x{path}")).unwrap();
        let one = |key: &str| url.query_pairs().find(|(k, _)| k == key).map(|(_, v)| v.into_owned());
        let ok = |value: &Value| answer(200, headers, &value.to_string());
        let missing = || answer(404, headers, "{\"error\":\"Record not found\"}");
        let parts: Vec<_> = url.path().split('/').skip(1).collect();
        match parts[..] {
            [".well-known", "nodeinfo"] => {
                let href = format!("{}/nodeinfo/2.0", self.address);
                ok(&json!({"links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": href}]}))
            }
            ["nodeinfo", "2.0"] => {
                let users = self.locals().count();
                ok(
                    &json!({"version": "2.0", "software": {"name": "stand-in", "version": "1"}, "openRegistrations": true,
                    "usage": {"users": {"total": users, "activeMonth": users}, "localPosts": 9}, "metadata": {}}),
                )
            }
            ["api", "v1", "instance"] => ok(&json!({"uri": self.instance, "title": self.instance, "version": "4.0.0",
                "stats": {"user_count": 1, "status_count": 2, "domain_count": 3}, "registrations": true})),
            ["api", "v1", "accounts", "lookup"] => match one("acct").and_then(|acct| self.local(&acct)) {
                Some((_, person)) if person.suspended => {
                    answer(404, "content-type: text/html\r\n", "<html>gone</html>")
                }
                Some((id, person)) => ok(&self.account(id, person)),
                None => missing(),
            },
            ["api", "v1", "accounts", number, list] => match self.numbered(number) {
                Some((_, person)) if person.suspended => {
                    answer(404, "content-type: text/html\r\n", "<html>gone</html>")
                }
                Some((id, person)) if list == "following" || list == "followers" => {
                    let limit = one("limit").and_then(|l| l.parse().ok()).unwrap_or(40).min(self.rules().cap);
                    let listed = match list {
                        _ if person.hides_lists => Vec::new(),
                        "following" => person.follows.iter().collect(),
                        _ => self.followers(id).collect(),
                    };
                    self.page(id, listed, limit, one("max_id").and_then(|m| m.parse().ok()), headers, url.path())
                }
                Some((id, person)) if list == "statuses" => {
                    let limit = one("limit").and_then(|l| l.parse().ok()).unwrap_or(20).min(40);
                    ok(&self.statuses(id, person, limit, one("exclude_reblogs").is_none()))
                }
                _ => missing(),
            },
            ["api", "v1", "directory"] => {
                let number = |key: &str, or: usize| one(key).and_then(|v| v.parse().ok()).unwrap_or(or);
                let people = self.locals().skip(number("offset", 0)).take(number("limit", 40).min(80));
                ok(&people.map(|(id, person)| self.account(id, person)).collect())
            }
            _ => missing(),
        }
    }

    fn followers<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a String> {
        self.world.people.iter().filter(move |(_, person)| person.follows.iter().any(|f| f == id)).map(|(id, _)| id)
    }

    fn locals(&self) -> impl Iterator<Item = (&str, &Person)> {
        let here = |(id, _): &(&String, &Person)| instance(id) == self.instance;
        self.world.people.iter().filter(here).map(|(id, person)| (id.as_str(), person))
    }

    fn local(&self, acct: &str) -> Option<(&str, &Person)> {
        let id = format!("{}@{}", acct.to_lowercase(), self.instance);
        self.world.people.get_key_value(&id).map(|(id, person)| (id.as_str(), person))
    }

    fn number(&self, id: &str) -> String {
        self.numbers.get(id).cloned().unwrap_or_else(|| "0".into())
    }

    fn numbered(&self, number: &str) -> Option<(&str, &Person)> {
        let id = self.numbers.iter().find(|(_, n)| *n == number)?.0;
        self.world.people.get(id).map(|person| (id.as_str(), person))
    }

    fn account(&self, id: &str, person: &Person) -> Value {
        let (name, home) = id.split_once('@').unwrap();
        let followers = self.counts.get(id).copied().unwrap_or(0);
        let acct = if home == self.instance { name.to_owned() } else { id.to_owned() };
        let mut entity = json!({"id": self.number(id), "username": name, "acct": acct, "display_name": name.to_uppercase(),
            "locked": false, "bot": false, "discoverable": true, "group": false, "created_at": "2022-11-08T00:00:00.000Z",
            "note": format!("<p>I am <b>{name}</b><script>alert(1)</script></p>"), "url": format!("https://{home}/@{name}"),
            "followers_count": followers, "following_count": person.follows.len(), "statuses_count": person.posts,
            "last_status_at": "2026-01-01", "emojis": [], "fields": []});
        for (key, value) in person.more.as_object().into_iter().flatten() {
            entity[key] = value.clone();
        }
        entity
    }

    fn page(
        &self,
        id: &str,
        listed: Vec<&String>,
        limit: usize,
        max_id: Option<u64>,
        headers: &str,
        path: &str,
    ) -> Vec<u8> {
        // The id of a follow is nobody's account.
        let mut follows: Vec<_> = listed.into_iter().map(|other| (hash((id, other)) >> 1, other)).collect();
        follows.sort_by(|a, b| b.cmp(a));
        follows.retain(|(follow, _)| max_id.is_none_or(|max| *follow < max));
        follows.truncate(limit);
        let mut headers = headers.to_owned();
        if let (Some((first, _)), Some((last, _))) = (follows.first(), follows.last()) {
            let link =
                |query: &str, rel: &str| format!("<{}{path}?limit={limit}&{query}>; rel=\"{rel}\"", self.address);
            let prev = link(&format!("min_id={first}"), "prev");
            let next = link(&format!("max_id={last}"), "next");
            let more = self.rules().eager || follows.len() == limit;
            headers += &if more { format!("link: {next}, {prev}\r\n") } else { format!("link: {prev}\r\n") };
        }
        let unknown = Person::default();
        let entities =
            follows.iter().map(|(_, dst)| self.account(dst, self.world.people.get(*dst).unwrap_or(&unknown)));
        answer(200, &headers, &entities.collect::<Value>().to_string())
    }

    fn statuses(&self, id: &str, person: &Person, limit: u32, boosts: bool) -> Value {
        let status = |n: u32| {
            json!({"id": (1000 + n).to_string(), "created_at": "2026-01-01T00:00:00.000Z", "in_reply_to_id": null,
                "spoiler_text": "", "visibility": "public", "language": "en", "reblog": null,
                "content": format!("<p>Post {n} of {id} <a href=\"https://site.test/{n}\">site</a></p>"),
                "application": {"name": "Web"}, "account": self.account(id, person), "tags": [{"name": "topic"}]})
        };
        let mut all: Vec<_> = (0..person.posts.min(limit)).rev().map(status).collect();
        if boosts {
            let mut boost = status(0);
            boost["id"] = json!("999");
            boost["reblog"] = json!({"id": "5"});
            all.push(boost);
        }
        all.into()
    }
}
