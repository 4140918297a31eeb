//! Bursts: days on which an account, or the whole group, posts far more than it usually does.

use netcensus_stats::interval::normal_quantile;

use super::super::group::{Cells, Group, Kind, MOST_ROWS, Size, figure};
use super::super::traits::Traits;
use super::super::volumes::Volumes;
use super::super::{Names, Row, Section, Shape, Unit};
use super::is;
use crate::Result;
use crate::when::day_name;

/// A day of an account is a burst from so many posts on, and so many times its usual day.
const FEWEST_POSTS: u16 = 20;
const TIMES: f64 = 5.0;
/// Days with posts that tell what is usual for an account; with fewer, its profile does.
const FEWEST_DAYS: usize = 5;

/// Days on either side that tell what is usual for the group, without the nearest, which a burst may touch.
const AROUND: usize = 14;
const NEAREST: usize = 1;
/// Of these there must be so many on either side.
const FEWEST_AROUND: usize = 7;
/// How often a group without a burst may be said to have one, over all its days.
const ALPHA: f64 = 0.01;

pub(super) fn sections(group: &Group<'_>, traits: &Traits<'_>) -> Result<Vec<Section>> {
    let bursts = is(traits, "members", |unit| Some(posts_in_bursts(traits, unit)? > 0.0));
    let members = Section::new("bursts", Unit::Share, Names::Texts);
    let members = group.shares(members, &Cells::Without(&bursts, Some(1)), Kind::Several, false)?;
    Ok(vec![members, burst_posts(group, traits)?, burst_days(group, traits)?])
}

/// The median of an account's days with posts, or what its profile counts a day.
fn usual(traits: &Traits<'_>, unit: usize) -> Option<f64> {
    let days = traits.written.days.of(unit);
    if days.len() < FEWEST_DAYS {
        return traits.posts_a_day(unit);
    }
    let mut posts: Vec<u16> = days.iter().map(|(_, posts)| *posts).collect();
    let (_, median, _) = posts.select_nth_unstable((days.len() - 1) / 2);
    Some(f64::from(*median))
}

/// How many of an account's collected posts are of its bursts; none where it is not known what is usual for it.
fn posts_in_bursts(traits: &Traits<'_>, unit: usize) -> Option<f64> {
    let days = traits.written.days.of(unit);
    if days.is_empty() {
        return None;
    }
    if days.iter().all(|(_, posts)| *posts < FEWEST_POSTS) {
        return Some(0.0);
    }
    let usual = usual(traits, unit)?;
    let bursts = days.iter().filter(|(_, posts)| *posts >= FEWEST_POSTS && f64::from(*posts) >= TIMES * usual);
    Some(bursts.map(|(_, posts)| f64::from(*posts)).sum())
}

fn burst_posts(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let of = |unit: usize, to: &mut dyn FnMut(u32, f64)| to(0, posts_in_bursts(traits, unit).unwrap_or(0.0));
    let whole = |unit: usize| {
        posts_in_bursts(traits, unit)?;
        Some(f64::from(traits.written.habits[unit].timed))
    };
    let labels = ["posts".to_owned()];
    let volumes = Volumes { labels: &labels, of: &of, whole: &whole, in_order: true };
    group.volumes(Section::new("burst-posts", Unit::Share, Names::Texts), &volumes, Kind::Several)
}

/// The group's days, from the first with a post to the last.
struct Days {
    first: u16,
    /// Σ g·x of each day.
    sums: Vec<f64>,
    /// Who posted, and the most of one.
    sizes: Vec<Size>,
    most: Vec<f64>,
}

impl Days {
    fn of(group: &Group<'_>, traits: &Traits<'_>) -> Option<Self> {
        let days = &traits.written.days;
        let first = days.uses.iter().map(|(day, _)| *day).min()?;
        let last = days.uses.iter().map(|(day, _)| *day).max()?;
        let length = usize::from(last - first) + 1;
        let mut all =
            Self { first, sums: vec![0.0; length], sizes: vec![Size::default(); length], most: vec![0.0; length] };
        for unit in 0..traits.units() {
            let weight = group.members.who.weights[unit];
            for &(day, posts) in days.of(unit) {
                let at = usize::from(day - first);
                let posts = f64::from(posts);
                all.sums[at] += weight * posts;
                all.most[at] = all.most[at].max((weight * posts).min(posts));
                group.members.count(&mut all.sizes[at], unit);
            }
        }
        Some(all)
    }

