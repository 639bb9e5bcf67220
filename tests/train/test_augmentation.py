"""What augmentation does to batches: never the shape, never the same twice, always again."""

import inspect
from typing import Any

import numpy as np
import pytest

from dlkit.config.augmentation_rules import ALWAYS_THE_SAME, AUGMENTATIONS
from dlkit.config.catalogue import load_catalogue
from dlkit.config.objects import ObjectReader
from dlkit.errors import ModelError

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

import tensorflow as tf  # noqa: E402

from dlkit.train.augmentation import AUGMIX, Augmentation  # noqa: E402

ARGUMENTS: dict[str, Any] = {
    **dict.fromkeys(("GaussianDropout", "RandomBrightness", "RandomZoom", "Solarization"), 0.3),
    **dict.fromkeys(("GaussianNoise", "RandomContrast", "RandomHue"), 0.5),
    **dict.fromkeys(("RandomColorDegeneration", "RandomSaturation", "RandomSharpness"), 0.9),
    "Pipeline": ["RandomFlip", {"RandomContrast": 0.5}],
    "RandomColorJitter": {"brightness_factor": 0.3, "saturation_factor": 0.9},
    "RandomCrop": [9, 9],
    "RandomPosterization": 6,
    "RandomRotation": 0.1,
    "RandomShear": {"x_factor": 0.3, "y_factor": 0.3},
    "RandomTranslation": [0.2, 0.2],
}
"""Of the layers that need arguments, or do nothing without."""

NO_AUGMENTATION = {"CenterCrop", "MaxNumBoundingBoxes", "Resizing"}
"""Image layers of Keras's that are for every split alike."""

COLORFUL, GRAY = (9, 9, 3), (9, 9)


def augmentation(
    *layers: Any, shape: tuple[int, ...] = COLORFUL, seed: int = 0, **more: Any
) -> Augmentation:
    reader = ObjectReader(load_catalogue())
    place = ("regularization", "augmentation")
    notations = [reader.read(item, "layers", (*place, i)) for i, item in enumerate(layers)]
    assert not reader.problems, list(map(str, reader.problems))
    return Augmentation([item for item in notations if item], shape, seed, **more)


def named(name: str, **more: Any) -> Augmentation:
    return augmentation({name: ARGUMENTS[name]} if name in ARGUMENTS else name, **more)


def pictures(count: int, shape: tuple[int, ...] = COLORFUL) -> Any:
    return np.random.default_rng(1).integers(0, 256, (count, *shape)).astype("uint8")


def one_hot(count: int) -> Any:
    return tf.eye(count, max(count, 2))


def changed(augment: Augmentation, x: Any) -> Any:
    return augment(tf.constant(x), one_hot(len(x)))[0].numpy()


def test_table_knows_every_augmentation_layer_of_keras() -> None:
    base = keras.layers.RandomFlip.__mro__[1]
    prefixes = ("Aug", "Cut", "Mix", "Rand", "Solar")
    found = {
        name
        for name, layer in inspect.getmembers(keras.layers, inspect.isclass)
        if issubclass(layer, base) or name.startswith(prefixes)
    }
    noise = {name for name, kind in AUGMENTATIONS.items() if kind == "noise"}
    assert found - NO_AUGMENTATION == set(AUGMENTATIONS) - noise - {"Pipeline"}


def test_parts_of_augmix_are_all_that_keras_has() -> None:
    layer = keras.layers.AugMix()
    parts = {name for name, value in vars(layer).items() if isinstance(value, keras.Layer)}
    assert parts == set(AUGMIX)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_shape_and_type_stay_in_a_graph_as_without(name: str) -> None:
    x, augment = pictures(7), named(name)
    assert changed(augment, x[:1]).shape == (1, *COLORFUL)
    augment.start_epoch(0)

    @tf.function
    def in_graph(x: Any, y: Any) -> Any:
        found = tf.TensorArray(tf.float32, 2)
        for step in tf.range(2):
            found = found.write(step, augment(x, y)[0])
        return found.stack()

    eager = np.stack([changed(augment, x) for _ in range(2)])
    augment.start_epoch(0)
    graph = in_graph(tf.constant(x), one_hot(7)).numpy()
    assert graph.shape == (2, *x.shape)
    assert eager.dtype == graph.dtype == np.float32
    assert np.isfinite(graph).all()
    np.testing.assert_allclose(graph, eager, atol=2e-2)
    if AUGMENTATIONS[name] != "noise":
        assert graph.min() >= -1e-3
        assert graph.max() <= 255.001


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_bits_are_a_function_of_seed_and_epoch(name: str) -> None:
    x, augment = pictures(16), named(name)
    first, second = changed(augment, x), changed(augment, x)
    augment.start_epoch(3)
    third = changed(augment, x)
    augment.start_epoch(0)
    assert np.array_equal(changed(augment, x), first)
    again = named(name)
    again.start_epoch(3)
    assert np.array_equal(changed(again, x), third)
    random = name not in ALWAYS_THE_SAME | {"RandomCrop"}
    for other in (second, third, changed(named(name, seed=1), x)):
        assert np.array_equal(first, other) != random


