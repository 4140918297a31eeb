#!/usr/bin/env python3
"""Runs netcensus and its peers in turn on the same files and prints the table of ratios. README.md says how and why.

    benches/peers/run.py --scale 20
"""

import argparse
import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PYPI = ["networkit", "igraph", "duckdb", "polars", "pyarrow", "numpy"]

# The rows: the work, what it is, who does it besides netcensus, and how far answers may differ. The peers that do
# anything an analyst asks, not graphs of dense numbers alone, are the general libraries.
ROWS = [
    ("text", "text edge list to graph (netcensus: string ids, others dense)", "gap neo4j networkit igraph"),
    ("csv", "CSV with 64-bit ids to dense, sorted lists", "duckdb polars networkit"),
    ("pagerank", "PageRank, 20 iterations", "gap neo4j networkit igraph graph-tool"),
    ("triangles", "triangles (undirected view)", "gap neo4j networkit igraph"),
    ("cores", "core numbers", "networkit igraph graph-tool"),
    ("components", "weak components", "gap neo4j networkit igraph graph-tool"),
    ("louvain", "communities, Louvain (study-shaped)", "networkit igraph"),
    ("leiden", "communities, Leiden (study-shaped)", "networkit igraph"),
    ("louvain-rmat", "communities, Louvain (R-MAT)", "networkit igraph"),
    ("leiden-rmat", "communities, Leiden (R-MAT)", "networkit igraph"),
    ("shares", "in-group shares both ways, 1 % seeds, Parquet", "duckdb polars"),
    ("jetstream", "JSON lines to columns, Jetstream", "duckdb polars pyarrow"),
    ("x2", "JSON lines to columns, X v2", "duckdb polars pyarrow"),
]
GENERAL = {"networkit", "igraph", "duckdb", "polars", "pyarrow", "graph-tool"}
# So much two answers may differ, relatively; modularity is held only to be not worse by this much, absolutely.
TOLERANCE = {"top": 0.02, "modularity": 0.01}
# Longer than this, and a peer is not waited for any more.
PATIENCE = 1800


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=int, default=20, help="2 to the power of this many accounts (20)")
    parser.add_argument("--quick", action="store_true", help="scale 12 and one repetition: whether it all works")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3, help="runs of each, in turn; the fastest counts (3)")
    parser.add_argument("--rows", help="only these rows, apart by commas: " + ",".join(row[0] for row in ROWS))
    parser.add_argument("--peers", help="only these peers, apart by commas")
    parser.add_argument("--slow", action="store_true", help="also what takes minutes at scale 18 (NetworKit's reader of ids)")
    parser.add_argument("--json-bytes", type=int, help="bytes of each JSON lines file (1.2e9; 2e7 with --quick)")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache/netcensus-peers", help="peers and files")
    parser.add_argument("--debian", action="store_true", help="install Debian's python3-graph-tool (as root)")
    parser.add_argument("--out", type=Path, help="also write every run as JSON lines to this file")
    options = parser.parse_args()
    if options.quick:
        options.scale, options.repeats = 12, 1
    options.json_bytes = options.json_bytes or (20_000_000 if options.quick else 1_200_000_000)

    bench = Bench(options)
    bench.prepare()
    bench.generate()
    bench.run()
    bench.report()
    sys.exit(1 if bench.disagreements else 0)


