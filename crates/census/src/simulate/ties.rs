//! Who follows whom: everyone chooses by popularity within the group, its community or the whole, and some follow back.

use rand::{Rng, RngExt};
use rand_distr::Distribution;
use rand_distr::weighted::WeightedAliasIndex;
use rayon::slice::ParallelSliceMut;

use super::cast::{COMMUNITIES, MEMBER_LANGS, Person};
use super::{Role, Stage, World, normal, stream};

/// Most accounts that one account chooses to follow.
const MOST_CHOSEN: usize = 2_000;

/// The follows, sorted, none twice, none of oneself.
pub(super) fn follows(world: &World, people: &[Person]) -> Vec<(u32, u32)> {
    let mut edges = choices(world, people);
    let rng = &mut stream(world.seed, Stage::Back, 0);
    for i in 0..edges.len() {
        let (src, dst) = edges[i];
        if rng.random_bool(follow_back(&people[src as usize], &people[dst as usize])) {
            edges.push((dst, src));
        }
    }
    edges.par_sort_unstable();
    edges.dedup();
    edges
}

fn choices(world: &World, people: &[Person]) -> Vec<(u32, u32)> {
    let pools = Pools::new(people);
    let mut edges = Vec::new();
    // Which account last chose this one; an account has chosen itself from the start.
    let mut chosen_by: Vec<u32> = vec![u32::MAX; people.len()];
    for (i, person) in people.iter().enumerate() {
        let src = i as u32;
        let rng = &mut stream(world.seed, Stage::Follows, i);
        chosen_by[i] = src;
        let mut left = appetite(rng, person).min(people.len() - 1);
        // In a small world there may not be enough to choose from.
        for _ in 0..3 * left + 10 {
            if left == 0 {
                break;
            }
            if let Some(dst) = pools.choose(rng, person)
                && chosen_by[dst as usize] != src
            {
                chosen_by[dst as usize] = src;
                edges.push((src, dst));
                left -= 1;
            }
        }
    }
    edges
}

/// How many accounts one chooses: log-normal.
fn appetite(rng: &mut impl Rng, person: &Person) -> usize {
    let (median, spread) = match person.role {
        Role::Member => (24.0, 0.8),
        Role::Journalist => (60.0, 0.7),
        Role::Critic => (40.0, 0.7),
        Role::Bot => (80.0, 0.7),
        Role::Ordinary => (12.0, 1.0),
        Role::Organisation => (10.0, 1.0),
    };
    let wanted: f64 = median * (spread * normal(rng)).exp();
    (wanted.round() as usize).min(MOST_CHOSEN)
}

/// How likely `followed` is to follow `follower` back.
fn follow_back(follower: &Person, followed: &Person) -> f64 {
    let inside = |p: &Person| p.role == Role::Member && !p.pocket;
    match (follower.role, followed.role) {
        (Role::Member, Role::Member) if inside(follower) && inside(followed) => 0.4,
        (_, Role::Organisation) => 0.01,
        (Role::Bot, _) | (Role::Journalist | Role::Critic, Role::Member) => 0.02,
        _ => 0.1,
    }
}

/// Accounts to choose from, by popularity.
struct Pool {
    accounts: Vec<u32>,
    table: Option<WeightedAliasIndex<f64>>,
}

impl Pool {
    fn new(people: &[Person], belongs: impl Fn(&Person) -> bool) -> Self {
        let of = |i: &u32| &people[*i as usize];
        let accounts: Vec<u32> = (0..people.len() as u32).filter(|i| belongs(of(i))).collect();
        let weights = accounts.iter().map(|i| popularity(of(i))).collect();
        Self { accounts, table: WeightedAliasIndex::new(weights).ok() }
    }

    /// None from an empty pool.
    fn choose(&self, rng: &mut impl Rng) -> Option<u32> {
        self.table.as_ref().map(|t| self.accounts[t.sample(rng)])
    }
}

/// Chung–Lu: the weight by which an account is chosen, heavy-tailed. Nobody in the group knows the pocket.
fn popularity(person: &Person) -> f64 {
    let role = match person.role {
        Role::Member if person.pocket => 0.05,
        Role::Member | Role::Ordinary | Role::Critic => 1.0,
        Role::Journalist => 4.0,
        Role::Bot => 0.1,
        Role::Organisation => 80.0,
    };
    role * (1.2 * person.fame).exp()
}

struct Pools {
    all: u32,
    members: Pool,
    members_by_lang: Vec<(&'static str, Pool)>,
    communities: Vec<Pool>,
    others: Pool,
}

impl Pools {
    fn new(people: &[Person]) -> Self {
        let member = |p: &Person| p.role == Role::Member;
        let lang = |l: &'static str| (l, Pool::new(people, |p| member(p) && p.lang == l));
        let community = |c: usize| Pool::new(people, |p| !member(p) && usize::from(p.community) == c);
        Self {
            all: people.len() as u32,
            members: Pool::new(people, member),
            members_by_lang: MEMBER_LANGS.iter().map(|&(l, _)| lang(l)).collect(),
            communities: (0..COMMUNITIES.len()).map(community).collect(),
            others: Pool::new(people, |p| !member(p)),
        }
    }

    fn choose(&self, rng: &mut impl Rng, person: &Person) -> Option<u32> {
        if rng.random_bool(person.share) {
            let own = self.members_by_lang.iter().find(|(l, _)| *l == person.lang && rng.random_bool(0.6));
            own.map_or(&self.members, |(_, pool)| pool).choose(rng)
        } else if person.role == Role::Bot {
            Some(rng.random_range(0..self.all))
        } else if rng.random_bool(0.7) {
            self.communities[usize::from(person.community)].choose(rng)
        } else {
            self.others.choose(rng)
        }
    }
}
