from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.errors import DataError  # noqa: E402
from dlkit.model.words import embedding_length  # noqa: E402

Encode = Callable[..., Any]

TEXTS = ["So it goes.", "so, it WENT", "", "it it"]


def test_names_are_one_hot_with_a_bucket_for_unseen_ones(encoded: Encode) -> None:
    table = encoded({"c": ("categorical", {}, ["Bern", "Genf", "Bern"])})
    assert table.encoding.names == ("c = (unseen)", "c = Bern", "c = Genf")
    assert table(c=["Genf", "Bern", "Chur", ""]).tolist() == [
        [0, 0, 1],
        [0, 1, 0],
        [1, 0, 0],
        [1, 0, 0],
    ]


def test_missing_name_is_a_name_where_training_rows_miss_it_too(encoded: Encode) -> None:
    table = encoded({"c": ("categorical", {}, ["a", "", ""])})
    assert table.encoding.names == ("c = (unseen)", "c = (missing)", "c = a")
    assert table(c=["", "b"]).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_names_beyond_the_most_frequent_ones_share_the_bucket(encoded: Encode) -> None:
    table = encoded({"c": ("categorical", {"max_tokens": 1}, ["a", "b", "b"])})
    assert table(c=["a", "b", "c"]).tolist() == [[1, 0], [0, 1], [1, 0]]


@pytest.mark.parametrize("encoding", ["one_hot", "embedding"])
def test_name_that_keras_has_for_its_bucket_is_a_name(encoded: Encode, encoding: str) -> None:
    names = ["[UNK]", "[UNK]", "[UNK]", "[UNK]?", "[UNK]?", "a"]
    table = encoded({"c": ("categorical", {"encoding": encoding}, names)})
    out = table.on({"c": ["[UNK]", "[UNK]?", "a", "b"]}, table.encoding.boundary)
    index = out["c"][:, 0] if encoding == "embedding" else out["input"].argmax(axis=1)
    assert index.tolist() == [1, 2, 3, 0]


def test_hashed_names_fall_into_the_bins_of_keras(encoded: Encode) -> None:
    table = encoded({"c": ("categorical", {"encoding": "hashing", "num_bins": 5}, ["a", "b"])})
    names = [f"name {number}" for number in range(50)]
    vector = table(c=names)
    bins = keras.layers.Hashing(5)(keras.ops.convert_to_tensor(names)).numpy()
    np.testing.assert_array_equal(vector, np.eye(5)[bins])
    assert table.encoding.names == tuple(f"c: bin {number}" for number in range(5))


def test_embedded_names_are_numbers_first_and_vectors_of_the_model_then(
    encoded: Encode,
) -> None:
    told = {"encoding": "embedding", "output_dim": 2}
    table = encoded({"x": ("numeric", {}, [1.0, 3]), "a b": ("categorical", told, ["u", "v"])})
    rows = {"x": [1, 3, 3], "a b": ["v", "u", "w"]}
    boundary = table.on(rows, table.encoding.boundary)
    assert boundary["a_b"].dtype == np.int32
    assert boundary["a_b"].tolist() == [[2], [1], [0]]
    model = keras.Model(table.encoding.inputs, table.encoding.features["input"])
    weights = model.get_layer("a_b_embedding").get_weights()[0]
    assert weights.shape == (3, 2)
    assert len(model.trainable_weights) == 1
    np.testing.assert_array_equal(table.on(rows)[:, 1:], weights[[2, 1, 0]])
    assert table.encoding.names == ("x", "a b: embedding 0", "a b: embedding 1")


def test_embedding_is_as_long_as_its_names_need() -> None:
    # 1.6 * 2 ** 0.56 = 2.36, 1.6 * 100 ** 0.56 = 21.09, and never more than 50
    assert [embedding_length(names) for names in (2, 100, 10_000)] == [2, 21, 50]


@pytest.mark.parametrize(
    ("mode", "rows"),
    [("multi_hot", [[1, 1, 1, 1], [1, 1, 0, 0]]), ("count", [[1, 1, 2, 1], [1, 2, 0, 0]])],
)
def test_texts_become_marks_of_their_most_frequent_words(
    encoded: Encode, mode: str, rows: Any
) -> None:
    table = encoded({"t": ("text", {"output_mode": mode, "max_tokens": 4}, TEXTS)})
    assert table.encoding.names == ("t: (unseen)", "t: it", "t: so", "t: went")
    assert table(t=["So it went, new so", "it, it? goes!"]).tolist() == rows


@pytest.mark.parametrize("ngrams", [None, 2])
def test_weighted_words_are_those_of_keras(encoded: Encode, ngrams: int | None) -> None:
    told = {"output_mode": "tf_idf", "ngrams": ngrams}
    table = encoded({"t": ("text", told, TEXTS)})
    layer = keras.layers.TextVectorization(output_mode="tf_idf", ngrams=ngrams)
    layer.adapt(np.array(TEXTS, object))
    rows = ["it goes", "unknown it it", ""]
    names = tuple(f"t: {token}" for token in layer.get_vocabulary())
    assert table.encoding.names == ("t: (unseen)", *names[1:])
    np.testing.assert_allclose(
        table(t=rows), layer(keras.ops.convert_to_tensor(rows)), rtol=1e-6
    )


def test_tokens_are_those_of_keras(encoded: Encode) -> None:
    table = encoded({"t": ("text", {"output_mode": "int"}, TEXTS)})
    layer = keras.layers.TextVectorization(output_sequence_length=3)
    layer.adapt(np.array(TEXTS, object))
    rows = ["it went", "so it goes on and on", ""]
    tokens = table(t=rows)
    assert tokens.dtype == np.int32
    np.testing.assert_array_equal(tokens, layer(keras.ops.convert_to_tensor(rows)))


def test_lone_raw_text_is_read_by_a_layer_that_takes_texts(encoded: Encode) -> None:
    table = encoded({"t": ("text", {"output_mode": "raw"}, TEXTS)})
    layer = keras.layers.TextVectorization(output_mode="count", vocabulary=["it", "so"])
    counts = layer(table.encoding.features["input"])
    assert counts.shape == (None, 3)
    assert table(counts, t=["so it is", "it it"]).tolist() == [[1, 1, 1], [0, 2, 0]]


def test_words_with_line_ends_that_only_python_knows_survive_saving(
    encoded: Encode, tmp_path: Path
) -> None:
    texts = ["a\u2028b c\x85d", "e\x1cf a\u2028b"]
    table = encoded({"t": ("text", {"output_mode": "count"}, texts)})
    model = keras.Model(table.encoding.inputs, table.encoding.features)
    model.save(tmp_path / "m.keras")
    rows = {"t": keras.ops.convert_to_tensor([[text] for text in texts])}
    again = keras.models.load_model(tmp_path / "m.keras")(rows)["input"]
    np.testing.assert_array_equal(again, model(rows)["input"])
    np.testing.assert_array_equal(np.sum(again, axis=1), [2, 2])


@pytest.mark.parametrize("mode", ["int", "multi_hot", "tf_idf"])
def test_texts_without_words_are_refused(encoded: Encode, mode: str) -> None:
    with pytest.raises(DataError) as caught:
        encoded({"t": ("text", {"output_mode": mode}, ["?!", "..."])})
    assert str(caught.value) == "column 't': no training text has a word. Write `drop` for it."
