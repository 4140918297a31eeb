"""Makes values.tsv: small graphs and what NetworKit and igraph say of them.

    python3 -m venv venv && venv/bin/pip install networkit==11.3 igraph==1.0.0
    venv/bin/python make.py > values.tsv

Each line: graph, what, values. Follows are given raw, with repeats and follows of oneself, as pairs end to end; both
libraries get them without. Where both can say it, they must agree, or nothing is written.
"""

import math
import random
import statistics
import sys

import igraph
import networkit


def graphs():
    random.seed(4)
    yield "nobody", 5, []
    yield "pair", 3, [(0, 1), (1, 0), (2, 2), (0, 1)]

    def some(n, m):
        return [(random.randrange(n), random.randrange(n)) for _ in range(m)]

    yield "sparse", 200, some(200, 260)
    yield "dense", 40, some(40, 600)
    # Nearly all follow account 0; the last 40 have no ties but to themselves.
    hub = [(v, 0) for v in range(1, 260)] + some(260, 700) + [(v, v) for v in range(270, 300)]
    yield "hub", 300, hub + hub[200:400]
    # Parts with more follows inside, numbered by turns.
    inside = [(a, a % 4 + 4 * random.randrange(40)) for a in random.choices(range(160), k=900)]
    yield "parts", 160, inside + some(160, 250)


def agree(a, b):
    assert len(a) == len(b) and all(math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-9) for x, y in zip(a, b)), (a, b)
    return a


def by_first(membership):
    """Each part named by its lowest account."""
    first = {}
    return [first.setdefault(part, v) for v, part in enumerate(membership)]


def values(n, raw):
    follows = sorted({(a, b) for a, b in raw if a != b})
    ties = sorted({(min(a, b), max(a, b)) for a, b in follows})
    directed, undirected = igraph.Graph(n, follows, directed=True), igraph.Graph(n, ties)
    nk_directed, nk_undirected = networkit.Graph(n, directed=True), networkit.Graph(n)
    for a, b in follows:
        nk_directed.addEdge(a, b)
    for a, b in ties:
        nk_undirected.addEdge(a, b)

    def scores(algorithm):
        algorithm.run()
        return algorithm.scores()

    def parts(algorithm):
        algorithm.run()
        return by_first([algorithm.componentOfNode(v) for v in range(n)])

    yield "core", agree(undirected.coreness(), scores(networkit.centrality.CoreDecomposition(nk_undirected)))
    yield "pagerank", directed.pagerank(damping=0.85)
    weak = by_first(directed.connected_components(mode="weak").membership)
    yield "weak", agree(weak, parts(networkit.components.ConnectedComponents(nk_undirected)))
    strong = by_first(directed.connected_components(mode="strong").membership)
    yield "strong", agree(strong, parts(networkit.components.StronglyConnectedComponents(nk_directed)))
    triangles = [0] * n
    for triangle in undirected.list_triangles():
        for v in triangle:
            triangles[v] += 1
    pairs = [d * (d - 1) / 2 for d in undirected.degree()]
    coefficients = [t / p if p else 0 for t, p in zip(triangles, pairs)]
    agree(coefficients, scores(networkit.centrality.LocalClusteringCoefficient(nk_undirected)))
    yield "triangles", triangles
    yield "betweenness", agree(directed.betweenness(), scores(networkit.centrality.Betweenness(nk_directed)))
    if ties:
        # Of the division by number modulo 4.
        division = networkit.Partition(n)
        division.allToSingletons()
        for v in range(4, n):
            division.moveToSubset(division.subsetOf(v % 4), v)
        theirs = networkit.community.Modularity().getQuality(division, nk_undirected)
        yield "modularity", agree([undirected.modularity([v % 4 for v in range(n)])], [theirs])
        # The best of some runs: what a search should come to, or nearly.
        runs = [undirected.community_multilevel().modularity for _ in range(10)]
        runs += [undirected.community_leiden("modularity", n_iterations=4).modularity for _ in range(10)]
        yield "best", [max(runs)]
        # What each comes to on average. The graphs that follow are drawn as if this had not been.
        state = random.getstate()
        louvain = [undirected.community_multilevel().modularity for _ in range(100)]
        leiden = [undirected.community_leiden("modularity", n_iterations=4).modularity for _ in range(100)]
        random.setstate(state)
        yield "louvain", [statistics.fmean(louvain)]
        yield "leiden", [statistics.fmean(leiden)]


def main():
    print(f"# made by make.py with NetworKit {networkit.__version__} and igraph {igraph.__version__}")
    for name, n, follows in graphs():
        print(name, "accounts", n, sep="\t")
        print(name, "follows", " ".join(f"{a} {b}" for a, b in follows), sep="\t")
        for what, of in values(n, follows):
            print(name, what, " ".join(map(repr, of)), sep="\t")


if __name__ == "__main__":
    random.seed(4)
    networkit.setSeed(4, False)
    networkit.setNumberOfThreads(1)
    sys.exit(main())
