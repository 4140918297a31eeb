//! What only a world with `traits` has: places, pictures, scheduled posting, a day of uproar. It draws from streams of its
//! own, so that all else is as in the same world without them.

use rand::{Rng, RngExt};

use super::cast::{Person, midnight, observed};
use super::{Role, Stage, World, pick, stream};
use crate::rows::{Account, Micros};

/// Places that members declare. The study, recalled: Saudi Arabia 866, Syria 507, Iraq 453, United States 404, Egypt 326, Kuwait
/// 300, Turkey 203, Lebanon 141, United Kingdom 139, Tunisia 125.
const MEMBER_PLACES: [(&str, f64); 13] = [
    ("Riyadh, Saudi Arabia", 500.0),
    ("السعودية", 366.0),
    ("Syria", 307.0),
    ("حلب", 200.0),
    ("Mosul, Iraq", 253.0),
    ("العراق", 200.0),
    ("New York, United States", 404.0),
    ("القاهرة", 326.0),
    ("Kuwait", 300.0),
    ("Istanbul", 203.0),
    ("Lebanon", 141.0),
    ("London", 139.0),
    ("Tunisia", 125.0),
];
const PLACES: [(&str, f64); 9] = [
    ("القاهرة", 20.0),
    ("Riyadh, Saudi Arabia", 20.0),
    ("London", 12.0),
    ("New York, United States", 15.0),
    ("Paris, France", 10.0),
    ("Istanbul", 9.0),
    ("Madrid", 6.0),
    ("Jakarta, Indonesia", 5.0),
    ("Tunisia", 3.0),
];
/// Said to be a place, and none.
const NOWHERE: [(&str, f64); 3] = [("everywhere and nowhere", 1.0), ("في كل مكان", 1.0), ("by the river", 1.0)];
const ZONES: [(&str, f64); 4] = [("Baghdad", 40.0), ("Riyadh", 30.0), ("London", 15.0), ("Cairo", 15.0)];

/// The share of members who let a program post, at the same minute of each hour.
const SCHEDULED: f64 = 0.08;
/// A day on which every second member posts more: a month before the profiles are seen.
fn uproar() -> Micros {
    midnight(2014, 10, 27)
}

const HOUR: Micros = 3_600_000_000;

fn luck(world: &World, index: usize, of: u64) -> impl Rng + use<> {
    let mut rng = stream(world.seed, Stage::Planted, index);
    rng.set_word_pos(u128::from(of) << 8);
    rng
}

/// What the profile says of places and of its picture.
pub(super) fn profile(world: &World, index: usize, person: &Person, account: &mut Account) {
    let rng = &mut luck(world, index, 0);
    let member = person.role == Role::Member;
    let declares: f64 = rng.random();
    let (place, nonsense) = if member { (0.42, 0.12) } else { (0.5, 0.1) };
    let places: &[(&str, f64)] = if member { &MEMBER_PLACES } else { &PLACES };
    if declares < place {
        account.location = Some(pick(rng, places).into());
    } else if declares < place + nonsense {
        account.location = Some(pick(rng, &NOWHERE).into());
    }
    account.time_zone = rng.random_bool(0.6).then(|| pick(rng, &ZONES).into());
    let default = rng.random_bool(if member { 0.2 } else { 0.07 });
    account.avatar = Some(if default { "default" } else { "own" }.into());
    account.verified = Some(person.role == Role::Organisation);
}

/// Whether an account lets a program post.
pub(super) fn is_scheduled(world: &World, index: usize, person: &Person) -> bool {
    let share = match person.role {
        Role::Member => SCHEDULED,
        Role::Bot => 0.8,
        _ => 0.01,
    };
    world.traits && luck(world, index, 1).random_bool(share)
}

/// The times of a program's posts: every so many hours, at the same minute.
pub(super) fn schedule(world: &World, index: usize, person: &Person) -> Vec<Micros> {
    let rng = &mut luck(world, index, 2);
    let (posts, every) = (rng.random_range(14..=24), HOUR * rng.random_range(1..=12));
    let minute = rng.random_range(0..60) * 60_000_000;
    let last = observed() - HOUR + minute;
    let times = (0..posts).map(|i| last - every * i + rng.random_range(0..5_000) * 1_000);
    let mut times: Vec<Micros> = times.filter(|at| *at > person.created).collect();
    times.sort_unstable();
    times
}

/// What a member posts on the day of uproar, besides all else.
pub(super) fn uproar_times(world: &World, index: usize, person: &Person) -> Vec<Micros> {
    let rng = &mut luck(world, index, 3);
    if !world.traits || person.role != Role::Member || !rng.random_bool(0.5) || person.created >= uproar() {
        return Vec::new();
    }
    let mut times: Vec<Micros> =
        (0..rng.random_range(2..=6)).map(|_| uproar() + rng.random_range(0..24 * 3_600) * 1_000_000).collect();
    times.sort_unstable();
    // At least a second apart, so that no two have the same id.
    times.dedup();
    times
}

/// Where a post says that it was written: few accounts ever say.
pub(super) fn place(world: &World, index: usize, person: &Person, rng: &mut impl Rng) -> Option<String> {
    let member = person.role == Role::Member;
    let tells = luck(world, index, 4).random_bool(if member { 0.06 } else { 0.1 });
    let places: &[(&str, f64)] = if member { &MEMBER_PLACES } else { &PLACES };
    (tells && rng.random_bool(0.5)).then(|| pick(rng, places).to_owned())
}
