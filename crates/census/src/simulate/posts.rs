//! What accounts wrote lately.

use rand::{Rng, RngExt};
use rand_distr::Exp1;

use super::cast::{Person, observed};
use super::{Role, Simulated, Stage, planted, snowflake, stream, words};
use crate::rows::{Micros, Post};

/// The recent posts of one account, oldest first; none of a protected one.
pub(super) fn of(sim: &Simulated, account: usize) -> Vec<Post> {
    let (person, profile) = (&sim.people[account], &sim.accounts[account]);
    if person.protected {
        return Vec::new();
    }
    let rng = &mut stream(sim.world.seed, Stage::Posts, account);
    let written = profile.posts.unwrap_or(0);
    let scheduled = planted::is_scheduled(&sim.world, account, person);
    let mut times =
        if scheduled { planted::schedule(&sim.world, account, person) } else { times(rng, person, written) };
    if sim.world.traits {
        times.extend(planted::uproar_times(&sim.world, account, person));
        times.sort_unstable();
        times.dedup();
    }
    times.into_iter().map(|at| post(rng, sim, account, at)).collect()
}

fn seen(rng: &mut impl Rng, person: &Person) -> i64 {
    match person.role {
        Role::Member if person.core => rng.random_range(20..=30),
        Role::Member => rng.random_range(3..=10),
        Role::Ordinary => rng.random_range(2..=6),
        _ => rng.random_range(4..=10),
    }
}

/// Gaps as long as the account's pace makes them; the core posts in bursts.
fn times(rng: &mut impl Rng, person: &Person, written: i64) -> Vec<Micros> {
    let seen = seen(rng, person).min(written);
    let mut pace = (observed() - person.created) as f64 / (written + 1) as f64;
    if person.core {
        pace /= 20.0;
    }
    let mut at = observed();
    let mut times = Vec::new();
    for _ in 0..seen {
        // At least a second apart, so that no two have the same id.
        at -= 1_000_000 + (pace * rng.sample::<f64, _>(Exp1)) as Micros / 1_000 * 1_000;
        if at <= person.created {
            break;
        }
        times.push(at);
    }
    times.reverse();
    times
}

fn post(rng: &mut impl Rng, sim: &Simulated, account: usize, at: Micros) -> Post {
    let person = &sim.people[account];
    let lang = match person.role {
        _ if rng.random_bool(0.94) => person.lang,
        Role::Member => "ar",
        _ => "en",
    };
    let mut text = words::sentence(rng, lang);
    let tag = words::tag(rng, person);
    let link = words::link(rng, person);
    for extra in [tag.map(|t| format!("#{t}")), link.clone()].into_iter().flatten() {
        text = format!("{text} {extra}");
    }
    let followed = sim.followed(account);
    let reply = !followed.is_empty() && rng.random_bool(0.15);
    if reply {
        let (_, to) = followed[rng.random_range(0..followed.len())];
        let handle = sim.accounts[to as usize].handle.as_deref().unwrap_or_default();
        text = format!("@{handle} {text}");
    }
    Post {
        id: snowflake(at, account),
        author: sim.accounts[account].id.clone(),
        created_at: Some(at),
        text: Some(text),
        // The platform names the language of most posts, not of all.
        lang: rng.random_bool(0.7).then(|| lang.into()),
        client: Some(
            if planted::is_scheduled(&sim.world, account, person) { "TweetDeck" } else { person.client }.into(),
        ),
        reply: Some(reply),
        tags: tag.map(str::to_owned).into_iter().collect(),
        links: link.into_iter().collect(),
        place: if sim.world.traits { planted::place(&sim.world, account, person, rng) } else { None },
        media: None,
    }
}
