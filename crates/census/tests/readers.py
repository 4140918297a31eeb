# Reads a study's tables as tests/readers.rs wrote them; the folder data/ is the argument.
import datetime
import sys

import pyarrow as pa
import pyarrow.parquet as pq

data = sys.argv[1]
moment = datetime.datetime(2018, 10, 10, 20, 19, 24, 123456, datetime.timezone.utc)
time, texts = pa.timestamp("us", tz="UTC"), pa.list_(pa.string())


def table(name, types):
    read = pq.read_table(f"{data}/{name}")
    for column, kind in types.items():
        have = read.schema.field(column).type
        same = have.value_type == kind.value_type if pa.types.is_list(kind) else have == kind
        assert same, f"{name}.{column} is {have}, not {kind}"
    return read


types = {"id": pa.string(), "created_at": time, "followers": pa.int64(), "bot": pa.bool_(), "observed_at": time}
accounts = table("accounts", types)
assert not accounts.schema.field("id").nullable and accounts.schema.field("name").nullable
accounts = accounts.to_pylist()
assert [a["id"] for a in accounts] == ["1", "2"]
assert accounts[0]["name"] == "علي" and accounts[0]["followers"] == 2**63 - 1
assert accounts[0]["created_at"] == moment and accounts[0]["bot"] is False
assert all(value is None for column, value in accounts[1].items() if column != "id")

follows = table("follows", {"src": pa.string(), "dst": pa.string(), "created_at": time}).to_pylist()
assert sorted(f["src"] for f in follows) == ["1", "2", "3"], follows

posts = table("posts", {"tags": texts, "links": texts, "reply": pa.bool_(), "created_at": time}).to_pylist()
assert posts[0]["tags"] == ["a", "ب"] and posts[0]["links"] == []
assert posts[0]["text"] is None and posts[0]["reply"] is True and posts[0]["created_at"] == moment

statuses = table("statuses", {"account": pa.string(), "at": time}).to_pylist()
assert statuses[0]["status"] == "active" and statuses[0]["detail"] is None

samples = table("samples", {"batch": pa.int32(), "probability": pa.float64()}).to_pylist()
assert samples[0]["batch"] == 1 and samples[0]["probability"] == 0.25
print("pyarrow", pa.__version__, "reads the tables")

try:
    import duckdb
except ImportError:
    print("duckdb is not installed: not tried")
else:
    db = duckdb.connect()
    count, latest = db.sql(f"select count(*), max(src) from '{data}/follows/*.parquet'").fetchall()[0]
    assert (count, latest) == (3, "3")
    tags, epoch = db.sql(f"select tags, epoch_us(created_at) from '{data}/posts/*.parquet'").fetchall()[0]
    assert tags == ["a", "ب"] and epoch == 1539202764123456
    print("duckdb", duckdb.__version__, "reads the tables")