@pytest.mark.parametrize(
    "name", sorted(AUGMENTATIONS.keys() - ALWAYS_THE_SAME - {"RandomCrop", "MixUp", "CutMix"})
)
def test_equal_pictures_of_a_batch_come_out_different(name: str) -> None:
    x = np.repeat(pictures(1), 32, axis=0)
    variants = {picture.tobytes() for picture in changed(named(name), x)}
    assert len(variants) > 1


@pytest.mark.parametrize("name", ["MixUp", "CutMix"])
@pytest.mark.parametrize("shape", [COLORFUL, GRAY])
def test_mixed_labels_are_the_shares_of_the_mixed_pictures(
    name: str, shape: tuple[int, ...]
) -> None:
    # Picture i is i everywhere: of 0 and 1 the mean is the share of the second.
    x = np.stack([np.full(shape, value, "float32") for value in (0, 1)])
    for epoch in range(5):
        augment = named(name, shape=shape)
        augment.start_epoch(epoch)
        mixed, labels = augment(tf.constant(x), tf.eye(2))
        shares = labels.numpy()
        assert shares.sum(axis=1) == pytest.approx([1, 1], abs=1e-6)
        assert shares.min() >= 0
        means = mixed.numpy().reshape(2, -1).mean(axis=1)
        coarse = 0.25 if name == "CutMix" else 1e-6  # it cuts at whole pixels
        assert shares[:, 1] == pytest.approx(means, abs=coarse)


def test_labels_stay_without_mixing_and_are_refused_when_not_one_hot() -> None:
    x, labels = tf.constant(pictures(2)), tf.constant([3, 1])
    assert augmentation("RandomFlip")(x, labels)[1] is labels
    with pytest.raises(ValueError, match=r"MixUp mixes one-hot labels, and these are of"):
        augmentation("MixUp")(x, labels)


def test_empty_list_is_identity() -> None:
    x, y = tf.constant(pictures(2)), tf.constant([3, 1])
    nothing = augmentation(shape=(4, 5, 6, 7))
    assert (*nothing(x, y), nothing.variables) == (x, y, [])


@pytest.mark.parametrize("shape", [COLORFUL, GRAY, (9, 9, 1)])
def test_flip_gives_the_picture_or_its_mirror(shape: tuple[int, ...]) -> None:
    x = pictures(40, shape)
    result = changed(augmentation({"RandomFlip": "horizontal"}, shape=shape), x)
    mirrored = [np.array_equal(new, old[:, ::-1]) for new, old in zip(result, x, strict=True)]
    kept = [np.array_equal(new, old) for new, old in zip(result, x, strict=True)]
    assert all(a != b for a, b in zip(mirrored, kept, strict=True))
    assert 8 < sum(mirrored) < 32  # of 40 with 1/2; outside with a chance of 1e-4


def test_erasing_blackens_one_rectangle() -> None:
    x = np.full((40, *GRAY), 200, "uint8")
    layer = {"RandomErasing": {"factor": 1.0, "scale": [0.1, 0.4], "fill_value": 7}}
    result = changed(augmentation(layer, shape=GRAY), x)
    erased = result == 7
    assert ((result == 200) | erased).all()
    assert 8 < erased.any(axis=(1, 2)).sum() < 32
    for picture in erased[erased.any(axis=(1, 2))]:
        rows, columns = picture.any(axis=1), picture.any(axis=0)
        assert np.array_equal(picture, rows[:, None] & columns)
        assert np.diff(np.flatnonzero(rows)).tolist() == [1] * (rows.sum() - 1)
        assert np.diff(np.flatnonzero(columns)).tolist() == [1] * (columns.sum() - 1)


@pytest.mark.parametrize(("top", "written"), [(255.0, None), (1.0, None), (255.0, [0, 16])])
def test_brightness_moves_by_its_share_of_the_range(top: float, written: Any) -> None:
    layer = {"factor": 0.2} | ({"value_range": written} if written else {})
    scale = written[1] if written else top
    x = np.full((200, *GRAY), scale / 2, "float32")
    augment = augmentation({"RandomBrightness": layer}, shape=GRAY, value_range=(0.0, top))
    moved = (changed(augment, x) - x)[:, 0, 0] / scale
    assert np.abs(moved).max() <= 0.2 + 1e-6
    assert moved.min() < -0.15
    assert moved.max() > 0.15


