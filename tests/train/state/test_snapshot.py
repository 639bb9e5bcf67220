"""Snapshots and their bytes: every number comes back, and nothing else gets in."""

from __future__ import annotations

import io
import json
import math
import time
import zipfile
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from dlkit.train.state.snapshot import Snapshot, decode, encode, read_facts

ODD_NAMES = [
    "", "a/b", "../up", "C:\\x", "a\x00b", "größe 🙂", "\udc80", "x" * 5000, "facts", "0",
]  # fmt: skip


def arrays_of(*dtypes: Any) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(1)
    return {str(d): (100 * generator.normal(size=(3, 2))).astype(d) for d in dtypes}


@pytest.mark.parametrize(
    "dtype",
    ["float16", "float32", "float64", "int8", "int64", "uint32", "bool", "complex64", "<U3"],
)
def test_arrays_come_back_to_the_last_bit(dtype: str) -> None:
    (before,) = arrays_of(dtype).values()
    after = decode(encode(Snapshot({}, {"x": before}))).arrays["x"]
    assert (after.dtype, after.tobytes()) == (before.dtype, before.tobytes())


@pytest.mark.parametrize("name", ["bfloat16", "float8_e4m3fn", "float8_e5m2", "int4", "uint4"])
def test_dtypes_that_numpy_does_not_know_come_back(name: str) -> None:
    before = np.array([[1, 2, 3]]).astype(getattr(ml_dtypes, name))
    after = decode(encode(Snapshot({}, {"x": before, "none": before[:0]}))).arrays
    assert after["x"].dtype == before.dtype == after["none"].dtype
    assert after["x"].tolist() == [[1, 2, 3]]


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (1,), (2, 3, 4)], ids=str)
def test_shapes_come_back(shape: tuple[int, ...]) -> None:
    before = np.arange(math.prod(shape), dtype="float32").reshape(shape)
    after = decode(encode(Snapshot({}, {"x": before}))).arrays["x"]
    np.testing.assert_array_equal(after, before, strict=True)
    assert after.flags.writeable


def test_facts_come_back_to_the_last_bit_and_in_their_order() -> None:
    row = {"val_loss": 0.1 + 0.2, "loss": math.nan, "epoch": 2**60, "rate": -math.inf}
    facts = {"rows": [row, {}], "text": "größe 🙂\udc80", "none": None, "yes": True}
    after = decode(encode(Snapshot(facts))).facts
    assert [*after["rows"][0]] == [*row]
    assert math.isnan(after["rows"][0].pop("loss"))
    del row["loss"]
    assert after == facts


def test_names_with_odd_characters_come_back() -> None:
    before = {name: np.full(2, number) for number, name in enumerate(ODD_NAMES)}
    after = decode(encode(Snapshot({}, before))).arrays
    assert [*after] == ODD_NAMES
    assert all(np.array_equal(after[name], before[name]) for name in ODD_NAMES)


def test_more_variables_than_a_plain_zip_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1000)  # it is 65535, which takes long
    before = {f"v{number}": np.float32(number) for number in range(3000)}
    data = encode(Snapshot({}, before))
    assert b"PK\x06\x06" in data, "this is the end of a large archive"
    after = decode(data).arrays
    assert len(after) == 3000
    assert after["v2999"] == 2999


def test_same_numbers_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.arange(6.0).reshape(2, 3)
    first = encode(Snapshot({"a": 1}, {"x": x}))
    later = time.time() + 1e6
    monkeypatch.setattr(time, "time", lambda: later)
    monkeypatch.setattr(time, "localtime", lambda *_: time.gmtime(later))
    monkeypatch.setattr("sys.platform", "win32")
    assert encode(Snapshot({"a": 1}, {"x": np.asfortranarray(x)})) == first
    assert encode(Snapshot({"a": 1}, {"x": x + 1})) != first


def test_numpy_opens_the_file_without_pickle() -> None:
    data = encode(Snapshot({"a": 1}, {"x": np.arange(3)}))
    with np.load(io.BytesIO(data), allow_pickle=False) as found:
        assert json.loads(found["facts"].tobytes())["names"] == ["x"]
        assert found["0"].tolist() == [0, 1, 2]


def test_facts_are_read_without_the_arrays() -> None:
    data = encode(Snapshot({"a": [1]}, {"x": np.zeros(1000)}))
    assert read_facts(io.BytesIO(data)) == {"a": [1]}
    with pytest.raises(ValueError, match="no snapshot"):
        read_facts(io.BytesIO(data[:100]))


def test_objects_are_refused() -> None:
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        encode(Snapshot({}, {"x": np.array([{}])}))
    with pytest.raises(ValueError, match=r"arrays of void\d+ cannot be kept"):
        encode(Snapshot({}, {"x": np.zeros(2, "f4,i4")}))


def npy(descr: str, shape: str, body: bytes = b"") -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}".encode()
    header += b" " * (63 - (len(header) + 10) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + body


def archive(how: int = zipfile.ZIP_STORED, **entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as made:
        for name, data in entries.items():
            made.writestr(f"{name.removeprefix('n')}.npy", data)
    return buffer.getvalue()


def told(text: str) -> bytes:
    return npy("'|u1'", f"({len(text)},)", text.encode())


ONE = told('{"facts": {}, "names": ["x"], "dtypes": ["float32"]}')


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not a zip file"),
        (b"PK\x05\x06" + bytes(18), "facts.npy"),
        (archive(facts=ONE), "0.npy"),
        (archive(facts=ONE, n0=npy("'<f4'", "(1000000, 1000000)")), "has 0 bytes of 4000000"),
        (archive(facts=ONE, n0=npy("'<f4'", "(-1, 4)", b"0000")), "bytes"),
        (archive(facts=ONE, n0=npy("'<U0'", "(1000000000000,)")), "holds <U0"),
        (archive(facts=ONE, n0=npy("'|O'", "(1,)", b"cos\nsystem\n(S''tR.")), "holds object"),
        (archive(facts=ONE, n0=npy("__import__('os')", "(1,)")), "malformed"),
        (archive(facts=ONE, n0=npy("'<f4'", "(1,)", b"123")), "has 3 bytes of 4"),
        (archive(facts=ONE, n0=b"\x93NUMPY\x09\x00"), "has the version"),
        (archive(zipfile.ZIP_DEFLATED, facts=ONE, n0=bytes(10**8)), "larger than its file"),
        (archive(zipfile.ZIP_DEFLATED, facts=ONE + bytes(9)), "facts.npy is compressed"),
        (archive(facts=told("[]")), "list indices"),
        (archive(facts=told("{")), "Expecting property name"),
        (archive(facts=told("[" * 100_000)), "recursion"),
        (archive(facts=told('{"facts": 1, "names": [[]], "dtypes": [""]}')), "0.npy|hash"),
        (archive(facts=told('{"facts": {}, "names": ["x"], "dtypes": []}')), "shorter"),
    ],
)  # fmt: skip
def test_what_is_no_snapshot_is_refused_before_it_takes_memory(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        decode(data)


def test_whatever_byte_is_wrong_nothing_but_a_fault_comes_of_it() -> None:
    whole = bytearray(encode(Snapshot({"a": 1}, {"x": np.arange(3.0)})))
    generator = np.random.default_rng(2)
    for place in range(len(whole)):
        damaged = whole.copy()
        damaged[place] ^= 1 << int(generator.integers(8))
        try:
            decode(bytes(damaged))
        except ValueError:
            continue
    for length in range(len(whole)):
        with pytest.raises(ValueError, match="no snapshot"):
            decode(bytes(whole[:length]))
