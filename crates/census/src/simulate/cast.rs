//! Who is there: each account's hidden traits, and the profile that is seen of it.

use jiff::civil::date;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use super::{Role, Stage, World, normal, pick, planted, snowflake, stream, words};
use crate::rows::{Account, Micros};

/// An account's hidden traits.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) role: Role,
    /// Where its other ties are: an index into [`COMMUNITIES`].
    pub(super) community: u8,
    pub(super) lang: &'static str,
    /// How widely followed, as a standard score.
    pub(super) fame: f64,
    /// How active, as a standard score.
    pub(super) activity: f64,
    /// The share of its choices that go to members.
    pub(super) share: f64,
    /// A member tied to the group no more than a bystander.
    pub(super) pocket: bool,
    /// One of the few members that post without pause.
    pub(super) core: bool,
    pub(super) client: &'static str,
    pub(super) created: Micros,
    pub(super) protected: bool,
    end: Option<(&'static str, usize)>,
}

impl Person {
    /// What the check of that number finds.
    pub(super) fn status(&self, check: usize) -> &'static str {
        match self.end {
            Some((status, from)) if check >= from => status,
            _ => "active",
        }
    }
}

/// A regional community of the public.
pub(super) struct Community {
    pub(super) lang: &'static str,
    size: f64,
    /// The share of its people who look on at the group: their follows of members blur the group's edge.
    onlookers: f64,
}

pub(super) const COMMUNITIES: [Community; 9] = [
    Community { lang: "ar", size: 0.25, onlookers: 0.08 },
    Community { lang: "ar", size: 0.15, onlookers: 0.04 },
    Community { lang: "fr", size: 0.08, onlookers: 0.01 },
    Community { lang: "en", size: 0.18, onlookers: 0.01 },
    Community { lang: "en", size: 0.10, onlookers: 0.0 },
    Community { lang: "fr", size: 0.06, onlookers: 0.0 },
    Community { lang: "tr", size: 0.08, onlookers: 0.01 },
    Community { lang: "es", size: 0.06, onlookers: 0.0 },
    Community { lang: "id", size: 0.04, onlookers: 0.0 },
];

/// The study: Arabic 73 %, English 18 %, French 6 %.
pub(super) const MEMBER_LANGS: [(&str, f64); 7] =
    [("ar", 73.0), ("en", 18.0), ("fr", 6.0), ("tr", 1.0), ("id", 1.0), ("de", 0.5), ("ru", 0.5)];

/// The study, of smartphones: Android 69 %, iPhone 30 %, BlackBerry 1 %.
const MEMBER_CLIENTS: [(&str, f64); 3] = [("Android", 69.0), ("iPhone", 30.0), ("BlackBerry", 1.0)];
const CLIENTS: [(&str, f64); 5] =
    [("Android", 35.0), ("iPhone", 33.0), ("Web", 25.0), ("iPad", 5.0), ("BlackBerry", 2.0)];

/// The study, recalled: of 20,000 members 3,164 of 2012, 4,378 of 2013, 11,902 of 2014, few and rising before.
const MEMBER_YEARS: [(i16, f64); 7] =
    [(2008, 0.1), (2009, 0.4), (2010, 0.8), (2011, 1.5), (2012, 15.8), (2013, 21.9), (2014, 59.5)];
/// January to November 2014; the study: most in September.
const MEMBER_MONTHS: [(i8, f64); 11] = [
    (1, 3.5),
    (2, 3.5),
    (3, 4.5),
    (4, 5.0),
    (5, 6.0),
    (6, 9.0),
    (7, 11.0),
    (8, 14.0),
    (9, 22.0),
    (10, 15.0),
    (11, 6.5),
];
const YEARS: [(i16, f64); 8] =
    [(2007, 1.0), (2008, 3.0), (2009, 12.0), (2010, 14.0), (2011, 18.0), (2012, 19.0), (2013, 18.0), (2014, 15.0)];
const BOT_YEARS: [(i16, f64); 3] = [(2012, 10.0), (2013, 20.0), (2014, 70.0)];

pub(super) fn midnight(year: i16, month: i8, day: i8) -> Micros {
    date(year, month, day).duration_since(date(1970, 1, 1)).as_secs() * 1_000_000
}

/// When the profiles are seen: the last day of the study's collection.
pub(super) fn observed() -> Micros {
    midnight(2014, 11, 27)
}

