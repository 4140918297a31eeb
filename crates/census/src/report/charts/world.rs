//! The countries of the world on paper.
//!
//! The projection is Equal Earth (B. Šavrič, T. Patterson, B. Jenny, "The Equal Earth map projection", International
//! Journal of Geographical Information Science 33(3), 2019, 454–465): areas keep their proportion, so no country looks
//! more important for being near a pole.
//!
//! ```text
//! sin θ = √3/2 · sin φ
//! x = 2 √3 λ cos θ / (3 (9 A₄ θ⁸ + 7 A₃ θ⁶ + 3 A₂ θ² + A₁))
//! y = A₄ θ⁹ + A₃ θ⁷ + A₂ θ³ + A₁ θ
//! A₁ = 1.340264, A₂ = −0.081106, A₃ = 0.000893, A₄ = 0.003796
//! ```
//!
//! with λ and φ for longitude and latitude in radians, on a sphere of radius 1.
//!
//! The outlines are Natural Earth's (public domain), made by `data/world.mjs`.

use std::fmt::Write;

use serde::Deserialize;

use crate::{Error, Result};

/// `data/world.json`.
#[derive(Deserialize)]
struct File {
    areas: Vec<(String, Vec<Vec<i32>>)>,
    points: Vec<(String, i32, i32)>,
}

/// A country as it is drawn.
pub(super) struct Country {
    /// ISO 3166-1 alpha-2; empty for land without a code of its own.
    pub(super) code: String,
    /// Its outline as a path; empty for one that is only a point.
    pub(super) path: String,
    /// The same as corners.
    pub(super) rings: Vec<Vec<(f64, f64)>>,
    /// The middle of its largest part.
    pub(super) middle: (f64, f64),
    /// Its size on paper.
    pub(super) size: f64,
}

/// Countries on paper of a width, and how high the paper is.
pub(super) struct World {
    pub(super) countries: Vec<Country>,
    pub(super) height: f64,
}

/// Longitude and latitude in degrees to x and y, for a sphere of radius 1.
pub(super) fn equal_earth(lon: f64, lat: f64) -> (f64, f64) {
    const A: [f64; 4] = [1.340264, -0.081106, 0.000893, 0.003796];
    let half = 3f64.sqrt() / 2.0;
    let t = (half * lat.to_radians().sin()).clamp(-1.0, 1.0).asin();
    let t2 = t * t;
    let t6 = t2 * t2 * t2;
    let slope = A[0] + 3.0 * A[1] * t2 + t6 * (7.0 * A[2] + 9.0 * A[3] * t2);
    (lon.to_radians() * t.cos() / (half * slope), t * (A[0] + A[1] * t2 + t6 * (A[2] + A[3] * t2)))
}

/// Nothing lies further south but Antarctica, which is not drawn.
const SOUTH: f64 = -56.5;
const NORTH: f64 = 84.0;

impl World {
    /// The world on paper of a width.
    pub(super) fn new(width: f64) -> Result<Self> {
        let file: File = serde_json::from_str(include_str!("../../../data/world.json"))
            .map_err(|e| Error::bug("the outlines of countries cannot be read").because(e))?;
        let scale = width / (2.0 * equal_earth(180.0, 0.0).0);
        let north = equal_earth(0.0, NORTH).1;
        let place = |x: i32, y: i32| {
            let (x, y) = equal_earth(f64::from(x) / 100.0, f64::from(y) / 100.0);
            (width / 2.0 + x * scale, (north - y) * scale)
        };
        let mut countries: Vec<Country> = Vec::new();
        for (code, rings) in file.areas {
            let mut country = Country { code, path: String::new(), rings: Vec::new(), middle: (0.0, 0.0), size: 0.0 };
            let mut largest = 0.0;
            for ring in rings {
                let ring = unpack(&ring, place);
                let (size, middle) = measure(&ring);
                country.size += size;
                if size > largest {
                    (largest, country.middle) = (size, middle);
                }
                write(&mut country.path, &ring);
                country.rings.push(ring);
            }
            countries.push(country);
        }
        let point =
            |(code, x, y)| Country { code, path: String::new(), rings: Vec::new(), middle: place(x, y), size: 0.0 };
        countries.extend(file.points.into_iter().map(point));
        let height = ((north - equal_earth(0.0, SOUTH).1) * scale).ceil();
        Ok(Self { countries, height })
    }
}

impl Country {
    /// Strokes over it from lower left to upper right, `gap` apart.
    pub(super) fn hatch(&self, gap: f64) -> Vec<[(f64, f64); 2]> {
        let edges = || self.rings.iter().flat_map(|r| r.iter().zip(r.iter().cycle().skip(1)));
        let sums = || self.rings.iter().flatten().map(|(x, y)| x + y);
        let (first, last) = (sums().fold(f64::INFINITY, f64::min), sums().fold(f64::NEG_INFINITY, f64::max));
        let mut strokes = Vec::new();
        let mut c = (first / gap).ceil() * gap;
        while c < last {
            // Where x + y = c goes in and out.
            let cross = |(a, b): (&(f64, f64), &(f64, f64))| {
                let (from, to) = (a.0 + a.1 - c, b.0 + b.1 - c);
                ((from < 0.0) != (to < 0.0)).then(|| a.0 + (b.0 - a.0) * from / (from - to))
            };
            let mut at: Vec<f64> = edges().filter_map(cross).collect();
            at.sort_by(f64::total_cmp);
            strokes.extend(at.as_chunks::<2>().0.iter().map(|[x1, x2]| [(*x1, c - x1), (*x2, c - x2)]));
            c += gap;
        }
        strokes
    }
}

