//! A network shaped like one that a census is taken of: heavy tails both ways, communities, mutual follows, and a
//! planted group. Whom an account follows can be had for that account alone, so the network streams at any size.
//!
//! Accounts are positions: first the group, then bystanders who like to follow it without belonging, then everyone
//! else, all cut into communities of heavy-tailed size. [`crate::names`] then calls them something that tells nothing.
//!
//! An account follows ⌊d₀ (U^−¾ − 1) + U′⌋ others: a Lomax law with tail exponent 4/3, like the followings of real
//! networks; d₀ is set so that the follows add up to what is asked for. Whom:
//!
//! 1. *Mutual* follows, inside the community or the group, that both sides find without talking to each other. The
//!    k-th reflection x ↦ aₖ − x of a community's s positions (mod s) pairs its accounts; a pair follow each other if
//!    both have more than k mutual follows to give, a fixed part of their followings.
//! 2. For a member, as many inside the group as make up the stated share.
//! 3. For others, 70 % in the community, 25 % anywhere by fame, 5 % anywhere alike.
//!
//! Who is chosen in a community is ⌊s U⁴⌋, anywhere ⌊n U⁴⌋ on a list of all accounts in random order: Zipf's law with
//! exponent 3/4, hence followers with a tail exponent of 4/3.
//!
//! Only operations that IEEE 754 rounds exactly are used (√ among them, powers and logarithms not), so that the
//! network is the same on any machine.

use std::ops::Range;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::random::{Bijection, Purpose, Stream};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Accounts in all.
    pub accounts: u32,
    /// Follows in all, to within about one in a hundred.
    pub follows: u64,
    /// Members of the group among the accounts.
    pub members: u32,
    /// The share of a member's followings that are members, too.
    pub inside: f64,
    /// The random seed.
    pub seed: u64,
}

/// The group's bystanders, in groups' sizes, and the share of their followings that are members.
const BYSTANDERS: (u32, f64) = (2, 0.1);
/// The part of its followings that an account would make mutual.
const MUTUAL: f64 = 0.7;
/// Members are more active than others by this factor, and follow at least so many.
const MEMBERS_FOLLOW: (f64, u32) = (1.5, 3);
/// Nobody follows more than this, or than a 16th of all.
const MOST_FOLLOWED: u32 = 20_000;
/// Accounts whose followings are added up to find d₀; more would not change it.
const PROBED: u32 = 4_000_000;
/// The smallest community, and the largest as a part of all accounts.
const COMMUNITY: (u32, u32) = (150, 50);
/// How often those are drawn that are still missing, as some were drawn before. Only where a community is about as
/// small as the followings are many is anything missing after that.
const ROUNDS: u32 = 12;

/// The network.
#[derive(Debug, Clone)]
pub struct Network {
    shape: Shape,
    /// The scale of the law of followings.
    d0: f64,
    most: u32,
    /// Where each community begins, the group first, and where the last one ends.
    starts: Vec<u32>,
    fame: Bijection,
}

impl Network {
    /// The network of a shape.
    ///
    /// # Panics
    /// If the shape has fewer than 1,000 accounts, no member, or more than one member in 20 accounts.
    pub fn new(shape: Shape) -> Self {
        let Shape { accounts, members, seed, .. } = shape;
        assert!(accounts >= 1000 && (1..=accounts / 20).contains(&members), "{shape:?}");
        assert!((0.0..=1.0).contains(&shape.inside), "{shape:?}");
        let fame = Bijection::new(u64::from(accounts), seed);
        let most = MOST_FOLLOWED.min(accounts / 16);
        let mut network = Self { shape, d0: 0.0, most, starts: communities(&shape), fame };
        network.d0 = network.scale_for(shape.follows);
        network
    }

    /// What was asked for.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Whether the account belongs to the group.
    pub fn is_member(&self, account: u32) -> bool {
        account < self.shape.members
    }

