"""The peers' side of the comparison: one peer does one piece of work on given files, in a process of its own.

    work.py PEER WORK FOLDER

prints one line of JSON: the seconds of the work itself, and an answer to hold against the others'. Imports, and what a
row of the table leaves out (loading the graph, say), are not in the seconds. Two threads, unless the driver says else.
Each peer does what its documentation recommends for the work; where there are several ways, the fastest that was found.
"""

import json
import os
import sys
import time

THREADS = int(os.environ.get("THREADS", "2"))


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


# --- graphs -----------------------------------------------------------------------------------------------------------


def top(scores):
    """The five highest scores, each over the highest."""
    import numpy as np

    scores = np.asarray(scores)
    order = np.argsort(-scores, kind="stable")[:5]
    return {"top": [[str(i), float(scores[i] / scores[order[0]])] for i in order]}


def parts(labels):
    """Parts of two accounts or more, and the largest: who has no ties at all is in no edge list of string ids."""
    import numpy as np

    sizes = np.unique(np.asarray(labels), return_counts=True)[1]
    return {"parts": int((sizes > 1).sum()), "largest": int(sizes.max())}


def cores(numbers):
    import numpy as np

    numbers = np.asarray(numbers)
    return {"largest": int(numbers.max()), "sum": int(numbers.sum())}


