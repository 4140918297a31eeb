#!/usr/bin/env python3
"""Imports a dump of Jetstream and an archive of X's API with the command `netcensus import`, each into a fresh study, and
reads the same files into columns with DuckDB and Polars, in turn. Prints seconds, peak memory and rows.

    benches/peers/imports.py
"""

import argparse
import json
import os
import resource
import shutil
import sys
import time
from pathlib import Path

from run import HERE, ROOT, call, last_line, measured

# Bytes of a file, and the lines that it must have at least.
FILES = {"jetstream": (1_000_000_000, 0), "x2": (1_600_000_000, 1_000_000)}
# So much memory an import may take.
MOST = 1 << 30
# How a dump of Jetstream comes in as a table of posts, where `import` has no reader of its own for it.
COLUMNS = ["id=commit.cid", "author=did", "created_at=commit.record.createdAt", "text=commit.record.text"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3, help="runs of each, in turn; the fastest counts (3)")
    parser.add_argument("--files", default=",".join(FILES), help="which, apart by commas: " + ",".join(FILES))
    parser.add_argument("--share", type=float, default=1.0, help="of the files' sizes, to see whether it works (1)")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache/netcensus-peers", help="peers and files")
    parser.add_argument("--python", type=Path, help="a Python that has DuckDB and Polars")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)

    call(["cargo", "build", "--release", "--locked", "--workspace"], cwd=ROOT)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    python = options.python or options.cache / "python/bin/python"
    if not python.exists():
        call([sys.executable, "-m", "venv", options.cache / "python"])
    if not options.python:
        call([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "duckdb", "polars"])
    names = ["THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS", "POLARS_MAX_THREADS"]
    environment = os.environ | {name: str(options.threads) for name in names}

    best, over = {}, []
    for shape in options.files.split(","):
        file = generate(target / "generate", options, shape)
        for repeat in range(options.repeats):
            for who in ["netcensus", "duckdb", "polars"]:
                before = processor()
                if who == "netcensus":
                    result = ours(target / "netcensus", options.cache, file, environment)
                    if result["memory"] > MOST:
                        over.append(shape)
                else:
                    command = [python, HERE / "work.py", who, shape, file.parent]
                    result = peer([str(part) for part in command], environment)
                seconds, memory = result["seconds"], result["memory"] / 1e6
                result["processor"] = processor() - before
                print(
                    f"{repeat + 1}/{options.repeats} {shape} {who}: {seconds:.2f} s, "
                    f"{result['processor']:.2f} s of processor, {memory:.0f} MB",
                    file=sys.stderr,
                )
                known = best.get((shape, who))
                if known is None or seconds < known["seconds"]:
                    best[shape, who] = result | {"bytes": file.stat().st_size}

    print("| file | who | what | seconds | of processor | peak memory, MB | rows |\n|---|---|---|---|---|---|---|")
    for (shape, who), result in best.items():
        size = f"{result['bytes'] / 1e9:.2f} GB"
        what = result["what"]
        times = f"{result['seconds']:.2f} | {result['processor']:.2f}"
        print(f"| {shape}, {size} | {who} | {what} | {times} | {result['memory'] / 1e6:.0f} | {result['rows']} |")
    for shape in sorted(set(over)):
        print(f"\n**{shape}: more than 1 GiB**")
    sys.exit(1 if over else 0)


def processor():
    """Seconds of processors that ended processes took: all of them, start and loading included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def generate(generator, options, shape):
    """The file, of so many bytes and lines."""
    bytes_, least = FILES[shape]
    bytes_, least = int(bytes_ * options.share), int(least * options.share)
    folder = options.cache / f"import-{bytes_}"
    folder.mkdir(exist_ok=True)
    file = folder / f"{shape}.jsonl"
    if not file.exists():
        call([generator, "json", "--shape", shape, "--bytes", bytes_, f"{file}.part"])
        os.rename(f"{file}.part", file)
    with file.open("rb") as lines:
        count = sum(block.count(b"\n") for block in iter(lambda: lines.read(1 << 20), b""))
    if count < least:
        sys.exit(f"{file} has {count} lines only")
    return file


def ours(netcensus, cache, file, environment):
    """The command itself, into a study that is new; the clock runs from its start to its end."""
    study = cache / "import-study"
    shutil.rmtree(study, ignore_errors=True)
    seeds = cache / "import-seeds.csv"
    seeds.write_text("id\na\n")
    measured([str(part) for part in [netcensus, "new", study, "--files", "--seeds-file", seeds]], environment)
    command = [netcensus, "import", study, file, "--json", "--quiet"]
    began = time.perf_counter()
    output, errors, status, memory = measured([str(part) for part in command], environment)
    if status == 2 and "Jetstream" in errors:
        columns = [part for column in COLUMNS for part in ("--column", column)]
        command = [netcensus, "import", study, "--posts", file, *columns, "--max-rejected", "1", "--json", "--quiet"]
        began = time.perf_counter()
        output, errors, status, memory = measured([str(part) for part in command], environment)
    seconds = time.perf_counter() - began
    if status != 0:
        sys.exit(f"netcensus import failed: {errors}")
    # Both forms of the answer: of a file that was told by its content, and of one that was said to be of a table.
    (done,) = json.loads(output)
    tables = done.get("tables", [done])
    rows = ", ".join(f"{table['rows']} {table['what']}" for table in tables)
    shutil.rmtree(study)
    return {"seconds": seconds, "memory": memory, "rows": rows, "what": "file to Parquet tables of a study, repeats found"}


def peer(command, environment):
    output, errors, status, memory = measured(command, environment)
    if status != 0:
        sys.exit(f"{command[2]} failed: {errors}")
    result = last_line(output)
    what = "file to columns in memory; no start, no imports counted"
    return {"seconds": result["seconds"], "memory": memory, "rows": str(result["answer"]["rows"]), "what": what}


if __name__ == "__main__":
    main()
