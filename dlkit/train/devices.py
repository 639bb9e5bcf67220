"""What TensorFlow computes on: the devices that it may see, and those that train together.

Both are chosen before anything is computed; TensorFlow takes no change afterwards.
"""

from __future__ import annotations

import contextlib
import re
from functools import cache
from typing import Any

import keras
import tensorflow as tf

from dlkit.config.cluster import DISTRIBUTE, read_place
from dlkit.config.schema import Config
from dlkit.config.training_section import TrainingConfig
from dlkit.errors import ConfigError, Path, Problem
from dlkit.model.objects import REFUSALS, one_line

DEVICE = re.compile(r"(cpu|gpu)|gpu:(\d+)")


def use_device(name: str) -> None:
    """Let TensorFlow see one kind of device, or one GPU.

    Args:
        name: ``cpu``, ``gpu`` (all of them) or ``gpu:1``, counted from 0.

    Raises:
        ConfigError: If there is no such device, or TensorFlow has begun to compute on others.
    """
    found = DEVICE.fullmatch(name.lower())
    if not found:
        raise ConfigError(f"{name!r} is no device: write cpu, gpu, or gpu:1. {_there_is()}")
    gpus = tf.config.list_physical_devices("GPU")
    wanted = [] if found[1] == "cpu" else gpus
    if found[2]:
        wanted = gpus[int(found[2]) : int(found[2]) + 1]
    if found[1] != "cpu" and not wanted:
        raise ConfigError(f"there is no device {name!r}. {_there_is()}")
    if tf.config.get_visible_devices("GPU") == wanted:
        return
    try:
        tf.config.set_visible_devices(wanted, "GPU")
    except RuntimeError as error:
        message = f"the device {name!r} cannot be chosen any more: TensorFlow is at work."
        raise ConfigError(f"{message} Choose it in a new Python process.") from error


def use_threads(count: int) -> None:
    """Let TensorFlow compute with so many threads.

    Args:
        count: How many run one operation; as many operations run at a time.

    Raises:
        ConfigError: If TensorFlow has begun to compute with another number.
    """
    threading = tf.config.threading
    if threading.get_intra_op_parallelism_threads() == count:
        return
    try:
        threading.set_intra_op_parallelism_threads(count)
        threading.set_inter_op_parallelism_threads(count)
    except RuntimeError as error:
        path: Path = ("training", "threads")
        message = "TensorFlow is at work with another number of threads."
        hint = "Start a new Python process, or leave `training.threads` out."
        raise ConfigError(Problem(message, path, hint)) from error


def _there_is() -> str:
    """Say which devices there are."""
    gpus = [f"gpu:{number}" for number in range(len(tf.config.list_physical_devices("GPU")))]
    return f"There is: {', '.join(['cpu', *gpus])}."


def device_names(training: TrainingConfig) -> list[str]:
    """Name the devices that train: every GPU that may be seen, else the CPU.

    Where several workers train, those of each are named once.
    """
    found = tf.config.get_visible_devices("GPU")
    names = [
        str(tf.config.experimental.get_device_details(device).get("device_name", "GPU"))
        for device in found
    ] or ["CPU"]
    if training.distribute == "mirrored" and not found:
        names *= len(tf.config.list_logical_devices("CPU"))
    if training.distribute == "multi_worker":
        workers = read_place().workers
        names = [f"{name} ({workers} workers)" for name in names]
    return names


def open_strategy(training: TrainingConfig, *, trains: bool = True) -> tf.distribute.Strategy:
    """Return what makes a model's variables, on every device that trains it.

    Args:
        training: Says which devices train.
        trains: Whether the model is trained; else one device is enough.

    Raises:
        ConfigError: If several workers are to train, and cannot.
    """
    if not trains:
        return tf.distribute.get_strategy()
    if training.distribute == "multi_worker":
        return join_workers()
    if training.distribute == "mirrored" and len(_local_devices()) > 1:
        on_gpu = bool(tf.config.list_logical_devices("GPU"))
        # On CPUs TensorFlow would send messages, and wait for ever where layers keep averages.
        add = tf.distribute.NcclAllReduce if on_gpu else tf.distribute.ReductionToOneDevice
        return tf.distribute.MirroredStrategy(_local_devices(), cross_device_ops=add())
    return tf.distribute.get_strategy()


def _local_devices() -> list[str]:
    """Return the devices that this process may train on together."""
    kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
    return [device.name for device in tf.config.list_logical_devices(kind)]


@cache  # a process joins once
def join_workers() -> tf.distribute.Strategy:
    """Wait for the other workers; to be called before anything is computed.

    Raises:
        ConfigError: If they cannot be reached, or TensorFlow has begun to compute.
    """
    read_place()
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except REFUSALS as error:
        message = f"the workers do not come together: {one_line(error)}"
        raise ConfigError(Problem(message, DISTRIBUTE)) from error


def wait_for_workers() -> None:
    """Wait until all workers are here: who leaves early takes the connection along."""
    strategy = join_workers()
    context = tf.distribute.get_replica_context
    with contextlib.suppress(tf.errors.OpError):  # one has failed: this one's run is complete
        strategy.run(lambda: context().all_reduce(tf.distribute.ReduceOp.SUM, tf.constant(0.0)))


def device_warnings(config: Config, model: keras.Model) -> list[Problem]:
    """Return what a person should know of a model on the devices that train it."""
    training, found = config.training, []
    alone = training.distribute == "mirrored" and len(_local_devices()) == 1
    several = training.distribute is not None and not alone
    if alone:
        message = "there is one device, so `mirrored` changes nothing."
        found.append(Problem(message, DISTRIBUTE, warning=True))
    layers: list[Any] = model._flatten_layers()  # no public way into wrappers
    normalizes = [
        layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization)
    ]
    if several and any(layer.trainable for layer in normalizes):
        message = (
            "on several devices BatchNormalization takes the statistics of each device's part"
            " of a batch."
        )
        hint = "LayerNormalization and GroupNormalization do not depend on the batch."
        found.append(Problem(message, DISTRIBUTE, hint, warning=True))
    if training.precision == "mixed_float16" and not tf.config.get_visible_devices("GPU"):
        path: Path = ("training", "precision")
        message = "without a GPU, mixed_float16 is slower than float32, and may overflow."
        found.append(Problem(message, path, "Leave it out.", warning=True))
    return found