/// Differences to places.
fn unpack(ring: &[i32], place: impl Fn(i32, i32) -> (f64, f64)) -> Vec<(f64, f64)> {
    let (mut x, mut y) = (0, 0);
    let next = |d: &[i32; 2]| {
        (x, y) = (x + d[0], y + d[1]);
        place(x, y)
    };
    ring.as_chunks::<2>().0.iter().map(next).collect()
}

/// Area and middle of a ring.
fn measure(ring: &[(f64, f64)]) -> (f64, (f64, f64)) {
    let (mut area, mut x, mut y) = (0.0, 0.0, 0.0);
    for (i, a) in ring.iter().enumerate() {
        let b = ring[(i + 1) % ring.len()];
        let cross = (a.0 * b.1 - b.0 * a.1) / 2.0;
        area += cross;
        x += (a.0 + b.0) * cross / 3.0;
        y += (a.1 + b.1) * cross / 3.0;
    }
    if area.abs() > 1e-9 {
        (area.abs(), (x / area, y / area))
    } else {
        (0.0, ring.first().copied().unwrap_or_default())
    }
}

/// A ring as steps of a tenth of a unit. What the steps unite is left away, and rings of less than three corners with it.
fn write(path: &mut String, ring: &[(f64, f64)]) {
    let tenth = |v: f64| (v * 10.0).round() as i64;
    let mut corners: Vec<(i64, i64)> = ring.iter().map(|(x, y)| (tenth(*x), tenth(*y))).collect();
    corners.dedup();
    if corners.len() < 3 {
        return;
    }
    let (x, y) = corners[0];
    let _ = write!(path, "M{} {}l", x as f64 / 10.0, y as f64 / 10.0);
    let mut first = true;
    for pair in corners.windows(2) {
        for d in [pair[1].0 - pair[0].0, pair[1].1 - pair[0].1] {
            // A minus separates by itself.
            if !first && d >= 0 {
                path.push(' ');
            }
            let _ = write!(path, "{}", d as f64 / 10.0);
            first = false;
        }
    }
    path.push('z');
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// PROJ 9 (`+proj=eqearth +R=1`, by pyproj 3.7.2), nine decimals.
    #[test]
    fn the_projection_is_equal_earth() {
        let known = [
            ((0.0, 0.0), (0.0, 0.0)),
            ((180.0, 0.0), (2.706629984, 0.0)),
            ((0.0, 90.0), (0.0, 1.317362759)),
            ((-180.0, -90.0), (-1.603588648, -1.317362759)),
            ((13.4, 52.5), (0.162764500, 0.980364672)),
            ((45.0, 60.0), (0.509765022, 1.088300836)),
            ((-120.0, -35.0), (-1.646459331, -0.685334916)),
            ((30.0, 85.0), (0.270148524, 1.309947879)),
        ];
        for ((lon, lat), (x, y)) in known {
            let (a, b) = equal_earth(lon, lat);
            assert!((a - x).abs() < 1e-8 && (b - y).abs() < 1e-8, "{lon} {lat}: {a} {b}");
        }
        // The paper: the map is 2.05458 times as wide as high.
        let ratio = equal_earth(180.0, 0.0).0 / equal_earth(0.0, 90.0).1;
        assert!((ratio - 2.05458).abs() < 5e-6, "{ratio}");
    }

    #[test]
    fn areas_keep_their_proportion() {
        // Cells of one degree at two latitudes, as sphere and as paper.
        let cell = |lat: f64| {
            let corner = |dx, dy| equal_earth(20.0 + dx, lat + dy);
            measure(&[corner(0.0, 0.0), corner(0.1, 0.0), corner(0.1, 0.1), corner(0.0, 0.1)]).0
        };
        let sphere = |lat: f64| (lat + 0.1).to_radians().sin() - lat.to_radians().sin();
        for lat in [10.0, 35.0, 60.0, 80.0] {
            let off = cell(lat) / cell(0.0) / (sphere(lat) / sphere(0.0));
            assert!((off - 1.0).abs() < 1e-4, "{lat}: {off}");
        }
    }

    #[test]
    fn the_world_has_every_country_once_and_in_place() {
        let world = World::new(480.0).unwrap();
        let mut codes: Vec<&str> = world.countries.iter().map(|c| &*c.code).filter(|c| !c.is_empty()).collect();
        codes.sort_unstable();
        let all = codes.len();
        codes.dedup();
        assert_eq!((codes.len(), all), (235, 235));
        assert!(codes.iter().all(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_uppercase())));
        for code in ["SY", "IQ", "SA", "PS", "IL", "XK", "TW", "EH", "SG", "BH", "US", "DE"] {
            assert!(codes.binary_search(&code).is_ok(), "{code}");
        }
        let at = |code: &str| world.countries.iter().find(|c| c.code == code).unwrap();
        assert!(at("BR").size > at("FR").size && at("RU").size > at("CN").size && at("SG").size == 0.0);
        // Brazil has 8.5 million of the 510 million square kilometres of the globe, which is 2π·… on paper.
        let globe = 4.0 * std::f64::consts::PI * (480.0 / (2.0 * equal_earth(180.0, 0.0).0)).powi(2);
        let share = at("BR").size / globe;
        assert!((share * 510.1 - 8.5).abs() < 0.3, "{share}");
        for c in &world.countries {
            assert!((0.0..=480.0).contains(&c.middle.0) && (0.0..=world.height).contains(&c.middle.1), "{}", c.code);
        }
        let bytes: usize = world.countries.iter().map(|c| c.path.len()).sum();
        assert!(bytes < 90_000, "{bytes} bytes of paths");
    }
}
