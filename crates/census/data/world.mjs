// Makes world.json: the countries' outlines for the map in the report, from Natural Earth (public domain).
//
//   npm install world-atlas@2.0.2 iso-3166-1@2.1.1
//   node world.mjs node_modules > world.json
//
// Outlines are those at 1:110 million; countries that are too small for that scale are points, the middle of their
// largest island at 1:50 million. Keys are ISO 3166-1 alpha-2 codes, and XK for Kosovo as in Unicode's CLDR; land without
// a code of its own (Northern Cyprus, Somaliland) is drawn under "". Antarctica is left out. Coordinates are hundredths
// of a degree, longitude and latitude in turn; in a ring, each but the first as the difference from the one before.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const modules = resolve(process.argv[2]);
const iso = createRequire(modules + "/")(modules + "/iso-3166-1");
const read = (name) => JSON.parse(readFileSync(`${modules}/world-atlas/${name}`, "utf8"));

const code = (geometry) => {
  if (geometry.properties.name === "Kosovo") return "XK";
  const found = geometry.id && iso.whereNumeric(geometry.id);
  return found ? found.alpha2 : "";
};

// TopoJSON: arcs are differences in a grid; a negative index is an arc backwards.
const rings = (topology, geometry) => {
  const { scale, translate } = topology.transform;
  const arc = (index) => {
    let [x, y] = [0, 0];
    const points = topology.arcs[index < 0 ? ~index : index].map(([dx, dy]) => {
      [x, y] = [x + dx, y + dy];
      return [x * scale[0] + translate[0], y * scale[1] + translate[1]];
    });
    return index < 0 ? points.reverse() : points;
  };
  const ring = (arcs) => arcs.flatMap((index, i) => arc(index).slice(i ? 1 : 0));
  const polygons = geometry.type === "Polygon" ? [geometry.arcs] : (geometry.arcs ?? []);
  return polygons.map((polygon) => polygon.map(ring));
};

// Rings that cross the antimeridian (Russia's, Fiji's) become one on each side of it.
const cut = (ring) => {
  let turn = 0;
  const open = ring.map(([x, y], i) => {
    if (i && Math.abs(x - ring[i - 1][0]) > 180) turn += x < ring[i - 1][0] ? 360 : -360;
    return [x + turn, y];
  });
  const side = (bound, sign) => open.flatMap((b, i) => {
    const a = open[(i + open.length - 1) % open.length];
    const inside = (p) => sign * (p[0] - bound) <= 0;
    const t = (bound - a[0]) / (b[0] - a[0]);
    const edge = inside(a) === inside(b) ? [] : [[bound, a[1] + t * (b[1] - a[1])]];
    return inside(b) ? [...edge, b] : edge;
  });
  const [least, most] = [Math.min(...open.map((p) => p[0])), Math.max(...open.map((p) => p[0]))];
  const moved = (part, by) => part.map(([x, y]) => [x + by, y]);
  if (most > 180 + 1e-6) return [side(180, 1), moved(side(180, -1), -360)];
  if (least < -180 - 1e-6) return [side(-180, -1), moved(side(-180, 1), 360)];
  return [ring];
};

const grid = (v) => Math.round(v * 100);

// The first point and differences; the last point of a ring is its first and is left away, as is what the grid unites.
const packed = (ring) => {
  const points = [];
  for (const [x, y] of ring) {
    const point = [grid(x), grid(y)];
    const last = points[points.length - 1];
    if (!last || last[0] !== point[0] || last[1] !== point[1]) points.push(point);
  }
  const [first, last] = [points[0], points[points.length - 1]];
  if (points.length > 1 && first[0] === last[0] && first[1] === last[1]) points.pop();
  return points.flatMap(([x, y], i) => (i ? [x - points[i - 1][0], y - points[i - 1][1]] : [x, y]));
};

const area = (ring) => ring.reduce((sum, [x, y], i) => {
  const [a, b] = ring[(i + 1) % ring.length];
  return sum + (x * b - a * y) / 2;
}, 0);

const middle = (ring) => {
  const whole = area(ring);
  const [x, y] = ring.reduce(([sx, sy], [x, y], i) => {
    const [a, b] = ring[(i + 1) % ring.length];
    const cross = (x * b - a * y) / (6 * whole);
    return [sx + (x + a) * cross, sy + (y + b) * cross];
  }, [0, 0]);
  return [grid(x), grid(y)];
};

const coarse = read("countries-110m.json");
const fine = read("countries-50m.json");
const areas = [];
for (const geometry of coarse.objects.countries.geometries) {
  if (code(geometry) === "AQ") continue;
  areas.push([code(geometry), rings(coarse, geometry).flat().flatMap(cut).map(packed).filter((r) => r.length >= 6)]);
}
const drawn = new Set(areas.map(([key]) => key));
const points = [];
for (const geometry of fine.objects.countries.geometries) {
  const key = code(geometry);
  if (key === "" || key === "AQ" || drawn.has(key)) continue;
  const outer = rings(fine, geometry).map((polygon) => polygon[0]).sort((a, b) => Math.abs(area(b)) - Math.abs(area(a)));
  if (outer.length) points.push([key, ...middle(outer[0])]);
}
const order = (a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);
areas.sort(order);
points.sort(order);
const about = "Made with Natural Earth (naturalearthdata.com, public domain), 1:110m and 1:50m, by way of world-atlas 2.0.2";
const lines = (rows) => rows.map((row) => JSON.stringify(row)).join(",\n");
process.stdout.write(`{"about":${JSON.stringify(about)},\n"areas":[\n${lines(areas)}\n],\n"points":[\n${lines(points)}\n]}\n`);
