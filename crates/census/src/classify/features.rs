//! What a model is told of an account before any label: its ties to the seeds, its profile, and where it lies in the
//! network.
//!
//! Where it lies is told twice, roughly and finely. A few coordinates are learnt from few labels and see large parts of the
//! network; many see small corners, too. Which of the two serves better, the labels say.

use netcensus_graph::spectral::Spectrum;

use crate::frame::Frame;
use crate::measure::Measures;
use crate::network::Network;
use crate::profiles::Profile;

/// A view of the network: how many coordinates, and how much the fine ones among them count.
const VIEWS: [(usize, f64); 2] = [(8, 2.0), (32, 1.0)];

/// The leading eigenvectors of a network's ties, which do not depend on frame, seeds or labels.
pub fn spectrum(network: &Network) -> Spectrum {
    Spectrum::of(&network.graph, VIEWS.iter().map(|v| v.0).max().unwrap_or(0))
}

/// Features of a frame's units that do not depend on any label.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// One column a feature, one value a unit, `NaN` for unknown.
    pub(super) columns: Vec<Vec<f64>>,
    /// Coordinates beside them, one way to look at the network each.
    pub(super) views: Vec<View>,
}

/// Coordinates, and the scale of each: its spread over the frame against that of the widest.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct View {
    pub(super) columns: Vec<Vec<f64>>,
    pub(super) scales: Vec<f64>,
}

impl Features {
    /// Takes the features of every unit. `spectrum` is that of the same network.
    pub fn take(network: &Network, spectrum: &Spectrum, frame: &Frame, measures: &Measures) -> Self {
        let mut columns = tie_features(measures);
        columns.extend(profile_features(network, frame));
        let views = VIEWS.iter().map(|&(dimensions, power)| view(spectrum, frame, dimensions, power)).collect();
        Self { columns, views }
    }
}

fn view(spectrum: &Spectrum, frame: &Frame, dimensions: usize, power: f64) -> View {
    let places: Vec<Vec<f64>> = frame.units.iter().map(|u| spectrum.place(u.account, dimensions, power)).collect();
    let width = places.first().map_or(0, Vec::len);
    let columns: Vec<Vec<f64>> = (0..width).map(|j| places.iter().map(|p| p[j]).collect()).collect();
    let spread = |c: &Vec<f64>| {
        let mean = c.iter().sum::<f64>() / c.len() as f64;
        (c.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / c.len() as f64).sqrt()
    };
    let spreads: Vec<f64> = columns.iter().map(spread).collect();
    let widest = spreads.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    View { scales: spreads.iter().map(|s| s / widest).collect(), columns }
}

/// How an account is tied to the seeds.
fn tie_features(measures: &Measures) -> Vec<Vec<f64>> {
    let log = |name: &str| measures.column(name).iter().map(|v| v.ln_1p()).collect::<Vec<f64>>();
    // A share of few ties says less than the same share of many: draw it towards the frame's own.
    let share = |name: &str, degree: &str| {
        let (shares, degrees) = (measures.column(name), measures.column(degree));
        let inside: f64 = shares.iter().zip(degrees).map(|(s, d)| s * d).sum();
        let all: f64 = degrees.iter().sum::<f64>().max(1.0);
        let prior = inside / all;
        let smooth = |(s, d): (&f64, &f64)| ((s * d + 3.0 * prior) / (d + 3.0)).max(1e-6).ln();
        shares.iter().zip(degrees).map(smooth).collect::<Vec<f64>>()
    };
    let lift = measures.column("group_pagerank").iter().zip(measures.column("pagerank"));
    vec![
        log("out_degree"),
        log("in_degree"),
        share("in_group_following", "out_degree"),
        share("in_group_followers", "in_degree"),
        log("reciprocated"),
        log("triangles"),
        log("core_number"),
        lift.map(|(g, e)| (g / e.max(1e-300) + 1e-4).ln()).collect(),
    ]
}

/// What profiles tell; columns that nobody's profile fills are left out.
fn profile_features(network: &Network, frame: &Frame) -> Vec<Vec<f64>> {
    let profile = |value: &dyn Fn(&Profile<'_>) -> Option<f64>| -> Vec<f64> {
        let of = |account: u32| network.profiles.get(account).as_ref().and_then(value).unwrap_or(f64::NAN);
        frame.units.iter().map(|u| of(u.account)).collect()
    };
    let log = |v: Option<i64>| v.map(|v| (v.max(0) as f64).ln_1p());
    let seeds = frame.units.iter().filter(|u| u.wave == 0).filter_map(|u| network.profiles.get(u.account));
    let languages: Vec<&str> = seeds.filter_map(|p| p.lang).collect();
    let spoken = |lang: &str| languages.iter().filter(|l| **l == lang).count() as f64 / languages.len().max(1) as f64;
    let columns = [
        profile(&|p| log(p.posts)),
        profile(&|p| log(p.followers)),
        profile(&|p| log(p.following)),
        profile(&|p| p.created_at.map(|t| t as f64)),
        profile(&|p| p.lang.map(spoken)),
        profile(&|p| Some(f64::from(p.description_length).ln_1p())),
    ];
    columns
        .into_iter()
        .filter(|c| network.profiles.any() && c.iter().any(|v| v.is_finite()))
        .collect()
}
