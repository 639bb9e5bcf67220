"""What is computed once ahead of training, and that it changes no prediction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.catalogue import load_catalogue  # noqa: E402
from dlkit.config.choices import Choice  # noqa: E402
from dlkit.config.data_sources import Whole  # noqa: E402
from dlkit.config.schema import DatasetConfig  # noqa: E402
from dlkit.config.sections import read_sections  # noqa: E402
from dlkit.data.dataset import Dataset, Examples, Split, Stream, Value, join  # noqa: E402
from dlkit.errors import DataError, ModelError  # noqa: E402
from dlkit.model.encoding import encode  # noqa: E402
from dlkit.model.graph import Built, build_model  # noqa: E402
from dlkit.model.inputs import Runner, model_input, open_entrance  # noqa: E402

GENERATOR = np.random.default_rng(0)
NUMBERS = GENERATOR.normal(50, 9, (40, 3)).astype("float32")
WORDS = np.array(
    [" ".join(np.array(["a", "b", "c", "d", "é"])[row]) for row in NUMBERS.astype(int) % 5]
)
TEXTS = WORDS.astype(object)
PICTURES = GENERATOR.integers(0, 256, (40, 4, 4, 1), dtype=np.uint8)
OUT = {"Dense": {"units": 2, "activation": "softmax"}}
EMBEDDED = [{"Embedding": [9, 3]}, {"GlobalAveragePooling1D": {"name": "mean"}}]


def dataset(x: Value, *, streamed: bool = False) -> Dataset:
    part: Examples = Split(x, (np.arange(40) % 2).astype(np.int32))
    if streamed:
        whole = part

        def blocks() -> Iterator[Split]:
            for start in range(0, 40, 16):
                yield whole.take(slice(start, start + 16))

        part = Stream(40, blocks)
    source = DatasetConfig(source=Choice("iris", Whole()))
    names = ("no", "yes")
    return Dataset("made", None, "here", "classification", names, (), part, None, part, source)


def build(data: Dataset, *notations: Any) -> Built:
    config = {"architecture": {"layers": list(notations)}}
    sections, problems = read_sections(config, load_catalogue())
    assert problems == []
    entries = sections["architecture"]["layers"]
    return build_model(entries, data, open_entrance(data, ()), "made")


def held(examples: Examples) -> Split:
    return join([*examples.blocks()])


CASES = [
    pytest.param(NUMBERS, ["Normalization", {"Dense": 4}, OUT], id="normalization"),
    pytest.param(
        NUMBERS,
        ["Normalization", {"Discretization": {"num_bins": 4, "output_mode": "multi_hot"}}, OUT],
        id="chain",
    ),
    pytest.param(TEXTS, [{"TextVectorization": {"output_mode": "multi_hot"}}, OUT], id="bag"),
    pytest.param(
        TEXTS,
        [{"TextVectorization": {"output_sequence_length": 4}}, *EMBEDDED, OUT],
        id="sequences",
    ),
    pytest.param(
        {"words": TEXTS, "numbers": NUMBERS},
        [
            {"TextVectorization": {"from": "words", "output_sequence_length": 4}},
            *EMBEDDED,
            {"Normalization": {"from": "numbers", "name": "scaled"}},
            {"Concatenate": {"from": ["mean", "scaled"]}},
            OUT,
        ],
        id="two-inputs",
    ),
]


@pytest.mark.parametrize("streamed", [False, True], ids=["held", "streamed"])
@pytest.mark.parametrize(("x", "layers"), CASES)
def test_trained_model_on_what_is_computed_once_is_the_exported_one(
    tmp_path: Path, x: Value, layers: list[Any], streamed: bool
) -> None:
    raw = dataset(x, streamed=streamed)
    built = build(raw, *layers)
    assert built.once is not None
    ready = encode(raw, built.once, tmp_path / "cache")
    encoded = held(ready.train)
    inputs = encoded.x if isinstance(encoded.x, dict) else {"": encoded.x}
    assert all(array.dtype.kind in "fi" for array in inputs.values())
    ours = built.core.predict(encoded.x, verbose=0)
    exported = built.model(model_input(x, ()), training=False)
    np.testing.assert_allclose(ours, exported, atol=1e-6)
    np.testing.assert_array_equal(encoded.y, held(raw.train).y)


@pytest.mark.parametrize(("x", "layers"), CASES)
def test_forms_share_their_weights(x: Value, layers: list[Any]) -> None:
    built = build(dataset(x), *layers)
    built.core.trainable_variables[0].assign(
        built.core.trainable_variables[0].numpy() * 0 + 0.5
    )
    names = [variable.path for variable in built.model.trainable_variables]
    assert names == [variable.path for variable in built.core.trainable_variables]
    assert (built.model.trainable_variables[0].numpy() == 0.5).all()


@pytest.mark.parametrize(("x", "layers"), CASES)
def test_saved_model_holds_everything(tmp_path: Path, x: Value, layers: list[Any]) -> None:
    built = build(dataset(x), *layers)
    built.model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    inputs = model_input(x, ())
    np.testing.assert_allclose(loaded(inputs), built.model(inputs), atol=1e-6)


@pytest.mark.parametrize(
    ("x", "layers"),
    [
        pytest.param(NUMBERS, [{"Dense": 4}, OUT], id="nothing-to-compute"),
        pytest.param(NUMBERS, [{"Dense": 3}, "Normalization", OUT], id="behind-weights"),
        pytest.param(
            PICTURES, ["Normalization", "Flatten", OUT], id="bytes-are-cheaper-than-floats"
        ),
        pytest.param(NUMBERS, [{"Dropout": 0.5}, "Normalization", OUT], id="behind-chance"),
        pytest.param(
            NUMBERS,
            [
                {"Normalization": {"name": "scaled"}},
                {"Concatenate": {"from": ["scaled", "input"]}},
                OUT,
            ],
            id="raw-numbers-are-read-too",
        ),
        pytest.param(
            TEXTS,
            [
                {"TextVectorization": {"output_mode": "multi_hot", "name": "some"}},
                {"TextVectorization": {"from": "input", "ngrams": 2, "name": "pairs",
                                       "output_mode": "count"}},
                {"Concatenate": {"from": ["some", "pairs"]}},
                OUT,
            ],
            id="text-is-read-twice",
        ),
        pytest.param(TEXTS, ["TextVectorization", *EMBEDDED, OUT], id="length-is-unknown"),
        pytest.param(
            {"numbers": NUMBERS, "others": NUMBERS},
            [
                {"Normalization": {"from": "numbers", "name": "scaled"}},
                {"Concatenate": {"from": ["scaled", "others"]}},
                OUT,
            ],
            id="other-inputs-are-raw",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_once_stays_in_the_model(
    tmp_path: Path, x: Value, layers: list[Any]
) -> None:
    built = build(dataset(x), *layers)
    assert built.core is built.model
    assert built.once is None
    outputs = Runner(built.model, ())(x)
    assert np.shape(outputs) == (40, 2)
    assert np.isfinite(outputs).all()
    built.model.save(tmp_path / "model.keras")
    saved = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_allclose(saved(model_input(x, ())), outputs, atol=1e-6)


def test_result_that_takes_too_much_memory_is_computed_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # training and test of 40 rows each, 3 columns of 4 bytes
    for limit, moved in ((2 * 40 * 3 * 4, True), (2 * 40 * 3 * 4 - 1, False)):
        monkeypatch.setattr("dlkit.model.graph.ONCE_BYTES", limit)
        assert (build(dataset(NUMBERS), "Normalization", OUT).once is not None) == moved


def test_streamed_texts_that_stay_texts_are_refused(tmp_path: Path) -> None:
    raw = dataset(TEXTS, streamed=True)
    built = build(raw, "TextVectorization", *EMBEDDED, OUT)
    expected = (
        r"^streamed texts must become numbers ahead of training, and here a trained layer reads"
        r" them\. Give TextVectorization an `output_sequence_length`, read each text once, or"
        r" set `stream: false`\.$"
    )
    for folder in (tmp_path / "cache", None):
        with pytest.raises(DataError, match=expected):
            encode(raw, built.once, folder)


@pytest.mark.parametrize("streamed", [False, True], ids=["held", "streamed"])
def test_normalization_learns_of_all_training_examples(streamed: bool) -> None:
    layer = build(dataset(NUMBERS, streamed=streamed), "Normalization", OUT).model.layers[0]
    numbers = NUMBERS.astype(np.float64)
    np.testing.assert_allclose(np.ravel(layer.mean), numbers.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(np.ravel(layer.variance), numbers.var(axis=0), rtol=1e-5)


@pytest.mark.parametrize("streamed", [False, True], ids=["held", "streamed"])
def test_vocabulary_is_that_of_plain_keras(streamed: bool) -> None:
    data = dataset(TEXTS, streamed=streamed)
    layer = build(data, {"TextVectorization": {"output_mode": "tf_idf"}}, OUT).model.layers[0]
    plain = keras.layers.TextVectorization(output_mode="tf_idf")
    plain.adapt(TEXTS.tolist())
    assert layer.get_vocabulary() == plain.get_vocabulary()
    words = [*TEXTS[:5]]
    np.testing.assert_allclose(layer(words), plain(words), rtol=1e-6)


def test_input_that_no_layer_names_is_refused() -> None:
    expected = (
        r"^architecture\.layers\[0\]\.Dense: the data has several inputs, and the first layer"
        r" does not say which\. Give it `from:` one of: numbers, words\.$"
    )
    with pytest.raises(ModelError, match=expected):
        build(dataset({"words": TEXTS, "numbers": NUMBERS}), OUT)


def test_runner_gives_the_same_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    model = build(dataset(NUMBERS), "Normalization", {"Dense": 4}, OUT).model
    whole = Runner(model, ())(NUMBERS)
    monkeypatch.setattr("dlkit.model.inputs.SLICE_BYTES", 7 * 12)  # seven rows
    np.testing.assert_allclose(Runner(model, ())(NUMBERS), whole, atol=1e-6)
