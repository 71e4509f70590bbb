"""Makes the files in `columns/`, with the libraries that people write them with: h5py, PyArrow and pandas.

`first` and `again` hold the same, stored in another way; in `changed` one bit of one element is another.
"""

import io
import json
import pathlib
import zipfile

import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

OUT = pathlib.Path(__file__).parent / "columns"
OUT.mkdir(exist_ok=True)

WEIGHTS = np.arange(12, dtype=np.float32).reshape(3, 4) / 8


def flipped(array, index):
    """The array with the last bit of one element flipped."""
    changed = array.copy()
    changed.view(np.uint32)[index] ^= 1
    return changed


def hdf5_arrays(weights):
    text = h5py.string_dtype()
    return {
        "dense/kernel": weights,
        "dense/bias": np.array([0.5, -0.0, np.nan], np.float64),
        "types/half": np.array([0.1, 65504], np.float16),
        "types/big": np.arange(3, dtype=">i4"),
        "types/complex": np.array([1 + 2j, 3 - 4j], np.complex64),
        "types/truth": np.array([True, False, True]),
        "types/single": np.int64(-7),
        "types/fixed": np.array([b"seed", b"harvest"]),
        "types/texts": np.array(["seed", "", "hárvest"], text),
        "types/records": np.array([(1, 2.5), (3, 4.5)], [("a", "i4"), ("b", "f8")]),
        "types/empty": np.zeros((0, 3), np.float32),
    }