def test_saturation_keeps_brightness_and_hue_of_strong_colors() -> None:
    # max(r, g, b) is the V of HSV, which saturation leaves alone; Keras's default range
    # lets this red come out with green and blue far below zero.
    x = np.tile(np.array([200, 40, 40], "float32"), (50, 9, 9, 1))
    result = changed(augmentation({"RandomSaturation": 0.9}), x)[:, 0, 0]
    assert result[:, 0] == pytest.approx(200, abs=1e-3)
    assert result[:, 1] == pytest.approx(result[:, 2], abs=1e-3)
    assert result[:, 1].min() >= -1e-3
    assert np.ptp(result[:, 1]) > 20


def test_augmix_draws_its_operations_for_every_batch() -> None:
    # Of pictures without edges only the operations on colors change anything; were they
    # drawn once, at tracing, all batches would share them.
    augment = augmentation({"AugMix": {"num_chains": 1, "chain_depth": 1}})
    compiled = tf.function(lambda x: augment(x, one_hot(1))[0])
    flat_picture = tf.fill((1, *COLORFUL), 100.0)
    results = [compiled(flat_picture).numpy() for _ in range(40)]
    moved = [not np.allclose(result, 100, atol=1e-2) for result in results]
    assert 4 < sum(moved) < 36


def test_chains_of_augmix_start_from_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    # With operations that add 1, a chain of 2 adds 2 at most, whichever chains are mixed.
    base = keras.layers.RandomFlip.__mro__[1]
    monkeypatch.setattr(base, "call", lambda self, data, training=True: data + 1.0)
    augment = augmentation({"AugMix": {"num_chains": 6, "chain_depth": 2}})
    added = [changed(augment, np.full((1, *COLORFUL), 9.0)).max() - 9 for _ in range(30)]
    assert 1 < max(added) <= 2 + 1e-5


@pytest.mark.parametrize("name", ["RandomElasticTransform", "MixUp", "RandAugment"])
def test_pipeline_of_unknown_batch_size_works_and_bends_each_picture(name: str) -> None:
    x = np.repeat(pictures(1), 24, axis=0)
    batches = tf.data.Dataset.from_tensor_slices((x, np.eye(24, dtype="float32"))).batch(16)
    found = [new.numpy() for new, _ in batches.map(named(name))]
    assert [batch.shape for batch in found] == [(16, *COLORFUL), (8, *COLORFUL)]
    if name != "MixUp":  # which finds the same picture everywhere
        assert len({picture.tobytes() for picture in found[0]}) > 3


def test_states_taken_up_in_mid_epoch_go_on_alike() -> None:
    x, first = pictures(8), named("RandAugment")
    changed(first, x)
    states = [state.numpy() for state in first.variables]
    second = named("RandAugment", seed=9)
    for state, value in zip(second.variables, states, strict=True):
        state.assign(value)
    assert np.array_equal(changed(first, x), changed(second, x))


def test_own_seed_of_a_layer_wins() -> None:
    x = pictures(16)
    own = [augmentation({"RandomFlip": {"seed": 5}}, seed=seed) for seed in (0, 1)]
    assert np.array_equal(changed(own[0], x), changed(own[1], x))


def test_preview_shows_variants_and_leaves_the_training_alone() -> None:
    x, augment = pictures(3, GRAY), augmentation({"RandomRotation": 0.2}, "MixUp", shape=GRAY)
    shown = augment.preview(x, 4)
    assert shown.shape == (3, 4, *GRAY)
    assert shown.dtype == np.float32
    assert not np.array_equal(shown[:, 0], shown[:, 1])
    fresh = augmentation({"RandomRotation": 0.2}, "MixUp", shape=GRAY)
    assert np.array_equal(changed(augment, x), changed(fresh, x))


def test_noise_fits_a_row_of_a_table() -> None:
    x = np.zeros((500, 4), "float32")
    result = changed(augmentation({"GaussianNoise": 0.5}, shape=(4,)), x)
    assert result.std() == pytest.approx(0.5, rel=0.1)  # of 2000 draws: 6 standard errors


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        ("RandomFlip", (4,), "RandomFlip changes pictures, and examples here are (4,). Remove"),
        ({"RandomHue": 0.1}, GRAY, "RandomHue needs red, green and blue, and examples here"),
        ("AugMix", (9, 9, 4), "AugMix needs 1 or 3 channels, and examples here are (9, 9, 4)."),
        (
            {"RandomCrop": [5, 6]},
            GRAY,
            "RandomCrop makes (5, 6) of (9, 9), and the model reads (9, 9) after training too.",
        ),
        ({"RandomContrast": 3.0}, GRAY, "Keras refuses RandomContrast: The `factor` argument"),
    ],
    ids=["no picture", "gray", "four channels", "crop", "argument"],
)
def test_layer_is_refused_at_its_place_when_it_cannot_work(
    layer: Any, shape: tuple[int, ...], message: str
) -> None:
    name = next(iter(layer)) if isinstance(layer, dict) else ""
    with pytest.raises(ModelError) as caught:
        augmentation(layer, shape=shape)
    place = "regularization.augmentation[0]" + (f".{name}" if name else "")
    assert str(caught.value).startswith(f"{place}: {message}")