/// The monthly checks that find suspensions.
pub(super) fn checks() -> [Micros; 3] {
    [midnight(2014, 12, 1), midnight(2015, 1, 1), midnight(2015, 2, 1)]
}

pub(super) fn people(world: &World) -> Vec<Person> {
    roles(world).into_iter().enumerate().map(|(i, role)| person(world, i, role)).collect()
}

/// The roles in random order: journalists and critics come with the group, bots and organisations with the size.
fn roles(world: &World) -> Vec<Role> {
    let bystanders = (world.bystanders * world.members as f64 / 5.0) as usize;
    let portions = [
        (Role::Member, world.members),
        (Role::Journalist, bystanders),
        (Role::Critic, bystanders),
        (Role::Bot, world.accounts * 3 / 100),
        (Role::Organisation, world.accounts.div_ceil(500)),
        (Role::Ordinary, world.accounts),
    ];
    let all = portions.into_iter().flat_map(|(role, number)| std::iter::repeat_n(role, number));
    let mut roles: Vec<Role> = all.take(world.accounts).collect();
    roles.shuffle(&mut stream(world.seed, Stage::Roles, 0));
    roles
}

fn person(world: &World, index: usize, role: Role) -> Person {
    let rng = &mut stream(world.seed, Stage::Person, index);
    let member = role == Role::Member;
    let pocket = member && rng.random_bool(world.pocket);
    let (community, lang) = if member { member_home(rng) } else { home(rng) };
    let activity = normal(rng);
    Person {
        role,
        community,
        lang,
        fame: normal(rng),
        activity,
        share: share(rng, world, role, community, pocket),
        pocket,
        // The study: 500 to 2,000 "hyperactive" accounts, up to 5 % of its members.
        core: member && rng.random_bool(0.05),
        client: match role {
            Role::Member => pick(rng, &MEMBER_CLIENTS),
            Role::Bot => "Scheduler",
            _ => pick(rng, &CLIENTS),
        },
        created: created(rng, role),
        protected: rng.random_bool(if member { 0.01 } else { 0.02 }),
        end: end(rng, role, activity),
    }
}

fn home(rng: &mut impl Rng) -> (u8, &'static str) {
    let sizes: [(u8, f64); COMMUNITIES.len()] = std::array::from_fn(|i| (i as u8, COMMUNITIES[i].size));
    let community = pick(rng, &sizes);
    let lang = if rng.random_bool(0.92) { COMMUNITIES[community as usize].lang } else { "en" };
    (community, lang)
}

/// A member's other ties are in a community of its language, or the first English one.
fn member_home(rng: &mut impl Rng) -> (u8, &'static str) {
    let lang = pick(rng, &MEMBER_LANGS);
    let speaks = |l: &str| COMMUNITIES.iter().any(|c| c.lang == l);
    let spoken = if speaks(lang) { lang } else { "en" };
    let sizes: [(u8, f64); COMMUNITIES.len()] = std::array::from_fn(|i| {
        let c = &COMMUNITIES[i];
        (i as u8, if c.lang == spoken { c.size } else { 0.0 })
    });
    (pick(rng, &sizes), lang)
}

/// The share of an account's own choices that go to members. Follow-backs come on top of them (see `ties`), and more
/// inside than outside, so members choose a little less than `world.inside` to end with it.
fn share(rng: &mut impl Rng, world: &World, role: Role, community: u8, pocket: bool) -> f64 {
    let bystander = |rng: &mut _| (0.04 + 0.03 * normal(rng)).clamp(0.0, 1.0);
    match role {
        Role::Member if pocket => bystander(rng),
        Role::Member => {
            let mean = world.inside / (1.4 - 0.4 * world.inside);
            (mean + 0.12 * normal(rng)).clamp(0.02, 0.98)
        }
        Role::Journalist | Role::Critic => rng.random_range(0.15..0.40),
        Role::Bot => 0.2,
        Role::Ordinary if rng.random_bool((world.bystanders * COMMUNITIES[community as usize].onlookers).min(1.0)) => {
            rng.random_range(0.05..0.30)
        }
        Role::Ordinary => 0.002,
        Role::Organisation => 0.0,
    }
}

