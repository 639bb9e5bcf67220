import pytest

from dlkit.model.remedies import Shape, layer_remedy, output_remedy


@pytest.mark.parametrize(
    ("layer", "reason", "shapes", "remedy"),
    [
        pytest.param(
            "Conv2D",
            "expected min_ndim=4, found ndim=3",
            [(None, 28, 28)],
            "Give it a channel axis: put `Reshape: [28, 28, 1]` before it.",
            id="no-channel-axis",
        ),
        pytest.param(
            "LSTM",
            "expected ndim=3, found ndim=2",
            [(None, 64)],
            "It needs more axes than a flat vector has: put it before `Flatten`.",
            id="flat",
        ),
        pytest.param(
            "Conv2D",
            "Computed output size would be zero or negative.",
            [(None, 4, 4, 1)],
            "The input is too small by now. Use `padding: same`, or a smaller size.",
            id="too-small",
        ),
        pytest.param(
            "LSTM",
            "expected ndim=3, found ndim=4",
            [(None, 10, 1, 4)],
            "An axis of 1 is too many: put `Reshape: [10, 4]` before it.",
            id="axis-of-one",
        ),
        pytest.param(
            "Add",
            "shapes differ",
            [(None, 3), (None, 4)],
            "Bring them to one shape first, with `Dense` or `Conv2D` of the same width.",
            id="join",
        ),
        pytest.param("Dense", "anything else", [(None, 3)], "", id="unknown"),
    ],
)
def test_layer_remedy(layer: str, reason: str, shapes: list[Shape], remedy: str) -> None:
    assert layer_remedy(layer, reason, shapes) == remedy


@pytest.mark.parametrize(
    ("outputs", "labels", "remedy"),
    [
        (
            (None, 8, 8, 10),
            (None,),
            "Put `Flatten` or `GlobalAveragePooling2D` before the last `Dense`.",
        ),
        (
            (None, 8, 10),
            (None,),
            "Put `Flatten` or `GlobalAveragePooling1D` before the last `Dense`.",
        ),
        ((None, 10), (None,), ""),
        (None, (None,), ""),
    ],
    ids=["pictures", "sequences", "fits", "several-outputs"],
)
def test_output_remedy(outputs: Shape | None, labels: Shape, remedy: str) -> None:
    assert output_remedy(outputs, labels) == remedy


def test_layer_that_reads_one_tensor_is_not_told_to_bring_two_to_one_shape() -> None:
    reason = 'Layer "d" expects 1 input(s), but it received 2 input tensors.'
    hint = layer_remedy("Dense", reason, [(None, 16), (None, 16)])
    assert hint == "It reads one: join them before, by `Concatenate` or `Add`."