class Bench:
    def __init__(self, options):
        self.options = options
        self.rows = [row for row in ROWS if not options.rows or row[0] in options.rows.split(",")]
        self.results, self.failures, self.disagreements = {}, {}, []
        self.environment = os.environ | {
            name: str(options.threads)
            for name in ["THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS", "POLARS_MAX_THREADS", "ARROW_IO_THREADS"]
        }

    # --- peers and files ---

    def prepare(self):
        cache = self.options.cache
        cache.mkdir(parents=True, exist_ok=True)
        wanted = lambda peer: not self.options.peers or peer in self.options.peers.split(",")
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        call(["cargo", "build", "--release", "--locked", "--workspace"], cwd=ROOT)
        self.netcensus, self.generator = target / "release/yardstick", target / "release/generate"

        self.python = cache / "python/bin/python"
        if not self.python.exists():
            call([sys.executable, "-m", "venv", cache / "python"])
        call([self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PYPI])
        self.peers = [p for p in ["networkit", "igraph", "duckdb", "polars", "pyarrow"] if wanted(p)]

        if wanted("neo4j"):
            command = ["cargo", "build", "--release", "--locked", "--target-dir", cache / "neo4j"]
            call(command, cwd=HERE / "neo4j")
            self.neo4j = cache / "neo4j/release/neo4j-peer"
            self.peers.append("neo4j")
        if "GAPBS" in os.environ and wanted("gap"):
            self.gap = Path(os.environ["GAPBS"])
            call(["make", "--quiet", "-C", self.gap, "pr", "tc", "cc", "converter"])
            self.peers.append("gap")
        if wanted("graph-tool"):
            if self.options.debian:
                call(["apt-get", "install", "-y", "--no-install-recommends", "python3-graph-tool"])
            there = subprocess.run(["/usr/bin/python3", "-c", "import graph_tool"], capture_output=True, check=False)
            if there.returncode == 0:
                self.peers.append("graph-tool")

    def generate(self):
        scale = self.options.scale
        self.rmat = self.options.cache / f"rmat-{scale}"
        self.study = self.options.cache / f"study-{scale}"
        self.json = self.options.cache / f"json-{self.options.json_bytes}"
        if not (self.rmat / "whole").exists():
            call([self.generator, "rmat", "--scale", scale, self.rmat])
            if "gap" in self.peers:
                self.serialize(self.rmat)
            self.seeds()
            (self.rmat / "whole").touch()
        if "gap" in self.peers and not (self.rmat / "undirected.sg").exists():
            self.serialize(self.rmat)
        if any(row[0] in ("louvain", "leiden") for row in self.rows) and not (self.study / "dense.el").exists():
            shutil.rmtree(self.study, ignore_errors=True)
            accounts = 1 << scale
            call([self.generator, "study", "--accounts", accounts, "--follows", 16 * accounts,
                  "--members", accounts // 100, "--dense", self.study])
        for shape in ["jetstream", "x2"]:
            file = self.json / f"{shape}.jsonl"
            if any(row[0] == shape for row in self.rows) and not file.exists():
                self.json.mkdir(exist_ok=True)
                call([self.generator, "json", "--shape", shape, "--bytes", self.options.json_bytes, f"{file}.part"])
                os.rename(f"{file}.part", file)

    def serialize(self, folder):
        """GAP's kernels read its own file, so that reading text is not measured again and again."""
        call([self.gap / "converter", "-f", folder / "dense.el", "-b", folder / "directed.sg"])
        call([self.gap / "converter", "-s", "-f", folder / "dense.el", "-b", folder / "undirected.sg"])

    def seeds(self):
        """One account in a hundred, by the hash of its id, of those that are followed."""
        script = """if True:
            import sys, hashlib, pyarrow.parquet as p, pyarrow.compute as c
            ids = c.unique(p.read_table(sys.argv[1] + "/data/follows", columns=["dst"])["dst"]).to_pylist()
            known = sorted(i for i in ids if int(hashlib.sha256(i.encode()).hexdigest(), 16) % 100 == 0)
            open(sys.argv[1] + "/seeds.csv", "w").write("id\\n" + "".join(i + "\\n" for i in known))"""
        call([self.python, "-c", script, self.rmat])

    # --- runs ---

    def run(self):
        for repeat in range(self.options.repeats):
            for work, _, peers in self.rows:
                # Two readings of the first row for netcensus: both kinds of string ids.
                ours = ["netcensus", "netcensus (did)"] if work == "text" else ["netcensus"]
                for peer in ours + [p for p in peers.split() if p in self.peers]:
                    if (work, peer) not in self.failures and not self.skipped(work, peer):
                        self.one(repeat, work, peer)

    def skipped(self, work, peer):
        slow = work == "csv" and peer == "networkit" and self.options.scale > 16
        return slow and not self.options.slow

    def one(self, repeat, work, peer):
        folder = self.json if work in ("jetstream", "x2") else self.study if work in ("louvain", "leiden") else self.rmat
        command, understand = self.command(work.removesuffix("-rmat"), peer, folder)
        print(f"{repeat + 1}/{self.options.repeats} {work} {peer} …", end=" ", file=sys.stderr, flush=True)
        for file in self.read_in(work, peer, folder):
            into_memory(file)
        output, errors, status, memory = measured([str(c) for c in command], self.environment)
        if status != 0:
            why = (errors.strip().splitlines() or [f"status {status}"])[-1]
            print(f"failed: {why}", file=sys.stderr)
            self.failures[work, peer] = why
            return
        result = understand(output) | {"memory": memory}
        print(f"{result['seconds']:.3f} s, {memory / 1e9:.2f} GB", file=sys.stderr)
        self.results.setdefault((work, peer), []).append(result)
        if self.options.out:
            with self.options.out.open("a") as out:
                out.write(json.dumps({"scale": self.options.scale, "work": work, "peer": peer} | result) + "\n")

    @staticmethod
    def read_in(work, peer, folder):
        """The files whose reading is part of the work."""
        if work == "text" and peer.startswith("netcensus"):
            return [folder / ("did.el" if "did" in peer else "decimal.el")]
        if work == "shares":
            return sorted(folder.glob("data/follows/*.parquet"))
        names = {"text": "dense.el", "csv": "ids.csv", "jetstream": "jetstream.jsonl", "x2": "x2.jsonl"}
        return [folder / names[work]] if work in names else []

    def command(self, work, peer, folder):
        if peer.startswith("netcensus"):
            file = {
                "text": folder / ("did.el" if "did" in peer else "decimal.el"),
                "csv": folder / "ids.csv",
                "shares": folder / "data",
                "jetstream": folder / "jetstream.jsonl",
                "x2": folder / "x2.jsonl",
            }.get(work, folder / "dense.el")
            seeds = ["--seeds", folder / "seeds.csv"] if work == "shares" else []
            return [self.netcensus, work, file, *seeds], last_line
        if peer == "neo4j":
            return [self.neo4j, work, folder / "dense.el"], last_line
        if peer == "gap":
            return self.gap_command(work, folder)
        python = "/usr/bin/python3" if peer == "graph-tool" else self.python
        return [python, HERE / "work.py", peer, work, folder], last_line

    def gap_command(self, work, folder):
        directed, undirected = folder / "directed.sg", folder / "undirected.sg"
        match work:
            case "text":
                # It builds as the kernels do; what it writes afterwards is not counted.
                command = [self.gap / "converter", "-f", folder / "dense.el", "-b", "/dev/null"]
                return command, lambda text: {
                    "seconds": label(text, "Read Time") + label(text, "Build Time"),
                    "answer": {"follows": int(text.split(" directed edges")[0].split()[-1])}
                    if "directed edges" in text
                    else {},
                }
            case "pagerank":
                command = [self.gap / "pr", "-f", directed, "-i", "20", "-t", "0", "-n", "1", "-a"]
                return command, lambda text: {"seconds": label(text, "Trial Time"), "answer": gap_top(text)}
            case "triangles":
                command = [self.gap / "tc", "-f", undirected, "-n", "1", "-a"]
                return command, lambda text: {
                    "seconds": label(text, "Trial Time"),
                    "answer": {"triangles": int(text.split(" triangles")[0].split()[-1])},
                }
            case _:
                command = [self.gap / "cc", "-f", directed, "-n", "1", "-a"]
                return command, lambda text: {
                    "seconds": label(text, "Trial Time"),
                    "answer": {"largest": int(text.split("biggest clusters\n")[1].split("\n")[0].split(":")[1])},
                }

    # --- the table ---

    def report(self):
        print(f"R-MAT scale {self.options.scale}, {self.options.threads} threads, the fastest of {self.options.repeats}; "
              f"{processor()}, {time.strftime('%Y-%m-%d')}\n")
        print("| work | netcensus | best peer | ratio | best general library | ratio | others | answers |")
        print("|---|---|---|---|---|---|---|---|")
        for work, title, _ in self.rows:
            best = {peer: min(runs, key=lambda run: run["seconds"])
                    for (w, peer), runs in self.results.items() if w == work}
            ours = {peer: run for peer, run in best.items() if peer.startswith("netcensus")}
            peers = sorted(((p, r) for p, r in best.items() if p not in ours), key=lambda pr: pr[1]["seconds"])
            general = [(p, r) for p, r in peers if p in GENERAL]
            # Of two kinds of string ids the slower one is held against the peers.
            slowest = max(ours.values(), key=lambda run: run["seconds"], default=None)
            agreed = self.agree(work, slowest, peers)
            print(
                f"| {title} | {', '.join(shown(run, name.removeprefix('netcensus')) for name, run in ours.items()) or '–'} "
                f"| {named(peers[:1])} | {ratio(slowest, peers)} | {named(general[:1])} | {ratio(slowest, general)} "
                f"| {named(peers[1:])} | {agreed} |"
            )
        sizes = [f"{self.json / f'{s}.jsonl'}" for s in ("jetstream", "x2")]
        rates = []
        for work, file in zip(("jetstream", "x2"), sizes):
            runs = [(p, min(r["seconds"] for r in runs)) for (w, p), runs in self.results.items() if w == work]
            rates += [f"{work} {p} {os.path.getsize(file) / s / 1e9:.2f}" for p, s in runs]
        if rates:
            print("\nJSON lines, GB/s: " + ", ".join(rates))
        for (work, peer), why in self.failures.items():
            print(f"\n{work}, {peer}: {why}")
        for disagreement in self.disagreements:
            print(f"\n**{disagreement}**")

    def agree(self, work, ours, peers):
        if ours is None or not peers:
            return "–"
        bad = [peer for peer, run in peers if not same(ours["answer"], run["answer"])]
        for peer in bad:
            theirs = dict(peers)[peer]["answer"]
            self.disagreements.append(f"{work}: netcensus says {ours['answer']}, {peer} says {theirs}")
        if "modularity" in ours["answer"]:
            return "modularity " + ", ".join(
                f"{name} {run['answer']['modularity']:.3f}" for name, run in [("netcensus", ours), *peers]
            )
        return "agree" if not bad else "**differ**"


def same(ours, theirs):
    """Whether two answers agree in what both of them say."""
    for name in ours.keys() & theirs.keys():
        a, b = ours[name], theirs[name]
        if name == "modularity":
            if a < b - TOLERANCE[name]:
                return False
        elif name == "top":
            # The order of near ties may differ; how far each is from the first may not.
            a, b = dict(a), dict(b)
            if any(abs(a[k] - b[k]) > TOLERANCE[name] for k in a.keys() & b.keys()) or len(a.keys() & b.keys()) < 4:
                return False
        elif not math.isclose(a, b, rel_tol=1e-9):
            return False
    return bool(ours.keys() & theirs.keys())


def into_memory(file):
    """Reads a file, so that whoever comes first does not wait for the disk in place of the others: systems that tidy up
    their memory drop what nobody has read for some seconds."""
    with file.open("rb", buffering=0) as bytes:
        while bytes.read(1 << 20):
            pass


def measured(command, environment):
    """Output, errors, exit status and the most memory of a process, in bytes."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        output, errors, kept = process.stdout, process.stderr, []
        reader = threading.Thread(target=lambda: kept.append(errors.read()))
        reader.start()
        stop = threading.Timer(PATIENCE, process.kill)
        stop.start()
        text = output.read()
        reader.join()
        # Of this one process; `resource` alone would give the largest of all so far.
        _, status, usage = os.wait4(process.pid, 0)
        stop.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        return text, kept[0], process.returncode, usage.ru_maxrss * 1024
    finally:
        process.stdout.close()
        process.stderr.close()


def last_line(text):
    return json.loads(text.strip().splitlines()[-1])


def label(text, name):
    """A number that GAP prints behind a name."""
    return float(text.split(f"{name}:")[1].split()[0])


def gap_top(text):
    scores = [(account, float(score)) for account, score in re.findall(r"^(\d+):(\d\S*)$", text, re.MULTILINE)]
    return {"top": [[account, score / scores[0][1]] for account, score in scores[:5]]}


def shown(run, name=""):
    return f"{run['seconds']:.3g} s{name}, {run['memory'] / 1e9:.2f} GB"


def named(runs):
    return "; ".join(f"{peer} {shown(run)}" for peer, run in runs) or "–"


def ratio(ours, peers):
    return f"**{peers[0][1]['seconds'] / ours['seconds']:.2f}**" if ours and peers else "–"


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def call(command, **options):
    done = subprocess.run([str(c) for c in command], stdout=sys.stderr, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed with status {done.returncode}")


if __name__ == "__main__":
    main()