def hdf5(path, weights, again=False):
    arrays = list(hdf5_arrays(weights).items())
    options = {"libver": "latest", "track_order": True} if again else {}
    with h5py.File(path, "w", **options) as file:
        for name, array in reversed(arrays) if again else arrays:
            packed = {}
            if again and np.ndim(array) and np.size(array):
                chunks = tuple(max(1, length // 2) for length in np.shape(array))
                packed = {"chunks": chunks, "compression": "gzip", "track_times": True}
                if np.asarray(array).dtype != object:
                    packed |= {"shuffle": True, "fletcher32": True}
            file.create_dataset(name, data=array, **packed)
        file.create_group("nothing")
        file["shortcut"] = h5py.SoftLink("/dense/kernel")
        file["nowhere"] = h5py.SoftLink("/not/there")
        attributes = {
            "backend": "tensorflow",
            "keras_version": "3.5.0",
            "layer_names": np.array([b"dense", b"types"]),
            "steps": np.int64(300),
            "rates": np.array([0.1, 0.2]),
        }
        for name, value in reversed(attributes.items()) if again else attributes.items():
            file.attrs[name] = value
        file["dense"].attrs["names"] = ["kernel", "bias"]


def many(path, **options):
    """A group with more links and attributes than lie in its header."""
    with h5py.File(path, "w", **options) as file:
        for index in range(10):
            file[f"layer_{index}"] = np.float32(index)
            file.attrs[f"attribute_{index}"] = index


def plain_hdf5(path, **options):
    with h5py.File(path, "w", **options) as file:
        file["w"] = WEIGHTS
        file["w"].attrs["unit"] = np.bytes_("m")


def refused_hdf5():
    with h5py.File(OUT / "references.h5", "w") as file:
        file["w"] = WEIGHTS
        file["to"] = np.array([file["w"].ref], h5py.ref_dtype)
    with h5py.File(OUT / "outside.h5", "w") as file:
        file["to"] = h5py.ExternalLink("other.h5", "/w")
    with h5py.File(OUT / "twice.h5", "w") as file:
        file["w"] = WEIGHTS
        file["v"] = file["w"]
    with h5py.File(OUT / "loop.h5", "w") as file:
        file["a/b"] = file["/"]
    with h5py.File(OUT / "named_type.h5", "w") as file:
        file["type"] = np.dtype("f4")
    with h5py.File(OUT / "sequences.h5", "w") as file:
        rows = file.create_dataset("rows", (2,), h5py.vlen_dtype(np.int32))
        rows[0] = [1, 2, 3]
    with h5py.File(OUT / "lzf.h5", "w") as file:
        file.create_dataset("w", data=WEIGHTS, compression="lzf")
    with h5py.File(OUT / "terabytes.h5", "w") as file:
        file.create_dataset("w", (1 << 42,), np.float32, chunks=(1024,))
    with h5py.File(OUT / "bfloat16.h5", "w") as file:
        kind = h5py.h5t.IEEE_F16LE.copy()
        kind.set_fields(15, 7, 8, 0, 7)
        kind.set_ebias(127)
        space = h5py.h5s.create_simple((3,))
        h5py.h5d.create(file.id, b"w", kind, space).write(
            h5py.h5s.ALL, h5py.h5s.ALL, np.array([1, 2, 3], np.uint16), kind
        )


def keras(path, weights, again=False):
    held = io.BytesIO()
    with h5py.File(held, "w", **({"libver": "latest"} if again else {})) as file:
        file["layers/dense/vars/0"] = weights
        file["layers/dense/vars/1"] = np.zeros(4, np.float32)
        file.create_group("vars")
    date = "2026-02-02@02:02:02" if again else "2026-01-01@01:01:01"
    metadata = {"keras_version": "3.5.0", "date_saved": date}
    config = {"class_name": "Sequential", "config": {"name": "model"}}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in [
            ("metadata.json", json.dumps(metadata)),
            ("config.json", json.dumps(config)),
            ("model.weights.h5", held.getvalue()),
        ]:
            time = (2026, 2 if again else 1, 1, 1, 1, 2)
            archive.writestr(zipfile.ZipInfo(name, time), content)


def table(losses):
    frame = pd.DataFrame(
        {
            "step": np.arange(6, dtype=np.int64),
            "loss": losses,
            "name": ["a", "b", None, "hárvest", "", "f"],
            "good": [True, False, True, True, False, True],
            "day": pd.to_datetime(["2026-01-01"] * 6),
            "kind": pd.Categorical(["x", "y", "x", "x", "y", "y"]),
        }
    )
    made = pa.Table.from_pandas(frame)
    lists = pa.array([[1, 2], [], None, [3, None], [4], [5]], pa.list_(pa.int32()))
    made = made.append_column("lists", lists)
    made = made.append_column("half", pa.array([1, 2, 3, 4, 5, 6], pa.uint8()))
    nested = [{"a": 1, "b": "x"}, None, {"a": None, "b": "y"}] * 2
    return made.append_column("nested", pa.array(nested))


def parquet():
    losses = np.array([0.5, 0.25, np.nan, -0.0, 0.125, 3], np.float32)
    pq.write_table(table(losses), OUT / "first.parquet", compression="snappy")
    pq.write_table(
        table(losses),
        OUT / "again.parquet",
        compression="zstd",
        row_group_size=4,
        use_dictionary=False,
        data_page_version="2.0",
        write_statistics=False,
        write_page_checksum=True,
    )
    pq.write_table(table(flipped(losses, 1)), OUT / "changed.parquet")
    plain = pa.table({"x": pa.array([1.5, None, 2.5], pa.float32()), "s": ["a", "b", "c"]})
    for codec in ["snappy", "gzip", "lz4", "none", "zstd", "brotli"]:
        path = OUT / f"plain_{codec}.parquet"
        pq.write_table(plain, path, compression=codec, store_schema=False)
    required = pa.schema([pa.field("x", pa.float32(), nullable=False)])
    for name, schema in [("required", required), ("optional", pa.schema([("x", pa.float32())]))]:
        made = pa.table({"x": pa.array([1.5, 2.5], pa.float32())}, schema)
        pq.write_table(made, OUT / f"{name}.parquet", store_schema=False)


hdf5(OUT / "first.h5", WEIGHTS)
hdf5(OUT / "again.h5", WEIGHTS, again=True)
hdf5(OUT / "changed.h5", flipped(WEIGHTS, (1, 2)))
many(OUT / "many.h5")
many(OUT / "many_latest.h5", libver="latest")
plain_hdf5(OUT / "plain.h5")
# Without room for what may come, so that each byte means something.
plain_hdf5(OUT / "plain_latest.h5", libver="latest", meta_block_size=0)
refused_hdf5()
keras(OUT / "first.keras", WEIGHTS)
keras(OUT / "again.keras", WEIGHTS, again=True)
keras(OUT / "changed.keras", flipped(WEIGHTS, (1, 2)))
parquet()