    /// The days that tell what is usual around one; none where they are too few on either side.
    fn around(&self, day: usize) -> Option<Vec<usize>> {
        let before: Vec<usize> = (day.saturating_sub(AROUND)..day.saturating_sub(NEAREST)).collect();
        let after: Vec<usize> = (day + NEAREST + 1..(day + AROUND + 1).min(self.sums.len())).collect();
        (before.len().min(after.len()) >= FEWEST_AROUND).then(|| [before, after].concat())
    }

    /// By how much a day is over what the days around it allow, at a chance of `alpha`; none where it is not.
    ///
    /// ```text
    /// μ the mean of the days around, φ = max(1, (1.4826·MAD)²/μ), n their number
    /// limit = μ·(1 + ⅔·z·√(φμ + φμ/n)/μ)^(3/2)
    /// ```
    ///
    /// Farrington et al. 1996, *A statistical algorithm for the early detection of outbreaks of infectious disease*: the power
    /// 2/3 makes counts nearly normal; φ lets days vary more than chance alone would have them.
    fn over(&self, day: usize, around: &[usize], alpha: f64) -> Option<f64> {
        let n = around.len() as f64;
        let mean = around.iter().map(|&d| self.sums[d]).sum::<f64>() / n;
        if mean <= 0.0 {
            return None;
        }
        let median = |mut of: Vec<f64>| {
            of.sort_unstable_by(f64::total_cmp);
            (of[(of.len() - 1) / 2] + of[of.len() / 2]) / 2.0
        };
        let middle = median(around.iter().map(|&d| self.sums[d]).collect());
        let spread = 1.4826 * median(around.iter().map(|&d| (self.sums[d] - middle).abs()).collect());
        let uneven = (spread * spread / mean).max(1.0);
        let error = (uneven * mean * (1.0 + 1.0 / n)).sqrt() / mean;
        let limit = mean * (1.0 + normal_quantile(1.0 - alpha) * error * 2.0 / 3.0).powf(1.5);
        (self.sums[day] > limit).then(|| self.sums[day] / limit)
    }
}

/// The days on which the group posted more than the weeks around allow, and how many times as much.
fn burst_days(group: &Group<'_>, traits: &Traits<'_>) -> Result<Section> {
    let mut section = Section::new("burst-days", Unit::Number, Names::Period).shaped(Shape::OverTime);
    let known = |unit: usize| traits.written.habits[unit].timed > 0;
    let [enough, _] = group.known(&mut section, known)?;
    let Some(days) = Days::of(group, traits).filter(|_| enough) else { return Ok(section) };
    let tested: Vec<(usize, Vec<usize>)> =
        (0..days.sums.len()).filter_map(|day| Some((day, days.around(day)?))).collect();
    section.remark("days-tested", Some(tested.len()));
    let alpha = ALPHA / tested.len().max(1) as f64;
    let over = tested.into_iter().filter_map(|(day, around)| {
        let over = days.over(day, &around, alpha).or(group.all.then_some(0.0))?;
        Some((over, day, around))
    });
    let mut over: Vec<(f64, usize, Vec<usize>)> = over.collect();
    over.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, day, around) in over {
        if section.rows.len() >= MOST_ROWS && !group.all {
            section.remark("smaller", None);
            break;
        }
        // Of few, or for the most part of one: it would say what that one did.
        let of_one = days.most[day] > days.sums[day] / 2.0;
        if !group.may_show(days.sizes[day]) || of_one && !group.all {
            section.suppressed += 1;
            continue;
        }
        let mut usual_day = vec![false; days.sums.len()];
        around.iter().for_each(|&d| usual_day[d] = true);
        let (mut inside, mut usual) = (vec![0.0; traits.units()], vec![0.0; traits.units()]);
        for unit in 0..traits.units() {
            for &(of, posts) in traits.written.days.of(unit) {
                let of = usize::from(of - days.first);
                inside[unit] += if of == day { f64::from(posts) } else { 0.0 };
                usual[unit] += if usual_day[of] { f64::from(posts) / around.len() as f64 } else { 0.0 };
            }
        }
        // A day whose interval reaches what is usual is none.
        if let Some((ratio, method)) = group.times(&inside, &usual)?.filter(|(ratio, _)| ratio.low > 1.0 || group.all) {
            let label = day_name(days.first + day as u16);
            section.rows.push(Row { label, figure: figure(ratio, method), control: None });
        }
    }
    section.rows.sort_by(|a, b| a.label.cmp(&b.label));
    Ok(section)
}