    /// How many communities there are, the group among them.
    pub fn communities(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many accounts the account means to follow; it follows that many, unless its community is too small.
    pub fn degree(&self, account: u32) -> u32 {
        self.degree_at(account, self.d0)
    }

    fn degree_at(&self, account: u32, d0: f64) -> u32 {
        let mut stream = Stream::new(self.shape.seed, Purpose::Degree, account.into());
        let root = (1.0 - stream.unit()).sqrt();
        let many = d0 * (1.0 / (root * root.sqrt()) - 1.0);
        let (more, least) = if self.is_member(account) { MEMBERS_FOLLOW } else { (1.0, 0) };
        // Beyond half of the group there is nobody left to be inside with.
        let most = if self.is_member(account) { self.most.min(self.shape.members / 2) } else { self.most };
        ((many * more + stream.unit()).min(f64::from(most)) as u32).max(least.min(most))
    }

    /// The d₀ for which the followings add up, by halving.
    fn scale_for(&self, follows: u64) -> f64 {
        let stride = self.shape.accounts.div_ceil(PROBED);
        let probed = self.shape.accounts.div_ceil(stride);
        let wanted = follows as f64 / f64::from(self.shape.accounts) * f64::from(probed);
        let sum = |d0: f64| {
            let degrees = (0..probed).into_par_iter().map(|i| u64::from(self.degree_at(i * stride, d0)));
            degrees.sum::<u64>() as f64
        };
        let (mut low, mut high) = (0.0, 4.0 * follows as f64 / f64::from(self.shape.accounts));
        for _ in 0..16 {
            let middle = (low + high) / 2.0;
            if sum(middle) < wanted { low = middle } else { high = middle }
        }
        (low + high) / 2.0
    }

    /// Those that the account follows, ascending, each once, itself not; what was in `into` goes.
    pub fn following(&self, account: u32, into: &mut Vec<u32>) {
        into.clear();
        let degree = self.degree(account) as usize;
        let community = self.community(account);
        self.mutual(account, &community, into);
        tidy(account, into);
        into.truncate(degree);

        let mut stream = Stream::new(self.shape.seed, Purpose::Follows, account.into());
        // As many as are missing are drawn at once; what was drawn before, or twice, is missing in the next round.
        for _ in 0..ROUNDS {
            let missing = degree - into.len();
            if missing == 0 {
                break;
            }
            let to_group = self.to_group(account, degree, into);
            for _ in 0..missing {
                into.push(self.choose(account, to_group, &community, &mut stream));
            }
            tidy(account, into);
        }
    }

    /// How likely the next one chosen is from the group, given those that are followed so far.
    fn to_group(&self, account: u32, degree: usize, so_far: &[u32]) -> f64 {
        if self.is_member(account) {
            let inside = so_far.partition_point(|&other| self.is_member(other));
            let left = self.shape.inside * degree as f64 - inside as f64;
            (left / (degree - so_far.len()) as f64).clamp(0.0, 1.0)
        } else if account / (1 + BYSTANDERS.0) < self.shape.members {
            BYSTANDERS.1
        } else {
            0.0
        }
    }

    fn choose(&self, account: u32, to_group: f64, community: &Range<u32>, stream: &mut Stream) -> u32 {
        let Shape { accounts, members, .. } = self.shape;
        let (to, way, u) = (stream.unit(), stream.unit(), stream.unit());
        if to < to_group {
            return zipf(members, u * u);
        }
        // A member's own community is the group, so what goes elsewhere goes to the group's bystanders.
        match way {
            way if self.is_member(account) && way < 0.4 => {
                members + zipf((BYSTANDERS.0 * members).min(accounts - members), u * u)
            }
            way if !self.is_member(account) && way < 0.7 => {
                community.start + zipf(community.len() as u32, u * u * u * u)
            }
            way if way < 0.95 => self.fame.of(zipf(accounts, u * u * u * u).into()) as u32,
            _ => zipf(accounts, u),
        }
    }

    /// Appends those with whom the account follows mutually.
    fn mutual(&self, account: u32, community: &Range<u32>, into: &mut Vec<u32>) {
        let size = u64::from(community.end - community.start);
        let mut reflections = Stream::new(self.shape.seed, Purpose::Community, community.start.into());
        for k in 0..self.gives(account) {
            let sum = reflections.below(size);
            let other = community.start + ((size + sum - u64::from(account - community.start)) % size) as u32;
            if other != account && k < self.gives(other) {
                into.push(other);
            }
        }
    }

    /// How many mutual follows the account would have.
    fn gives(&self, account: u32) -> u32 {
        let part = if self.is_member(account) { MUTUAL * self.shape.inside } else { MUTUAL };
        (part * f64::from(self.degree(account))) as u32
    }

    /// The positions of the account's community.
    fn community(&self, account: u32) -> Range<u32> {
        let after = self.starts.partition_point(|&start| start <= account);
        self.starts[after - 1]..self.starts[after]
    }

    /// Members known to the analyst: so many, drawn among those that follow somebody; positions, ascending.
    pub fn known(&self, wanted: usize) -> Vec<u32> {
        let order = Bijection::new(self.shape.members.into(), self.shape.seed ^ Purpose::Seeds as u64);
        let members = (0..self.shape.members).map(|i| order.of(i.into()) as u32);
        let mut known: Vec<u32> = members.filter(|&m| self.degree(m) > 0).take(wanted).collect();
        known.sort_unstable();
        known
    }
}

/// The rank at this part of a list.
fn zipf(size: u32, part: f64) -> u32 {
    ((f64::from(size) * part) as u32).min(size - 1)
}

/// Ascending, each once, the account itself not.
fn tidy(account: u32, list: &mut Vec<u32>) {
    list.sort_unstable();
    list.dedup();
    if let Ok(at) = list.binary_search(&account) {
        list.remove(at);
    }
}

/// Where each community begins: the group, then others of Pareto size with exponent 1, cut off above.
fn communities(shape: &Shape) -> Vec<u32> {
    let mut stream = Stream::new(shape.seed, Purpose::Community, u64::MAX);
    let (least, largest) = (COMMUNITY.0, (shape.accounts / COMMUNITY.1).max(2 * COMMUNITY.0));
    let mut starts = vec![0, shape.members];
    let mut end = shape.members;
    while end < shape.accounts {
        let size = (f64::from(least) / (1.0 - stream.unit())).min(f64::from(largest)) as u32;
        // What is left over and too small joins the last.
        end = if shape.accounts - end < size + least { shape.accounts } else { end + size };
        starts.push(end);
    }
    starts
}