def different_pairs(folder):
    """How many accounts there are by number, and each pair of tied accounts once, the lower number first."""
    import numpy as np
    import pyarrow.csv

    options = pyarrow.csv.ReadOptions(column_names=["src", "dst"])
    rows = pyarrow.csv.read_csv(f"{folder}/dense.el", options, pyarrow.csv.ParseOptions(delimiter=" "))
    src, dst = (rows[name].to_numpy() for name in ["src", "dst"])
    accounts = int(max(src.max(), dst.max())) + 1
    low, high = np.minimum(src, dst), np.maximum(src, dst)
    pairs = np.unique((low * accounts + high)[low != high])
    return accounts, (pairs // accounts, pairs % accounts)


class NetworKit:
    def __init__(self):
        import networkit

        self.nk = networkit
        networkit.setNumberOfThreads(THREADS)

    def read(self, file, separator=" ", continuous=True, head=None):
        options = {"directed": True, "continuous": continuous}
        if head:
            options["commentPrefix"] = head
        return self.nk.graphio.EdgeListReader(separator, 0, **options).read(file)

    @staticmethod
    def simple(graph):
        graph.removeMultiEdges()
        graph.removeSelfLoops()
        return graph

    def undirected(self, folder, indexed=False):
        # From different pairs: taking repeats out of its undirected graphs ends in crashes.
        accounts, pairs = different_pairs(folder)
        graph = self.nk.GraphFromCoo((pairs[0], pairs[1]), n=accounts, directed=False, edgesIndexed=indexed)
        graph.sortEdges()
        return graph

    # Repeats are taken out afterwards and not counted: a favour.
    def text(self, folder):
        seconds, graph = timed(lambda: self.read(f"{folder}/dense.el"))
        return seconds, {"follows": self.simple(graph).numberOfEdges()}

    def csv(self, folder):
        # The head is a comment to it: its first letter is one that no number begins with.
        seconds, graph = timed(lambda: self.read(f"{folder}/ids.csv", ",", False, "s"))
        return seconds, {"follows": self.simple(graph).numberOfEdges()}

    def pagerank(self, folder):
        graph = self.simple(self.read(f"{folder}/dense.el"))
        sinks = self.nk.centrality.SinkHandling.DistributeSinks
        walk = self.nk.centrality.PageRank(graph, 0.85, 1e-300, distributeSinks=sinks)
        walk.maxIterations = 20
        seconds, _ = timed(walk.run)
        return seconds, top(walk.scores())

    def triangles(self, folder):
        graph = self.undirected(folder, indexed=True)
        score = self.nk.sparsification.TriangleEdgeScore(graph)
        seconds, _ = timed(score.run)
        import numpy as np

        return seconds, {"triangles": int(np.asarray(score.scores()).sum() / 3)}

    def cores(self, folder):
        work = self.nk.centrality.CoreDecomposition(self.undirected(folder))
        seconds, _ = timed(work.run)
        return seconds, cores(work.scores())

    def components(self, folder):
        # On the undirected graph, which is the faster of its two ways.
        # Asking it for the partition crashes.
        graph = self.undirected(folder)
        work = self.nk.components.ParallelConnectedComponents(graph)
        seconds, _ = timed(work.run)
        alone = sum(1 for account in graph.iterNodes() if graph.degree(account) == 0)
        return seconds, {"parts": work.numberOfComponents() - alone}

    def communities(self, folder, work):
        graph = self.undirected(folder)
        work = work(graph)
        seconds, _ = timed(work.run)
        return seconds, {"modularity": self.nk.community.Modularity().getQuality(work.getPartition(), graph)}

    def louvain(self, folder):
        return self.communities(folder, lambda graph: self.nk.community.PLM(graph, refine=False))

    def leiden(self, folder):
        return self.communities(folder, lambda graph: self.nk.community.ParallelLeiden(graph, iterations=3))


class IGraph:
    def __init__(self):
        import igraph

        self.ig = igraph

    def read(self, folder):
        return self.ig.Graph.Read_Edgelist(f"{folder}/dense.el", directed=True)

    def undirected(self, folder):
        graph = self.read(folder)
        graph.to_undirected(mode="collapse")
        return graph.simplify()

    def text(self, folder):
        seconds, graph = timed(lambda: self.read(folder))
        return seconds, {"follows": graph.simplify().ecount()}

    def pagerank(self, folder):
        # It knows no number of steps: this is to convergence.
        graph = self.read(folder).simplify()
        seconds, scores = timed(lambda: graph.pagerank(implementation="prpack"))
        return seconds, top(scores)

    def triangles(self, folder):
        # The wrapper counts no triangles; all triads of a triangle it lists would take its memory. Transitivity and the
        # number of connected triples give them: T = C · Σ d(d − 1)/2 / 3.
        import numpy as np

        graph = self.undirected(folder)
        seconds, ratio = timed(graph.transitivity_undirected)
        degrees = np.asarray(graph.degree(), dtype=np.float64)
        return seconds, {"triangles": round(ratio * float((degrees * (degrees - 1) / 2).sum()) / 3)}

    def cores(self, folder):
        graph = self.undirected(folder)
        seconds, numbers = timed(graph.coreness)
        return seconds, cores(numbers)

    def components(self, folder):
        graph = self.read(folder)
        seconds, found = timed(lambda: graph.connected_components(mode="weak"))
        return seconds, parts(found.membership)

    def louvain(self, folder):
        graph = self.undirected(folder)
        seconds, found = timed(graph.community_multilevel)
        return seconds, {"modularity": found.modularity}

    def leiden(self, folder):
        graph = self.undirected(folder)
        seconds, found = timed(lambda: graph.community_leiden("modularity", n_iterations=2))
        return seconds, {"modularity": found.modularity}


class GraphTool:
    """Debian's python3-graph-tool, under the system's own Python."""

    def __init__(self):
        import graph_tool.all

        self.gt = graph_tool.all
        self.gt.openmp_set_num_threads(THREADS)

    def read(self, folder):
        import numpy as np

        edges = np.loadtxt(f"{folder}/dense.el", dtype=np.int64)
        edges = np.unique(edges[edges[:, 0] != edges[:, 1]], axis=0)
        graph = self.gt.Graph(directed=True)
        graph.add_edge_list(edges)
        return graph

    def undirected(self, folder):
        graph = self.read(folder)
        graph.set_directed(False)
        self.gt.remove_parallel_edges(graph)
        return graph

    def pagerank(self, folder):
        graph = self.read(folder)
        seconds, scores = timed(lambda: self.gt.pagerank(graph, damping=0.85, max_iter=20, epsilon=0.0))
        return seconds, top(scores.a)

    def cores(self, folder):
        graph = self.undirected(folder)
        seconds, numbers = timed(lambda: self.gt.kcore_decomposition(graph))
        return seconds, cores(numbers.a)

    def components(self, folder):
        graph = self.read(folder)
        seconds, (labels, _) = timed(lambda: self.gt.label_components(graph, directed=False))
        return seconds, parts(labels.a)


# --- tables -----------------------------------------------------------------------------------------------------------

# What is read of the JSON lines, and what the answer is made of.
JETSTREAM = ["did", "time_us", "kind", "operation", "collection", "rkey", "created_at", "text", "langs"]
X2 = ["id", "author_id", "created_at", "lang", "text", "like_count", "retweet_count", "tags"]


class DuckDB:
    def __init__(self):
        import duckdb

        self.db = duckdb.connect()
        self.db.execute(f"SET threads = {THREADS}")
        self.db.execute("SET preserve_insertion_order = false")

    def one(self, sql):
        row = self.db.execute(sql).fetchone()
        return dict(zip([d[0] for d in self.db.description], row))

    def csv(self, folder):
        def work():
            self.db.execute(f"""CREATE TABLE e AS SELECT DISTINCT src, dst FROM read_csv('{folder}/ids.csv',
                header = true, columns = {{'src': 'BIGINT', 'dst': 'BIGINT'}}) WHERE src <> dst""")
            self.db.execute("""CREATE TABLE ids AS SELECT id, (row_number() OVER () - 1)::INTEGER AS n
                FROM (SELECT src AS id FROM e UNION SELECT dst FROM e)""")
            self.db.execute("""CREATE TABLE lists AS SELECT s.n AS src, d.n AS dst
                FROM e JOIN ids s ON s.id = e.src JOIN ids d ON d.id = e.dst ORDER BY 1, 2""")

        seconds, _ = timed(work)
        return seconds, {"follows": self.one("SELECT count(*) AS n FROM lists")["n"]}

    def shares(self, folder):
        rows = f"'{folder}/data/follows/*.parquet'"
        seeds = f"read_csv('{folder}/seeds.csv', header = true, columns = {{'id': 'VARCHAR'}})"

        def work():
            both = []
            for account, other, counted, share in [
                ("src", "dst", "following", "share_following"),
                ("dst", "src", "followed", "share_followers"),
            ]:
                both.append(self.one(f"""SELECT count(*) AS {counted}, sum(share) AS {share} FROM (
                    SELECT avg((id IS NOT NULL)::INTEGER) AS share
                    FROM {rows} LEFT JOIN {seeds} ON id = {other} GROUP BY {account})"""))
            return both[0] | both[1]

        return timed(work)

    def lines(self, file, columns, select, answer):
        def work():
            self.db.execute(f"""CREATE TABLE t AS SELECT {select} FROM read_json('{file}',
                format = 'newline_delimited', columns = {{{columns}}})""")

        seconds, _ = timed(work)
        return seconds, self.one(f"SELECT {answer} FROM t")

    def jetstream(self, folder):
        return self.lines(
            f"{folder}/jetstream.jsonl",
            """did: 'VARCHAR', time_us: 'BIGINT', kind: 'VARCHAR', commit: 'STRUCT(operation VARCHAR,
               collection VARCHAR, rkey VARCHAR, record STRUCT("createdAt" VARCHAR, text VARCHAR, langs VARCHAR[]))'""",
            """did, time_us, kind, commit.operation AS operation, commit.collection AS collection, commit.rkey AS rkey,
               commit.record."createdAt" AS created_at, commit.record.text AS text, commit.record.langs AS langs""",
            """count(*) AS rows, sum(time_us % 1000)::BIGINT AS times, count(text) AS texts,
               sum(length(text))::BIGINT AS characters, sum(len(langs))::BIGINT AS langs""",
        )

    def x2(self, folder):
        return self.lines(
            f"{folder}/x2.jsonl",
            """data: 'STRUCT(id VARCHAR, author_id VARCHAR, created_at VARCHAR, lang VARCHAR, text VARCHAR,
               public_metrics STRUCT(like_count BIGINT, retweet_count BIGINT),
               entities STRUCT(hashtags STRUCT(tag VARCHAR)[]))'""",
            """data.id AS id, data.author_id AS author_id, data.created_at AS created_at, data.lang AS lang,
               data.text AS text, data.public_metrics.like_count AS like_count,
               data.public_metrics.retweet_count AS retweet_count, data.entities.hashtags AS tags""",
            """count(*) AS rows, sum(like_count)::BIGINT AS likes, sum(length(text))::BIGINT AS characters,
               sum(len(tags))::BIGINT AS tags""",
        )


class Polars:
    def __init__(self):
        os.environ["POLARS_MAX_THREADS"] = str(THREADS)
        import polars

        self.pl = polars

    def csv(self, folder):
        pl = self.pl

        def work():
            rows = pl.scan_csv(f"{folder}/ids.csv", schema={"src": pl.Int64, "dst": pl.Int64})
            rows = rows.filter(pl.col("src") != pl.col("dst")).unique().collect()
            ids = pl.concat([rows["src"].alias("id"), rows["dst"].alias("id")]).unique().to_frame().with_row_index("n")
            rows = rows.lazy().join(ids.lazy().rename({"n": "s"}), left_on="src", right_on="id")
            rows = rows.join(ids.lazy().rename({"n": "d"}), left_on="dst", right_on="id")
            return rows.select("s", "d").sort("s", "d").collect()

        seconds, lists = timed(work)
        return seconds, {"follows": lists.height}

    def shares(self, folder):
        pl = self.pl

        def work():
            seeds = pl.scan_csv(f"{folder}/seeds.csv", schema={"id": pl.String}).with_columns(known=pl.lit(1))
            both = {}
            for account, other, counted, share in [
                ("src", "dst", "following", "share_following"),
                ("dst", "src", "followed", "share_followers"),
            ]:
                rows = pl.scan_parquet(f"{folder}/data/follows/*.parquet").select(account, other)
                rows = rows.join(seeds, left_on=other, right_on="id", how="left")
                rows = rows.group_by(account).agg(pl.col("known").fill_null(0).mean())
                found = rows.select(pl.len().alias(counted), pl.col("known").sum().alias(share))
                both |= found.collect(engine="streaming").row(0, named=True)
            return both

        return timed(work)

    def jetstream(self, folder):
        pl = self.pl
        record = {"createdAt": pl.String, "text": pl.String, "langs": pl.List(pl.String)}
        commit = {"operation": pl.String, "collection": pl.String, "rkey": pl.String, "record": pl.Struct(record)}
        schema = {"did": pl.String, "time_us": pl.Int64, "kind": pl.String, "commit": pl.Struct(commit)}

        def work():
            rows = pl.scan_ndjson(f"{folder}/jetstream.jsonl", schema=schema).unnest("commit").unnest("record")
            return rows.collect(engine="streaming")

        seconds, rows = timed(work)
        return seconds, rows.select(
            rows=pl.len(),
            times=(pl.col("time_us") % 1000).sum(),
            texts=pl.col("text").count(),
            characters=pl.col("text").str.len_chars().sum(),
            langs=pl.col("langs").list.len().sum(),
        ).row(0, named=True)

    def x2(self, folder):
        pl = self.pl
        data = {
            "id": pl.String,
            "author_id": pl.String,
            "created_at": pl.String,
            "lang": pl.String,
            "text": pl.String,
            "public_metrics": pl.Struct({"like_count": pl.Int64, "retweet_count": pl.Int64}),
            "entities": pl.Struct({"hashtags": pl.List(pl.Struct({"tag": pl.String}))}),
        }

        def work():
            rows = pl.scan_ndjson(f"{folder}/x2.jsonl", schema={"data": pl.Struct(data)})
            rows = rows.unnest("data").unnest("public_metrics", "entities")
            return rows.collect(engine="streaming")

        seconds, rows = timed(work)
        return seconds, rows.select(
            rows=pl.len(),
            likes=pl.col("like_count").sum(),
            characters=pl.col("text").str.len_chars().sum(),
            tags=pl.col("hashtags").list.len().sum(),
        ).row(0, named=True)


class PyArrow:
    def __init__(self):
        import pyarrow
        import pyarrow.compute
        import pyarrow.json

        self.pa, self.pc = pyarrow, pyarrow.compute
        pyarrow.set_cpu_count(THREADS)

    def read(self, file, fields):
        options = self.pa.json.ParseOptions(
            explicit_schema=self.pa.schema(fields), unexpected_field_behavior="ignore"
        )
        return self.pa.json.read_json(
            file, read_options=self.pa.json.ReadOptions(block_size=16 << 20), parse_options=options
        )

    def jetstream(self, folder):
        pa, pc = self.pa, self.pc
        record = pa.struct([("createdAt", pa.string()), ("text", pa.string()), ("langs", pa.list_(pa.string()))])
        names = ["operation", "collection", "rkey"]
        commit = pa.struct([(name, pa.string()) for name in names] + [("record", record)])
        fields = [("did", pa.string()), ("time_us", pa.int64()), ("kind", pa.string()), ("commit", commit)]
        seconds, rows = timed(lambda: self.read(f"{folder}/jetstream.jsonl", fields).flatten().flatten())
        text, langs, times = rows["commit.record.text"], rows["commit.record.langs"], rows["time_us"]
        times = pc.subtract(times, pc.multiply(pc.divide(times, 1000), 1000))
        return seconds, {
            "rows": rows.num_rows,
            "times": pc.sum(times).as_py(),
            "texts": len(text) - text.null_count,
            "characters": pc.sum(pc.utf8_length(text)).as_py(),
            "langs": pc.sum(pc.list_value_length(langs)).as_py(),
        }

    def x2(self, folder):
        pa, pc = self.pa, self.pc
        text = [(name, pa.string()) for name in ["id", "author_id", "created_at", "lang", "text"]]
        metrics = pa.struct([("like_count", pa.int64()), ("retweet_count", pa.int64())])
        tags = pa.struct([("hashtags", pa.list_(pa.struct([("tag", pa.string())])))])
        fields = [("data", pa.struct(text + [("public_metrics", metrics), ("entities", tags)]))]
        seconds, rows = timed(lambda: self.read(f"{folder}/x2.jsonl", fields).flatten().flatten())
        return seconds, {
            "rows": rows.num_rows,
            "likes": pc.sum(rows["data.public_metrics.like_count"]).as_py(),
            "characters": pc.sum(pc.utf8_length(rows["data.text"])).as_py(),
            "tags": pc.sum(pc.list_value_length(rows["data.entities.hashtags"])).as_py(),
        }


PEERS = {
    "networkit": NetworKit,
    "igraph": IGraph,
    "graph-tool": GraphTool,
    "duckdb": DuckDB,
    "polars": Polars,
    "pyarrow": PyArrow,
}

if __name__ == "__main__":
    peer, work, folder = sys.argv[1:]
    seconds, answer = getattr(PEERS[peer](), work)(folder)
    print(json.dumps({"seconds": seconds, "answer": answer}))
