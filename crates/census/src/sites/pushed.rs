//! Which web sites the accounts of the frame push in their collected posts.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use crate::Result;
use crate::frame::Frame;
use crate::network::Network;
use crate::progress::Progress;
use crate::rows::{Micros, Post, read_posts_of};
use crate::study::Study;
use crate::tables::Table;
use crate::text;
use crate::when;

/// Posts that are looked at together.
const CHUNK: usize = 8_192;
/// Different sites of one account, and of all.
const MOST_EACH: usize = 200;
const MOST: usize = 1_000_000;
/// Links of one post.
const MOST_A_POST: usize = 50;

/// A site that accounts of the frame push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Push {
    pub(super) site: String,
    /// Each account that pushed it, with how many posts; ascending.
    pub(super) by: Vec<(u32, u32)>,
    pub(super) first: Option<Micros>,
    pub(super) last: Option<Micros>,
    /// Links by form: plain or encrypted, without or with `www.`.
    forms: [u32; 4],
}

impl Push {
    /// The address that most links give, up to the path; of equals the encrypted one without `www.`.
    pub(super) fn address(&self) -> String {
        const FORMS: [(usize, &str, &str); 4] =
            [(2, "https", ""), (3, "https", "www."), (0, "http", ""), (1, "http", "www.")];
        let most = self.forms.iter().max().copied().unwrap_or(0);
        let form = FORMS.into_iter().find(|(i, ..)| self.forms[*i] == most);
        let (_, scheme, www) = form.unwrap_or(FORMS[0]);
        format!("{scheme}://{www}{}/", self.site)
    }
}

/// What is pushed, by site.
pub(super) struct Pushed {
    /// In the order of their names.
    pub(super) sites: Vec<Push>,
    /// Of which accounts posts were collected.
    pub(super) has_posts: Vec<bool>,
    /// Whether a bound was met, so that some links are not counted.
    pub(super) full: bool,
}

/// A link of a post.
struct Link {
    site: String,
    form: usize,
}

impl Pushed {
    pub(super) fn read(study: &Study, network: &Network, frame: &Frame, progress: &Progress) -> Result<Self> {
        progress.begin("read the links", None);
        let positions = frame.positions(network.ids.len());
        let unit = |id: &str| network.ids.get(id).and_then(|account| positions.of(account));
        let mut gathered = Gathered {
            numbers: HashMap::new(),
            sites: Vec::new(),
            each: vec![0; frame.units.len()],
            has_posts: vec![false; frame.units.len()],
            full: false,
        };
        let (mut seen, mut chunk): (HashSet<[u8; 16]>, _) = (HashSet::new(), Vec::with_capacity(CHUNK));
        study.store.read(Table::Posts, &[], |batch| {
            for post in read_posts_of(batch, |author| unit(author).is_some())? {
                let Some(unit) = unit(&post.author) else { continue };
                // The tables only grow, and a crawl that was stopped may have fetched a post twice.
                if seen.insert(fingerprint(unit, &post.id)) {
                    chunk.push((unit, post));
                }
                if chunk.len() >= CHUNK {
                    progress.check()?;
                    gathered.add(&chunk);
                    chunk.clear();
                }
            }
            Ok(())
        })?;
        gathered.add(&chunk);
        progress.end();
        let Gathered { mut sites, has_posts, full, .. } = gathered;
        sites.iter_mut().for_each(|push| push.by.sort_unstable());
        sites.sort_by(|a, b| a.site.cmp(&b.site));
        Ok(Self { sites, has_posts, full })
    }
}

struct Gathered {
    numbers: HashMap<String, usize>,
    sites: Vec<Push>,
    /// Different sites of each account.
    each: Vec<usize>,
    has_posts: Vec<bool>,
    full: bool,
}

impl Gathered {
    fn add(&mut self, posts: &[(usize, Post)]) {
        let found: Vec<Vec<Link>> = posts.par_iter().map(|(_, post)| links(post)).collect();
        for ((unit, post), links) in posts.iter().zip(found) {
            self.has_posts[*unit] = true;
            let at = post.created_at.and_then(|at| when::in_range(at).ok());
            for link in links {
                self.push(*unit, at, link);
            }
        }
    }

    fn push(&mut self, unit: usize, at: Option<Micros>, link: Link) {
        let number = match self.numbers.get(&link.site) {
            Some(number) => *number,
            None if self.sites.len() < MOST => {
                let new = Push { site: link.site.clone(), by: Vec::new(), first: at, last: at, forms: [0; 4] };
                self.sites.push(new);
                self.numbers.insert(link.site, self.sites.len() - 1);
                self.sites.len() - 1
            }
            None => {
                self.full = true;
                return;
            }
        };
        let push = &mut self.sites[number];
        // Posts of an account lie together, so this finds it at once.
        match push.by.iter_mut().rev().find(|(by, _)| *by as usize == unit) {
            Some((_, posts)) => *posts = posts.saturating_add(1),
            None if self.each[unit] < MOST_EACH => {
                self.each[unit] += 1;
                push.by.push((unit as u32, 1));
            }
            None => {
                self.full = true;
                return;
            }
        }
        push.forms[link.form] = push.forms[link.form].saturating_add(1);
        push.first = push.first.into_iter().chain(at).min();
        push.last = push.last.max(at);
    }
}

/// The sites that a post links to, each once.
fn links(post: &Post) -> Vec<Link> {
    let words = post.text.as_deref();
    let from_text = if post.links.is_empty() { words.map(text::links).unwrap_or_default() } else { Vec::new() };
    let mut found: Vec<Link> = Vec::new();
    for link in post.links.iter().chain(&from_text).take(MOST_A_POST) {
        let Some(site) = text::domain(link) else { continue };
        let lower: String = link.trim().chars().take(20).collect::<String>().to_ascii_lowercase();
        let bare = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
        let form = 2 * usize::from(!lower.starts_with("http:")) + usize::from(bare.starts_with("www."));
        if !found.iter().any(|l| l.site == site) {
            found.push(Link { site, form });
        }
    }
    found
}

fn fingerprint(unit: usize, id: &str) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(unit as u64).to_le_bytes()).update(id.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_a_post_in_their_forms() {
        let post = Post {
            links: ["http://www.a.example/x", "https://a.example", "https://B.example", "http://localhost/"]
                .map(str::to_owned)
                .to_vec(),
            ..Post::default()
        };
        let found: Vec<(String, usize)> = links(&post).into_iter().map(|l| (l.site, l.form)).collect();
        assert_eq!(found, [("a.example".to_owned(), 1), ("b.example".to_owned(), 2)]);
        let push = |forms| Push { site: "a.example".into(), by: Vec::new(), first: None, last: None, forms };
        assert_eq!(push([0, 3, 1, 0]).address(), "http://www.a.example/");
        assert_eq!(push([2, 0, 2, 0]).address(), "https://a.example/");
    }
}
