"""All labels of a source: the dataset's own, and those of outputs with their own columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from dlkit.config.targets import Aim
from dlkit.data.dataset import Target, no_labels
from dlkit.data.labels import LabelCodec, LabelFinder, Where, label_texts, refuse_missing
from dlkit.data.tables.codes import Codes, class_numbers


@dataclass(frozen=True)
class Labelling:
    """How the labels of a source are made.

    Attributes:
        main: Of the dataset's own labels; None where there are none.
        outputs: Of the outputs with columns of their own, by their names.
    """

    main: LabelCodec | None = None
    outputs: Mapping[str, LabelCodec] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every target column, each once."""
        codecs = [*([self.main] if self.main else []), *self.outputs.values()]
        return tuple(dict.fromkeys(name for codec in codecs for name in codec.columns))

    @property
    def targets(self) -> dict[str, Target]:
        """What the outputs with columns of their own learn."""
        return {name: target_of(codec) for name, codec in self.outputs.items()}

    def encode(
        self, values: Mapping[str, np.ndarray], count: int, where: Where
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return the dataset's labels and those of outputs: see ``Split``.

        Args:
            values: Every target column, as ``LabelCodec.encode`` takes it.
            count: How many rows there are.
            where: Says where a row is to be found.

        Raises:
            DataError: If a label is missing or means nothing.
        """
        made: dict[LabelCodec, np.ndarray] = {}
        for codec in (*([self.main] if self.main else []), *self.outputs.values()):
            if codec not in made:  # the dataset's may be those of an output
                made[codec] = codec.encode(values, where)
        y = made[self.main] if self.main else no_labels(count)
        return y, {name: made[codec] for name, codec in self.outputs.items()}


def target_of(codec: LabelCodec) -> Target:
    """Return what labels teach, in the words of a dataset."""
    names = codec.columns if codec.task == "regression" else ()
    return Target(codec.task, codec.class_names, names)


class LabelPass:
    """Finds the classes of all labels in one pass over them.

    Args:
        main: What the dataset's own labels teach, or None.
        outputs: What outputs with columns of their own learn.
    """

    def __init__(self, main: Aim | None, outputs: Mapping[str, Aim]) -> None:
        self._main, self._outputs = main, outputs
        aims = [*([main] if main else []), *outputs.values()]
        self._finders = {aim: LabelFinder(aim) for aim in aims}
        self._codes = {aim: Codes() for aim in aims if aim.task == "classification"}
        self._numbers: dict[Aim, list[np.ndarray]] = {aim: [] for aim in self._codes}

    def see(self, block: Mapping[str, np.ndarray]) -> None:
        """Take note of a block of the target columns.

        Raises:
            DataError: If a target has too many classes.
        """
        for aim, finder in self._finders.items():
            finder.see(block)
            if aim in self._codes:
                values = block[aim.target.columns[0]]
                texts = values if values.dtype.kind == "O" else label_texts(values)
                self._numbers[aim].append(self._codes[aim].encode(texts))

    def finish(self, where: Where) -> tuple[Labelling, dict[str, np.ndarray]]:
        """Return how labels are made, and the class numbers of all rows.

        Returns:
            The labelling, and int16 class numbers by output, those of the dataset under an
            empty name; nothing where there are no classes.

        Raises:
            DataError: If labels are missing, or are no classes.
        """
        codecs = {aim: finder.codec() for aim, finder in self._finders.items()}
        numbers = {}
        for aim, blocks in self._numbers.items():
            numbers[aim] = class_numbers(self._codes[aim], blocks, codecs[aim].class_names)
            refuse_missing(aim.target.columns[0], numbers[aim] < 0, where)
        aims = {**({"": self._main} if self._main else {}), **self._outputs}
        labelling = Labelling(
            codecs[self._main] if self._main else None,
            {name: codecs[aim] for name, aim in self._outputs.items()},
        )
        return labelling, {name: numbers[aim] for name, aim in aims.items() if aim in numbers}
