"""Which layer reads which, in one list of layers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.regularization.kinds import is_called_again, learns


@dataclass(frozen=True)
class Graph:
    """One list of layers, as a graph.

    Attributes:
        entries: The layers in their order.
        start: What the first of them reads where it does not say.
        gives: Names of what leaves the list: the outputs of the whole, or of a model.
        ends: Those that are answers, not read by a further layer that learns.
    """

    entries: tuple[LayerEntry, ...]
    start: str
    gives: frozenset[str]
    ends: frozenset[str]

    @cached_property
    def by_name(self) -> dict[str, LayerEntry]:
        """The layers by their names."""
        return {entry.name: entry for entry in self.entries}

    @cached_property
    def owners(self) -> dict[str, str]:
        """The layer that gives each tensor, by the tensor's name."""
        return {name: e.name for e in self.entries for name in (e.name, *e.also)}

    @cached_property
    def reads(self) -> dict[str, tuple[str, ...]]:
        """What each layer reads."""
        before = (self.start, *(entry.name for entry in self.entries))
        return {
            entry.name: entry.inputs or (previous,)
            for entry, previous in zip(self.entries, before, strict=False)
        }

    @cached_property
    def readers(self) -> dict[str, list[str]]:
        """The layers that read each tensor, one that reads it twice two times."""
        found: dict[str, list[str]] = {}
        for name, inputs in self.reads.items():
            for source in inputs:
                found.setdefault(source, []).append(name)
        return found

    def called(self, name: str) -> LayerEntry:
        """Return the layer that a name calls: its own, or one that stands above."""
        entry = self.by_name[name]
        seen = {name}
        while is_called_again(entry.layer):
            name = str(entry.layer.arguments.get("layer"))
            if name in seen or name not in self.by_name:
                break
            seen.add(name)
            entry = self.by_name[name]
        return entry

    def layer(self, name: str) -> KerasObject:
        """Return what is built under a name."""
        return self.called(name).layer

    @cached_property
    def learning(self) -> frozenset[str]:
        """The layers that have weights, other than those that rescale what they read."""
        return frozenset(name for name in self.by_name if learns(self.layer(name)))

    @cached_property
    def output_layers(self) -> frozenset[str]:
        """Names of the last layers with weights before each end, under every name they have.

        Also where a layer is called once more: what learns the answer is left alone.
        """
        found: set[str] = set()
        seen: set[str] = set()
        waiting = list(self.ends)
        while waiting:
            name = self.owners.get(waiting.pop(), "")
            if not name or name in seen:
                continue
            seen.add(name)
            if name in self.learning:
                found.add(self.called(name).name)
            else:
                waiting += self.reads[name]
        return frozenset(name for name in self.by_name if self.called(name).name in found)

    def followed_by(self, wanted: Callable[[KerasObject], bool]) -> frozenset[str]:
        """Return the layers after which, on every way, one of a kind comes.

        It comes before the next layer that learns: pooling or a sum may lie between.
        """
        found: set[str] = set()
        for entry in reversed(self.entries):
            readers = self.readers.get(entry.name, [])
            if entry.name in self.gives or not readers:
                continue
            if all(
                wanted(self.layer(name)) or (name in found and name not in self.learning)
                for name in readers
            ):
                found.add(entry.name)
        return frozenset(found)

    def only_reader(self, name: str) -> str | None:
        """Return the layer that alone reads a layer, and reads nothing else."""
        readers = self.readers.get(name, [])
        if name in self.gives or len(readers) != 1 or len(self.reads[readers[0]]) != 1:
            return None
        return readers[0]


def insert_after(
    entries: tuple[LayerEntry, ...],
    additions: Mapping[str, Collection[LayerEntry]],
    changed: Mapping[str, KerasObject],
) -> tuple[tuple[LayerEntry, ...], dict[str, str]]:
    """Put layers behind others; whatever read these reads the last of what is behind them.

    Args:
        entries: The layers.
        additions: New layers by the name of the one that they follow, each reading the
            one before it.
        changed: Layers that are built otherwise, by their names.

    Returns:
        The layers; and what is read instead of a name.
    """
    result: list[LayerEntry] = []
    instead: dict[str, str] = {}
    for entry in entries:
        inputs = entry.inputs and tuple(instead.get(name, name) for name in entry.inputs)
        layer = changed.get(entry.name, entry.layer)
        result.append(replace(entry, layer=layer, inputs=inputs))
        for added in additions.get(entry.name, ()):
            result.append(added)
            instead[entry.name] = added.name
    return tuple(result), instead