fn created(rng: &mut impl Rng, role: Role) -> Micros {
    let year = match role {
        Role::Member => pick(rng, &MEMBER_YEARS),
        Role::Bot => pick(rng, &BOT_YEARS),
        _ => pick(rng, &YEARS),
    };
    let (from, to) = match (role, year) {
        (Role::Member, 2014) => {
            let month = pick(rng, &MEMBER_MONTHS);
            (midnight(2014, month, 1), midnight(2014, month + 1, 1))
        }
        _ => (midnight(year, 1, 1), midnight(year + 1, 1, 1)),
    };
    // A day old at least when it is seen.
    let to = to.min(observed() - 86_400_000_000);
    rng.random_range(from / 1_000..to / 1_000) * 1_000
}

/// Whether and from which check on an account is gone. The study: 678 of 20,000 suspended by January 2015, and those
/// the more active ones.
fn end(rng: &mut impl Rng, role: Role, activity: f64) -> Option<(&'static str, usize)> {
    let suspended = match role {
        Role::Member => 0.036 * (0.6 * activity - 0.18).exp(),
        Role::Bot => 0.05,
        _ => 0.003,
    };
    let at = rng.random_range(0..checks().len());
    let luck: f64 = rng.random();
    if luck < suspended {
        Some(("suspended", at))
    } else if luck > 0.996 {
        Some(("deactivated", at))
    } else {
        None
    }
}

/// The profiles. Counts are of the whole platform, so they are at least those of the simulated part.
pub(super) fn profiles(world: &World, people: &[Person], edges: &[(u32, u32)]) -> Vec<Account> {
    let mut followers = vec![0_u32; people.len()];
    let mut following = vec![0_u32; people.len()];
    for &(src, dst) in edges {
        following[src as usize] += 1;
        followers[dst as usize] += 1;
    }
    let degrees = followers.into_iter().zip(following);
    let profile = |(i, (person, (f, g))): (usize, (&Person, (u32, u32)))| {
        let mut profile = profile(world, i, person, f.into(), g.into());
        if world.traits {
            planted::profile(world, i, person, &mut profile);
        }
        profile
    };
    people.iter().zip(degrees).enumerate().map(profile).collect()
}

fn profile(world: &World, index: usize, person: &Person, followers: i64, following: i64) -> Account {
    let rng = &mut stream(world.seed, Stage::Profile, index);
    // Median and spread. The study, recalled: median 177, mean 1,004, 73 % under 500, 4 % over 5,000: all four are
    // those of this log-normal. None over 50,000, which it left out.
    let (median, spread, most) = match person.role {
        Role::Member => (177.0, 1.863, 49_999.0),
        Role::Journalist => (3_000.0, 1.5, 1e6),
        Role::Critic => (400.0, 1.6, 1e6),
        Role::Bot => (300.0, 1.0, 1e6),
        Role::Ordinary => (150.0, 1.7, 1e6),
        Role::Organisation => (200_000.0, 1.0, 1e7),
    };
    let fame = 0.9 * person.fame + (1.0_f64 - 0.81).sqrt() * normal(rng);
    let audience = f64::min(median * (spread * fame).exp(), most) as i64;
    let elsewhere = (60.0 * normal(rng).exp()) as i64;
    let lang = person.lang;
    let name = if lang == "ar" { format!("مستخدم {index}") } else { format!("User {index}") };
    Account {
        id: snowflake(person.created, index),
        handle: Some(format!("user_{index:06}")),
        name: Some(name),
        description: rng.random_bool(0.7).then(|| words::description(rng, lang, person)),
        created_at: Some(person.created),
        followers: Some(audience.max(followers)),
        following: Some(following + elsewhere),
        posts: Some(written(rng, person)),
        lang: Some(lang.into()),
        protected: Some(person.protected),
        bot: Some(person.role == Role::Bot && rng.random_bool(0.4)),
        observed_at: Some(observed()),
        ..Account::default()
    }
}

/// Posts over the account's life. The study: 2,219 on average; the core raises this mean by 45 %.
fn written(rng: &mut impl Rng, person: &Person) -> i64 {
    let median = match person.role {
        Role::Member if person.core => 6_160.0,
        Role::Member => 616.0,
        Role::Bot | Role::Organisation => 5_000.0,
        Role::Journalist | Role::Critic => 1_500.0,
        Role::Ordinary if rng.random_bool(0.05) => 0.0,
        Role::Ordinary => 250.0,
    };
    (median * (1.35 * person.activity).exp()) as i64
}
