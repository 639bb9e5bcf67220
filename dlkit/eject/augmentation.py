"""Augmentation as code: Keras's layers beside the model, drawing as dlkit lets them draw."""

from __future__ import annotations

from dlkit.config.augmentation_rules import AUGMENTATIONS, flat
from dlkit.eject.code import Expression, comment, lay_out, literal, text
from dlkit.eject.objects import construct
from dlkit.eject.parts import parts_of
from dlkit.preparation import Prepared, brightest

HELPED = ("AugMix", "RandomSaturation", "RandomColorJitter", "RandomElasticTransform")
"""Layers that dlkit calls otherwise than Keras does, so that they draw otherwise here."""


def augmentation_lines(prepared: Prepared) -> list[str]:
    """Return the layers, what begins an epoch, and what changes a batch.

    Args:
        prepared: The experiment; its inputs are one array.
    """
    catalogue, config = prepared.loaded.catalogue, prepared.loaded.config
    notations = list(flat(config.regularization.augmentation))
    x = parts_of(prepared.dataset)["train"].x
    assert not isinstance(x, dict)  # noqa: S101  # else nothing is augmented
    white = (0.0, brightest(x[:256]))
    lines = ["augmentation = ["]
    for notation in notations:
        entry = catalogue.find(notation.kind, notation.name)
        known = entry.parameters if entry else {}
        extra: dict[str, Expression] = {}
        if "value_range" in known and white != (0.0, 255.0):
            extra["value_range"] = literal(list(white), tuples=True)
        if "seed" in known:
            extra["seed"] = "SEED"
        extra = {k: v for k, v in extra.items() if k not in notation.arguments}
        lines += lay_out(construct(notation, catalogue, extra), "", ",", 4)
    lines.append("]")
    helped = [n.name for n in notations if n.name in HELPED]
    if helped:
        words = (
            f"{' and '.join(helped)} may draw otherwise here than in the figures of the run."
        )
        lines = [*comment(words), *lines]
    gray = x.ndim == 3
    mixing = [n for n in notations if AUGMENTATIONS.get(n.name) == "mixing"]
    return [
        *lines,
        "",
        "",
        *_epoch_lines(),
        "",
        "",
        *_change_lines(gray=gray, mixing=bool(mixing)),
    ]


def _epoch_lines() -> list[str]:
    return [
        "draws = [state for layer in augmentation for state in layer.variables]",
        "seeds = [abs(int(keras.ops.convert_to_numpy(state)[0])) for state in draws]",
        "",
        "",
        "def start_augmentation(epoch):",
        '    """Let an epoch draw what depends on the seed and its number alone."""',
        "    for place, (state, seed) in enumerate(zip(draws, seeds)):",
        "        drawn = np.random.SeedSequence([seed, epoch, place]).generate_state(1)[0]",
        "        state.assign([int(drawn), 0])",
    ]


def _change_lines(*, gray: bool, mixing: bool) -> list[str]:
    lines = [
        "def augment(x, y):",
        '    """Change a batch of training examples at random."""',
        f'    x = x.astype("float32"){"[..., None]" if gray else ""}',
        "    for layer in augmentation:",
    ]
    if mixing:
        names = text("MixUp") + ", " + text("CutMix")
        lines += [
            f"        if type(layer).__name__ in ({names}):",
            '            mixed = layer({"images": x, "labels": y}, training=True)',
            '            x, y = mixed["images"], mixed["labels"]',
            "        else:",
            "            x = layer(x, training=True)",
        ]
    else:
        lines.append("        x = layer(x, training=True)")
    back = "x[..., 0]" if gray else "x"
    labels = "keras.ops.convert_to_numpy(y)" if mixing else "y"
    return [*lines, f"    return keras.ops.convert_to_numpy({back}), {labels}"]
