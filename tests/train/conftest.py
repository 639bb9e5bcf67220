"""A small network with batch normalization and dropout, trained in stages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

BATCH = 8
LAYERS: list[dict[str, Any]] = [
    {"Dense": {"name": "base", "units": 8, "activation": "relu"}},
    {"BatchNormalization": {"name": "norm"}},
    {"Dropout": {"name": "drop", "rate": 0.3}},
    {"Dense": {"name": "head", "units": 1}},
]


@dataclass
class Notes:
    """An observer that keeps what it hears of stages.

    Attributes:
        stages: Each stage, the epochs planned then, and the epoch whose weights it got.
        heard: What happened, in words.
    """

    stages: list[tuple[Any, int, int]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def on_stage(self, stage: Any, epochs: int, kept: int) -> None:
        self.stages.append((stage, epochs, kept))
        self.heard.append(f"stage {stage.number}")

    def on_steps(self, epoch: int, done: int, steps: int) -> None:
        assert done <= steps == 6

    def on_epoch(self, row: dict[str, float]) -> None:
        self.heard.append(f"epoch {row['epoch']}")


@dataclass(frozen=True)
class Bench:
    """A config with the model that it describes, ready to be trained.

    Attributes:
        loaded: The config.
        dataset: The data.
        built: The model, compiled.
        stages: What begins the stages; None where there are none.
    """

    loaded: Any
    dataset: Any
    built: Any
    stages: Any

    def train(
        self, *callbacks: Any, keeper: Any = None, notes: Notes | None = None
    ) -> tuple[Any, Any, Notes]:
        """Train, and return the model, the training, and what was heard of it."""
        from dlkit.train.loops.method import choose_method
        from dlkit.train.trainer import Subject, train_model

        notes, model = notes or Notes(), self.built.core
        told = self.loaded.config
        method = choose_method(told, model, self.dataset, callbacks, None)
        subject = Subject(model, self.dataset, told, method, stages=self.stages)
        return model, train_model(subject, callbacks, notes, keeper), notes

    def build(self) -> Any:
        """Return the model as it was before it was trained, not compiled."""
        return _build(self.loaded, self.dataset).core


def _build(loaded: Any, dataset: Any) -> Any:
    import keras

    from dlkit.model.graph import build_model
    from dlkit.model.inputs import open_entrance

    keras.utils.set_random_seed(loaded.config.seed)
    layers = loaded.config.architecture.layers
    return build_model(layers, dataset, open_entrance(dataset, ()), "made")


def numbers() -> Any:
    """A line through three columns; 43 examples, so that the last batch is partial."""
    from dlkit.config.choices import Choice
    from dlkit.config.data_sources import Whole
    from dlkit.config.schema import DatasetConfig
    from dlkit.data.dataset import Dataset, Split

    generator = np.random.default_rng(5)
    x = generator.normal(size=(43, 3)).astype("float32")
    y = (x @ [[1.0], [-2.0], [0.5]] + 0.1 * generator.normal(size=(43, 1))).astype("float32")
    held = Split(x[:12] + 0.1, y[:12])
    source = DatasetConfig(source=Choice("diabetes", Whole()))
    parts = (Split(x, y), held, held)
    return Dataset("made", None, "here", "regression", (), (), *parts, source)


@pytest.fixture
def bench() -> Callable[..., Bench]:
    """Return a maker of benches from a list of stages and other sections."""

    def make(stages: list[dict[str, Any]] | None, **sections: Any) -> Bench:
        from dlkit.config.load import load_config
        from dlkit.train.assembly import assemble
        from dlkit.train.stages import Stages

        loaded = load_config(
            {
                "dataset": {"source": "diabetes"},
                "architecture": {"layers": LAYERS},
                "loss": "mse",
                "metrics": ["mae"],
                "optimizer": {"SGD": {"learning_rate": 0.05, "momentum": 0.9}},
                **sections,
                "training": {
                    "batch_size": BATCH,
                    **({"stages": stages} if stages else {}),
                    **sections.get("training", {}),
                },
            }
        )
        dataset = numbers()
        built = _build(loaded, dataset)
        assemble(built.core, loaded.config, dataset, 6, loaded.catalogue)
        if not stages:
            return Bench(loaded, dataset, built, None)
        ready = Stages(loaded.config, built.core, built.layers, dataset, loaded.catalogue)
        ready.prove()
        return Bench(loaded, dataset, built, ready)

    return make
