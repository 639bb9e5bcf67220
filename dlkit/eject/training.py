"""How a model is trained and evaluated, as Keras code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlkit.config.columns import higher_is_better
from dlkit.config.objects import KerasObject
from dlkit.eject.code import (
    WIDTH,
    Expression,
    call,
    comment,
    lay_out,
    listed,
    literal,
    text,
)
from dlkit.eject.compiling import Plan, compile_lines
from dlkit.eject.limits import draws_when_asked
from dlkit.eject.objects import construct
from dlkit.eject.schedules import plateau_callbacks
from dlkit.eject.ways import ways_lines
from dlkit.eject.wholes import trained_lines
from dlkit.train.callbacks import direction
from dlkit.train.loops.evaluation import MIN_EVALUATION_BATCH

DRAWS = (
    "Recurrent layers that drop out draw at every batch, in validation too: its batches"
    " decide what training draws next."
)
"""What stands above a training where the size of the batches of validation counts."""


def constants(plan: Plan) -> list[str]:
    """Return the numbers that the script begins with, and how draws and steps are computed."""
    training = plan.config.training
    return [
        f"SEED = {plan.config.seed}",
        *([] if training.stages else [f"EPOCHS = {plan.epochs}"]),
        f"BATCH_SIZE = {training.batch_size}",
        "",
        "keras.utils.set_random_seed(SEED)",
        *ways_lines(training),
    ]


def batch_lines(plan: Plan) -> list[str]:
    """Return the function that yields the training batches."""
    if plan.goes_on:
        return [*_steps_lines(plan), *_yielding(plan, " " * 8)]
    return [*_epochs_lines(plan), *_yielding(plan, " " * 12)]


def _epochs_lines(plan: Plan) -> list[str]:
    """Return the lines that go through epochs, up to the rows of a batch."""
    stages = bool(plan.config.training.stages)
    lines = [
        f"def batches({'epochs' if stages else ''}):",
        '    """Yield the batches of every epoch, each epoch in an order of its own."""',
        f"    for epoch in {'epochs' if stages else 'range(EPOCHS)'}:",
    ]
    lines += ["        start_augmentation(epoch)"] * plan.augmented
    lines += [
        "        philox = np.random.Philox([SEED, epoch, 0xDD])",
        f"        order = np.random.Generator(philox).permutation(len({_counted(plan)}))",
    ]
    if plan.limited:
        lines += ["        order = order[: STEPS_PER_EPOCH * BATCH_SIZE]"]
    if plan.cut_short:
        lines += ["        order = order[: (STEPS - epoch * STEPS_PER_EPOCH) * BATCH_SIZE]"]
    return [
        *lines,
        "        for start in range(0, len(order), BATCH_SIZE):",
        "            rows = order[start : start + BATCH_SIZE]",
    ]


def _steps_lines(plan: Plan) -> list[str]:
    """Return the lines that go through the steps of one pass after another."""
    stages = bool(plan.config.training.stages)
    every = "STEPS" if plan.cut_short else "EPOCHS * STEPS_PER_EPOCH"
    lines = [
        f"def batches({'steps' if stages else ''}):",
        '    """Yield the batches of pass after pass, each pass in an order of its own."""',
        f"    for step in {'steps' if stages else f'range({every})'}:",
    ]
    lines += [
        "        if step % STEPS_PER_EPOCH == 0:",
        "            start_augmentation(step // STEPS_PER_EPOCH)",
    ] * plan.augmented
    return [
        *lines,
        "        number, place = divmod(step, STEPS_OF_PASS)",
        f"        if place == 0{' or step == steps[0]' if stages else ''}:",
        "            philox = np.random.Philox([SEED, number, 0xDD])",
        f"            order = np.random.Generator(philox).permutation(len({_counted(plan)}))",
        "        rows = order[place * BATCH_SIZE : (place + 1) * BATCH_SIZE]",
    ]


def _yielding(plan: Plan, space: str) -> list[str]:
    """Return the lines that yield a batch of some rows."""
    weighted = "train" in plan.data.weighted
    x = (
        "{name: x[rows] for name, x in x_train.items()}"
        if plan.named_inputs
        else "x_train[rows]"
    )
    y = (
        "{name: y[rows] for name, y in y_train.items()}"
        if plan.config.outputs
        else "y_train[rows]"
    )
    given = [x, y, *(["w_train[rows]"] if weighted else [])]
    if plan.augmented:
        rest = "".join(f", {one}" for one in given[2:])
        return [f"{space}yield *augment({x}, {y}){rest},"]
    yielded = f"{space}yield {', '.join(given)}"
    if len(yielded) <= WIDTH:
        return [yielded]
    letters = ["x", "y", "w"][: len(given)]
    lines = [f"{space}{name} = {value}" for name, value in zip(letters, given, strict=True)]
    return [*lines, f"{space}yield {', '.join(letters)}"]


def _counted(plan: Plan) -> str:
    """Return what has as many rows as there are training examples."""
    if "train" in plan.data.weighted:
        return "w_train"
    if not plan.config.outputs:
        return "y_train"
    if not plan.named_inputs:
        return "x_train"
    return f"y_train[{text(next(iter(plan.config.outputs)))}]"


def steps_lines(plan: Plan) -> list[str]:
    """Return how many steps there are."""
    of_pass = f"math.ceil(len({_counted(plan)}) / BATCH_SIZE)"
    lines = [f"STEPS_PER_EPOCH = {of_pass}"]
    if plan.goes_on or plan.limited:
        words = "  # a quick try: more would see all examples" * plan.limited
        lines = [f"STEPS_PER_EPOCH = {plan.steps_per_epoch}{words}"]
    if plan.goes_on:
        lines.append(f"STEPS_OF_PASS = {of_pass}")
    if plan.cut_short:
        lines.append(
            f"STEPS = {plan.total_steps}  # the last epoch is shorter, as Keras will warn"
        )
    return lines


LOSS = "val_loss"
LOSSES = (LOSS, "loss")


def fit_lines(plan: Plan) -> list[str]:
    """Return the training itself."""
    stages = plan.config.training.stages_in_full()
    plateaus = plateau_callbacks(plan.config)
    if not stages:
        lines = _fit(plan, "batches()", {"epochs": "EPOCHS"}, plateaus[0])
        return [*_early_stopping(plan), *lines]
    lines = []
    done = 0
    for index, (stage, said) in enumerate(
        zip(stages, plan.config.training.stages, strict=True)
    ):
        end = done + stage.epochs
        lines += ["", *comment(f"stage {index + 1}: epochs {done + 1} to {end}")]
        for name, trainable in said.trainable.items():
            layer = plan.stage_layers[name]
            lines += trained_lines(layer, trainable, plan.built[name], said=True)
        lines += compile_lines(plan, stage)
        span: dict[str, Expression] = {"initial_epoch": str(done), "epochs": str(end)}
        scale = " * STEPS_PER_EPOCH" if plan.goes_on else ""
        start = f"{done}{scale}, " if done else ""
        lines += _fit(plan, f"batches(range({start}{end}{scale}))", span, plateaus[index])
        done = end
    return lines[1:]


def _fit(
    plan: Plan, batches: str, span: Mapping[str, Expression], plateau: KerasObject | None
) -> list[str]:
    """Return the call of ``fit``; on a plateau, a callback may lower the rate."""
    named: dict[str, Expression] = {"steps_per_epoch": "STEPS_PER_EPOCH", **span}
    if plan.validated:
        weight = ", w_val" if "val" in plan.data.weighted else ""
        named["validation_data"] = f"(x_val, y_val{weight})"
        if draws_when_asked(plan.config.architecture.layers):
            named["validation_batch_size"] = _drawing_size(plan)
    others = plan.config.training.callbacks
    callbacks = [_callback(one, plan) for one in (plateau, *others) if one]
    if plan.config.regularization.early_stopping:
        callbacks.append("early_stopping")
    if callbacks:
        named["callbacks"] = listed(callbacks)
    named["shuffle"] = "False"  # the batches come shuffled, and Keras warns of more
    named["verbose"] = "2"
    lines = lay_out(call("model.fit", batches, named=named))
    if "validation_batch_size" in named:
        return [*comment(DRAWS), *lines]
    return lines


def _callback(callback: KerasObject, plan: Plan) -> Expression:
    """Return the call that makes a callback, with the direction that dlkit gives it."""
    known = direction(callback, plan.config)
    if "mode" in callback.arguments or callback.arguments.get("monitor", LOSS) in LOSSES:
        known = {}  # Keras knows it of these itself
    extra: dict[str, Expression] = {name: text(value) for name, value in known.items()}
    return construct(callback, plan.catalogue, extra)


def _drawing_size(plan: Plan) -> str:
    """Return the size of the batches of validation, which move draws on."""
    size = max(plan.config.training.batch_size, MIN_EVALUATION_BATCH)
    return "BATCH_SIZE" if size == plan.config.training.batch_size else str(size)


def _early_stopping(plan: Plan) -> list[str]:
    """Return the callback that ends training early, if it is asked for."""
    stopping = plan.config.regularization.early_stopping
    if stopping is None:
        return []
    mode = stopping.mode
    if mode == "auto":
        mode = "max" if higher_is_better(plan.config, stopping.monitor) else "min"
    named: dict[str, Any] = {}
    if stopping.monitor != "val_loss":
        named["monitor"] = text(stopping.monitor)
    if stopping.min_delta:
        named["min_delta"] = literal(stopping.min_delta)
    named["patience"] = str(stopping.patience)
    if mode != "min" or "loss" not in stopping.monitor:
        named["mode"] = text(mode)
    if stopping.restore_best:
        named["restore_best_weights"] = "True"
    whole = call("keras.callbacks.EarlyStopping", named=named)
    return lay_out(whole, "early_stopping = ")


def evaluation_lines(plan: Plan) -> list[str]:
    """Return the lines that print the figures, named as dlkit names them."""
    weighted = {"val", "test"} & {*plan.data.weighted}
    rows = [("test", "x_test", "y_test", "w_test" if "test" in weighted else "None")]
    if plan.validated:
        rows.insert(0, ("val", "x_val", "y_val", "w_val" if "val" in weighted else "None"))
    letters = ["x", "y", *(["w"] if weighted else [])]
    # Keras averages the losses of several outputs over batches, whatever their sizes.
    whole = f", batch_size={plan.evaluated}" if len(plan.config.outputs) > 1 else ""
    weight = ", sample_weight=w" if weighted else ""
    if len(rows) == 1:
        part, *given = rows[0]
        x, y, w = given
        weight = f", sample_weight={w}" if weighted else ""
        return [
            *lay_out(
                f"model.evaluate({x}, {y}{weight}{whole}, verbose=0, return_dict=True)",
                "results = ",
            ),
            "for name, value in results.items():",
            f'    print(f"{part}_{{name}} {{value:.6f}}")',
        ]
    items = listed(f"({', '.join([text(row[0]), *row[1 : 1 + len(letters)]])})" for row in rows)
    return [
        *lay_out(items, f"for part, {', '.join(letters)} in ", ":"),
        f"    results = model.evaluate(x, y{weight}{whole}, verbose=0, return_dict=True)",
        "    for name, value in results.items():",
        '        print(f"{part}_{name} {value:.6f}")',
    ]
