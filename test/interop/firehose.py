"""Reads what the local Firehose wrote, with decoders that have nothing to do with it."""

import gzip
import json
import pathlib
import sys
import zipfile

import duckdb
import kafka.codec
import snappy

folder = pathlib.Path(sys.argv[1])


def only(name):
    (found,) = [path for path in (folder / name).rglob("*") if path.is_file()]
    return found


def zipped(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        (name,) = archive.namelist()
        return archive.read(name)


decoders = {
    "UNCOMPRESSED": lambda path: path.read_bytes(),
    "GZIP": lambda path: gzip.decompress(path.read_bytes()),
    "ZIP": zipped,
    # Kafka frames its messages with snappy-java, too.
    "Snappy": lambda path: kafka.codec.snappy_decode(path.read_bytes()),
    "HADOOP_SNAPPY": lambda path: snappy.HadoopStreamDecompressor().decompress(path.read_bytes()),
}

parquet = {}
for codec in ("UNCOMPRESSED", "SNAPPY", "GZIP"):
    path = str(only("parquet-" + codec))
    query = """
        select count(*), sum(id), sum(price), count(name), min("at"), max("at"),
               sum(len(tags)), sum(counts['x']), sum(address.zip), count(*) filter (ok)
        from read_parquet(?)
    """
    (row,) = duckdb.execute(query, [path]).fetchall()
    types = duckdb.execute("describe select * from read_parquet(?)", [path]).fetchall()
    parquet[codec] = {
        "row": [str(value) for value in row],
        "types": {name: type for name, type, *_ in types},
    }

print(
    json.dumps(
        {
            "decoded": {name: decode(only(name)).decode() for name, decode in decoders.items()},
            "parquet": parquet,
        }
    )
)
