from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError, best_match
from pydantic import BaseModel

from dlkit.config.catalogue import Catalogue, Parameter, load_catalogue
from dlkit.config.json_schema import ADDED_KEYS, PLACES, json_schema
from dlkit.config.json_values import DURATION_PATTERN, FRACTION_PATTERN
from dlkit.config.own_layers import FILLED_IN
from dlkit.config.schema import Config
from dlkit.config.sections import OBJECT_LISTS, OBJECTS
from dlkit.config.validation import section_of
from dlkit.config.values import parse_duration, parse_number
from dlkit.config.yaml_reader import read_yaml

ROOT = Path(__file__).parent.parent.parent
CONFIGS = sorted((ROOT / "configs").rglob("*.yaml"))

HEAD = "dataset: {source: diabetes}\nloss: mse\n"
MINIMAL = f"{HEAD}architecture: {{layers: [{{Dense: 1}}]}}\n"

DESIGN = """\
name: mnist_mlp
seed: 0
dataset: {source: mnist, offline: digits, validation: 0.1}
architecture:
  layers:
    - Rescaling: {scale: 1/255}
    - Flatten
    - Dense: {units: 512, activation: relu}
    - Dropout: 0.2
    - Dense: {units: "${dataset.num_classes}", activation: softmax}
loss: sparse_categorical_crossentropy
metrics: [accuracy]
optimizer:
  RMSprop: {learning_rate: 0.001}
lr_schedule:
  CosineDecay: {decay_steps: 5 epochs}
regularization:
  l2: 1e-4
  early_stopping: {monitor: val_loss, patience: 3, restore_best: true}
  augmentation: [{RandomTranslation: [0.1, 0.1]}, {RandomRotation: 0.05}]
training: {epochs: 5, batch_size: 128}
"""
"""Section 3 of the design."""

BLOCKS = """\
dataset: {source: diabetes}
loss: mse
architecture:
  defaults: {Dense: {activation: relu, kernel_initializer: he_normal}}
  blocks:
    residual:
      parameters: {units: 8}
      layers:
        - Dense: {units: "${units}", name: inner, repeat: 2}
        - Add: {from: [input, inner]}
  layers:
    - residual
    - residual: {units: 4, repeat: 3, name: tower}
    - Dense: {units: 1, from: tower}
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def schema(catalogue: Catalogue) -> dict[str, Any]:
    return json_schema(catalogue)


@pytest.fixture(scope="module")
def validator(schema: dict[str, Any]) -> Draft7Validator:
    return Draft7Validator(schema)


def parse(text: str) -> dict[str, Any]:
    source, problems = read_yaml(text, "x.yaml")
    assert problems == []
    return source.data


def with_layers(*layers: str) -> str:
    entries = "".join(f"    - {layer}\n" for layer in layers)
    return f"{HEAD}architecture:\n  layers:\n{entries}"


def place(error: ValidationError) -> str:
    return re.sub(r"\.(\d+)", r"[\1]", ".".join(map(str, error.absolute_path)))


def test_schema_is_valid_in_every_part(schema: dict[str, Any]) -> None:
    Draft7Validator.check_schema(schema)
    for definition in schema["$defs"].values():
        Draft7Validator.check_schema(definition)


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping in a schema."""
    if isinstance(schema, dict):
        yield schema
    for part in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(part, (dict, list)):
            yield from parts(part)


def test_definitions_are_those_that_are_referred_to(schema: dict[str, Any]) -> None:
    referred = {part["$ref"] for part in parts(schema) if isinstance(part.get("$ref"), str)}
    defined = {f"#/$defs/{name}" for name in schema["$defs"]}
    assert referred <= defined
    assert {name.rpartition("/")[2] for name in defined - referred} <= {"schedules"}


def test_schema_is_small_and_soon_made(catalogue: Catalogue) -> None:
    start = time.perf_counter()
    text = json.dumps(json_schema(catalogue), indent=1)
    assert time.perf_counter() - start < 1  # 0.1 s; the machine may be busy
    assert len(text) < 750_000


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_config_is_accepted(validator: Draft7Validator, path: Path) -> None:
    assert list(validator.iter_errors(parse(path.read_text("utf-8")))) == []


ACCEPTED = [
    DESIGN,
    BLOCKS,
    MINIMAL,
    *(
        f"{MINIMAL}{line}\n"
        for line in (
            "name: a.b-c_D9\nseed: 2147483647",
            "metrics: mae",
            "metrics: [mae, {MeanSquaredError: {name: error}}]",
            "lr_schedule:",
            "lr_schedule: {ExponentialDecay: [100 steps, 0.9]}",
            "lr_schedule: {PiecewiseConstantDecay: {boundaries: [1 epoch], values: [0.1, 1]}}",
            "optimizer: adam",
            "optimizer: {SGD: 1/100}",
            "optimizer: {SGD: {learning_rate: {CosineDecay: [0.1, 5 epochs]}}}",
            "optimizer: {Adam: {learning_rate: 1e-3, weight_decay: null}}",
            "regularization: {l1: 0, l2: 1/1000, early_stopping: }",
            "regularization: {early_stopping: {mode: max, min_delta: 1/100}}",
            "training: {epochs: 1, batch_size: 1, loop: fit, callbacks: TerminateOnNaN}",
            "training: {callbacks: [{ReduceLROnPlateau: {factor: 1/2, patience: 5}}]}",
            "training: {class_weight: }",
            "regularization: {augmentation: [GaussianNoise: 0.1]}",
            "regularization: {augmentation: []}",
        )
    ),
    *(
        with_layers(layer, "Dense: 1")
        for layer in (
            "Flatten:",
            "Dense: 1.0",
            "Conv2D: [32, 3]",
            "Conv2D: {filters: 32, kernel_size: [3, 3], padding: same}",
            "MaxPool2D: 2",
            "Reshape: [28, 28, 1]",
            "Activation: relu",
            "Activation: {activation: {LeakyReLU: 0.1}}",
            "Dense: {units: 3, activation: ReLU, kernel_regularizer: {L2: 0.001}}",
            "Dense: {units: 3, kernel_initializer: he_normal, bias_constraint: NonNeg}",
            "Bidirectional: {layer: {LSTM: 64}}",
            "TimeDistributed: Flatten",
            "Dense: {units: 3, activation: {softsign: }}",
            "RNN: {cell: [{LSTMCell: 8}, {GRUCell: {units: 8}}]}",
            "VGG16: {include_top: false, weights: imagenet}",
        )
    ),
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_the_loader_accepts_is_accepted(
    validator: Draft7Validator, faults_of: Callable[..., list[str]], text: str
) -> None:
    assert list(validator.iter_errors(parse(text))) == []
    assert faults_of(text) == []


REFUSED = [
    (f"{MINIMAL}{line}\n", where, said)
    for line, where, said in (
        ("sed: 3", "", "'sed' was unexpected"),
        ("optimiser: Adam", "", "'optimiser' was unexpected"),
        ("seed: -1", "seed", "less than the minimum of 0"),
        ("seed: 2147483648", "seed", "greater than or equal to the maximum of 2147483648"),
        ("seed: true", "seed", "True is not of type 'integer'"),
        ("seed: 1.5", "seed", "1.5 is not of type 'integer'"),
        ("seed: many", "seed", "'many' does not match"),
        ("name: a/b", "name", "'a/b' does not match"),
        ("name: 2024", "name", "2024 is not of type 'string'"),
        ("training:", "training", "None is not of type 'object'"),
        ("training: 5", "training", "5 is not of type 'object'"),
        ("training: {epoch: 3}", "training", "'epoch' was unexpected"),
        ("training: {batch_size: 0}", "training.batch_size", "0 is less than the minimum of 1"),
        ("training: {epochs: ten}", "training.epochs", "'ten' does not match"),
        ("training: {loop: tap}", "training.loop", "'tap' is not one of ['auto', 'tape'"),
        ("training: {callbacks: [Histry]}", "training.callbacks[0]", "'Histry' is not one of"),
        ("metrics:", "metrics", "None is not of type 'array'"),
        ("metrics: [acuracy]", "metrics[0]", "'acuracy' is not one of"),
        ("metrics: [mae, 5]", "metrics[1]", "5 is not of type 'string'"),
        ("metrics: {mae: {}}", "metrics", "is not of type 'array'"),
        ("optimizer:", "optimizer", "None is not of type 'string'"),
        ("optimizer: Adm", "optimizer", "'Adm' is not one of"),
        ("optimizer: {Adm: 1}", "optimizer", "'Adm' was unexpected"),
        ("optimizer: {}", "optimizer", "{} should be non-empty"),
        ("optimizer: {Adam: 1, SGD: 1}", "optimizer", "has too many properties"),
        ("optimizer: {Adam: {rate: 1}}", "optimizer.Adam", "'rate' was unexpected"),
        (
            "optimizer: {Adam: {learning_rate: {CosineDecay: {decay_steps: 9, alfa: 1}}}}",
            "optimizer.Adam.learning_rate.CosineDecay",
            "'alfa' was unexpected",
        ),
        ("lr_schedule: 5", "lr_schedule", "5 is not one of"),
        (
            "lr_schedule: {CosineDecay: {alpha: 0}}",
            "lr_schedule.CosineDecay",
            "'decay_steps' is a required property",
        ),
        (
            "lr_schedule: {CosineDecay: {decay_steps: 5 weeks}}",
            "lr_schedule.CosineDecay.decay_steps",
            "'5 weeks' does not match",
        ),
        ("regularization: {l2: -1}", "regularization.l2", "-1 is less than the minimum of 0"),
        ("regularization: {l2: '0.1'}", "regularization.l2", "'0.1' does not match"),
        ("regularization: {l2: 1/0}", "regularization.l2", "'1/0' does not match"),
        (
            "regularization: {early_stopping: {restore_best: yes}}",
            "regularization.early_stopping.restore_best",
            "'yes' does not match",
        ),
        (
            "regularization: {early_stopping: {patence: 3}}",
            "regularization.early_stopping",
            "'patence' was unexpected",
        ),
    )
]

REFUSED += [
    (with_layers("Flatten", layer), f"architecture.layers[1]{where}", said)
    for layer, where, said in (
        ("Flaten", "", "'Flaten' is not one of"),
        ("Dnse: 3", "", "'Dnse' does not match any of the regexes"),
        ("relu", "", "'relu' does not match"),
        ("dense: {units: 3}", "", "'dense' does not match"),
        ("5", "", "5 is not one of"),
        ("", "", "None is not one of"),
        ("{Dense: 3, Flatten: }", "", "has too many properties"),
        ("Dense:", ".Dense", "None is not of type 'integer'"),
        ("Dense: many", ".Dense", "'many' does not match"),
        ("Dense: {}", ".Dense", "'units' is a required property"),
        ("Dense: {unit: 3}", ".Dense", "'unit' was unexpected"),
        ("Dense: {units: 3, activatoin: relu}", ".Dense", "'activatoin' was unexpected"),
        ("Dense: {units: 2.5}", ".Dense.units", "2.5 is not of type 'integer'"),
        ("Dense: {units: null}", ".Dense.units", "None is not of type 'integer'"),
        ("Dense: {units: 3, use_bias: 1}", ".Dense.use_bias", "1 is not of type 'boolean'"),
        ("Dense: {units: 3, activation: rleu}", ".Dense.activation", "'rleu' is not one of"),
        (
            "Dense: {units: 3, activation: {relu: {max_value: 6}}}",
            ".Dense.activation.relu",
            "{'max_value': 6} is not of type 'null'",
        ),
        (
            "Dense: {units: 3, kernel_regularizer: {L2: {l1: 0}}}",
            ".Dense.kernel_regularizer.L2",
            "'l1' was unexpected",
        ),
        ("Dense: {units: 3, repeat: 0}", ".Dense.repeat", "0 is less than the minimum of 1"),
        ("Dense: {units: 3, from: 7}", ".Dense.from", "7 is not of type 'string', 'array'"),
        ("Dense: {units: 3, name: a/b}", ".Dense.name", "'a/b' does not match"),
        ("Conv2D: {filters: 3}", ".Conv2D", "'kernel_size' is a required property"),
        (
            "Bidirectional: {layer: {LSTM: {unitz: 3}}}",
            ".Bidirectional.layer.LSTM",
            "'unitz' was unexpected",
        ),
        ("Bidirectional: {layer: lstm}", ".Bidirectional.layer", "'lstm' is not one of"),
        (
            "Bidirectional: {layer: {LSTM: {units: 3, repeat: 2}}}",
            ".Bidirectional.layer.LSTM",
            "False schema does not allow 2",
        ),
    )
]

REFUSED += [
    ("loss: mse\narchitecture: {layers: [Flatten]}\n", "", "'dataset' is a required property"),
    ("dataset: {source: iris}\nloss: mse\n", "", "'architecture' is a required property"),
    (MINIMAL.replace("loss: mse\n", ""), "", "'loss' is a required property"),
    (MINIMAL.replace("source: diabetes", ""), "dataset", "'source' is a required property"),
    (MINIMAL.replace("diabetes", "irs"), "dataset.source", "'irs' is not one of ['mnist', "),
    (
        MINIMAL.replace("diabetes", "iris, validation: 1.5"),
        "dataset.validation",
        "not a multiple",
    ),
    (
        MINIMAL.replace("diabetes", "iris, validation: -1/2"),
        "dataset.validation",
        "does not match",
    ),
    (MINIMAL.replace("diabetes", "iris, test: true"), "dataset.test", "True is not of type"),
    (f"{HEAD}architecture: {{layers: []}}\n", "architecture.layers", "[] should be non-empty"),
    (f"{HEAD}architecture: {{}}\n", "architecture", "'layers' is a required property"),
    (
        BLOCKS.replace("activation: relu", "activatoin: relu"),
        "architecture.defaults.Dense",
        "'activatoin' was unexpected",
    ),
    (
        BLOCKS.replace("parameters:", "params:"),
        "architecture.blocks.residual",
        "'params' was unexpected",
    ),
    (
        BLOCKS.replace("- Add: {", "- Add: {axes: 1, "),
        "architecture.blocks.residual.layers[1].Add",
        "'axes' was unexpected",
    ),
]


@pytest.mark.parametrize(("text", "where", "said"), REFUSED)
def test_fault_is_refused_at_its_place(
    validator: Draft7Validator,
    faults_of: Callable[..., list[str]],
    text: str,
    where: str,
    said: str,
) -> None:
    errors = list(validator.iter_errors(parse(text)))
    assert {place(error) for error in errors} == {where}
    assert any(said in error.message for error in errors), errors
    assert faults_of(text), "the loader accepts it"


def test_misspelt_argument_is_the_best_match(validator: Draft7Validator) -> None:
    error = best_match(validator.iter_errors(parse(with_layers("Dense: {unit: 3}"))))
    assert error is not None
    assert "'unit' was unexpected" in error.message
    assert list(error.absolute_path) == ["architecture", "layers", 0, "Dense"]


def sample(parameter: Parameter) -> Any:
    """Return a value that a required argument accepts."""
    samples = {
        "integer": 3,
        "number": 0.5,
        "boolean": True,
        "string": "text",
        "list": [2, 2],
        "mapping": {"key": 1},
    }
    objects = {"layers": "Flatten", "activations": "relu", "optimizers": "Adam"}
    if parameter.object_kind:
        return objects.get(parameter.object_kind, 0.5)
    return samples[parameter.accepts[0]] if parameter.accepts else 1


NAMES = [
    (kind, name)
    for kind in ("layers", "applications")
    for name in load_catalogue().all_names(kind)
]


@pytest.mark.parametrize(("kind", "name"), NAMES, ids=[name for _, name in NAMES])
def test_layer_is_accepted_by_name_and_with_its_arguments(
    validator: Draft7Validator, catalogue: Catalogue, kind: str, name: str
) -> None:
    entry = catalogue.find(kind, name)
    assert entry is not None
    arguments = {key: sample(entry.parameters[key]) for key in entry.required}
    places = {"from": ["a", "b"], "repeat": 2, "name": "it"}
    data = parse(MINIMAL)
    data["architecture"]["layers"] = [name, {name: arguments}, {name: arguments | places}]
    assert list(validator.iter_errors(data)) == []
    data["architecture"]["layers"] = [{name: arguments | {"nonsense": 1}}]
    (error,) = validator.iter_errors(data)
    assert "'nonsense' was unexpected" in error.message


@pytest.mark.parametrize("kind", ["losses", "metrics", "optimizers", "callbacks"])
def test_object_is_accepted_by_name_and_with_its_arguments(
    validator: Draft7Validator, catalogue: Catalogue, kind: str
) -> None:
    for name in catalogue.all_names(kind):
        entry = catalogue.find(kind, name)
        assert entry is not None
        arguments = {key: sample(entry.parameters[key]) for key in entry.required}
        for notation in (name, {name: arguments}):
            data = parse(MINIMAL)
            if kind in {"losses", "optimizers"}:
                data |= {{"losses": "loss", "optimizers": "optimizer"}[kind]: notation}
            else:
                data |= {"metrics": [notation]} if kind == "metrics" else {}
                data["training"] = {"callbacks": [notation]} if kind == "callbacks" else {}
            assert list(validator.iter_errors(data)) == [], name


REFERENCED = """\
name: "run_${seed}"
seed: "${training.epochs}"
dataset: {source: "${name}", offline: "${name}", validation: "${dataset.test}", test: "${a}"}
architecture:
  layers:
    - "${architecture.first}"
    - Dense: "${dataset.num_classes}"
    - Dense: {units: "${n}", use_bias: "${b}", activation: "${f}", repeat: "${r}"}
    - Dense: {units: 1, kernel_regularizer: "${l}", kernel_constraint: {MaxNorm: "${n}"}}
    - Conv2D: {filters: "${n}", kernel_size: ["${k}", 3], strides: "${s}"}
    - Bidirectional: {layer: "${layer}"}
loss: "${losses.first}"
metrics: ["${metric}", {AUC: {num_thresholds: "${n}"}}]
optimizer: {SGD: {learning_rate: "${rate}", momentum: "${m}"}}
lr_schedule: {CosineDecay: {decay_steps: "${training.total_steps}"}}
regularization: {l1: "${a.b}", l2: "${ regularization.l1 }", early_stopping: "${stopping}"}
training: {epochs: "${e}", batch_size: "${e}", loop: "${loop}", callbacks: "${callbacks}"}
"""


def test_reference_is_accepted_wherever_a_value_is(validator: Draft7Validator) -> None:
    assert list(validator.iter_errors(parse(REFERENCED))) == []


@pytest.mark.parametrize(
    "text",
    [
        "base: other.yaml\n",
        "base: [a.yaml, b.yaml]\nremove: [regularization.l2]\n",
        "base: other.yaml\ndataset: {validation: 0.2}\narchitecture: {}\n",
        "base: other.yaml\nlr_schedule: {CosineDecay: {alpha: 0.1}}\n",
        "base: other.yaml\narchitecture: {layers: [Conv2D: {filters: 8}]}\n",
        f"{HEAD}architecture: {{defaults: {{Dense: {{units: 4}}}}, layers: [Dense: {{}}]}}\n",
        f"{HEAD}architecture: {{defaults: {{Dense: {{units: 4}}}}, layers: [Dense: ]}}\n",
    ],
)
def test_what_another_place_may_give_is_not_required(
    validator: Draft7Validator, text: str
) -> None:
    assert list(validator.iter_errors(parse(text))) == []


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("base: 5\n", "base", "5 is not of type 'string'"),
        ("base: o.yaml\nremove: seed\n", "remove", "'seed' is not of type 'array'"),
        ("base: o.yaml\nremve: [seed]\n", "", "'remve' was unexpected"),
        (
            "base: o.yaml\narchitecture: {layers: [Dense: {unit: 8}]}\n",
            "architecture.layers[0].Dense",
            "'unit' was unexpected",
        ),
        (
            f"{HEAD}architecture: {{blocks: {{Block: {{layers: [Flatten]}}}}, layers: [a]}}\n",
            "architecture.blocks",
            "'Block' does not match",
        ),
    ],
)
def test_fault_of_composition_is_refused(
    validator: Draft7Validator, text: str, where: str, said: str
) -> None:
    (error,) = validator.iter_errors(parse(text))
    assert place(error) == where
    assert said in error.message


def sections(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[Any]:
    """Yield every section of the config with its place."""
    yield path, model
    for key, field in model.model_fields.items():
        inside = section_of(field.annotation)
        if inside:
            yield from sections(inside, (*path, key))


@pytest.mark.parametrize(("path", "model"), [*sections(Config)], ids=str)
def test_keys_are_those_of_the_models(
    schema: dict[str, Any], path: tuple[str, ...], model: type[BaseModel]
) -> None:
    whole = schema
    for key in path:
        schema = schema["properties"][key]
        schema = schema.get("then", schema)  # beside a section, other notations
        members = (schema.get("items"), schema.get("additionalProperties"))
        schema = next((one for one in members if isinstance(one, dict)), schema)
        schema = resolve(whole, schema)
        schema = schema if "properties" in schema else schema["then"]
    assert schema["properties"].keys() == {*model.model_fields, *ADDED_KEYS.get(path, ())}
    assert schema["additionalProperties"] is False
    assert schema["description"] == (model.__doc__ or "").split("\n")[0]
    assert all("description" in schema["properties"][key] for key in model.model_fields)


def test_places_of_keras_objects_are_known() -> None:
    assert {(key,) for key in OBJECTS} | set(OBJECT_LISTS) <= set(PLACES)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (("training", "batch_size"), {"default": 32, "minimum": 1}),
        (("training", "loop"), {"default": "auto"}),
        (("seed",), {"default": 0, "minimum": 0, "exclusiveMaximum": 2**31}),
        (("regularization", "l2"), {"default": 0.0, "minimum": 0}),
        (("regularization", "early_stopping", "monitor"), {"default": "val_loss"}),
    ],
    ids=str,
)
def test_bounds_and_defaults_are_those_of_the_models(
    schema: dict[str, Any], path: tuple[str, ...], said: dict[str, Any]
) -> None:
    for key in path:
        schema = schema["properties"][key]
    assert schema | said == schema


def resolve(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Return a part with what it refers to."""
    while "$ref" in part:
        name = part["$ref"].removeprefix("#/$defs/")
        part = schema["$defs"][name] | {k: v for k, v in part.items() if k != "$ref"}
    return part


def test_every_object_and_argument_says_what_keras_says(
    schema: dict[str, Any], catalogue: Catalogue
) -> None:
    for kind in set(catalogue.objects) - {"activations"}:
        for name, described in catalogue.objects[kind].items():
            assert schema["$defs"][f"{kind}.{name}"]["description"] == described["summary"]
            properties = schema["$defs"][f"{kind}.{name}.arguments"]["properties"]
            for key, parameter in described["parameters"].items():
                if kind == "applications" and key in FILLED_IN:
                    continue  # dlkit gives it
                argument = resolve(schema, properties[key])
                own = kind in {"layers", "applications"} and key == "name"
                assert own or argument.get("description") == parameter.get("summary"), key
                assert own or argument.get("default") == parameter.get("default"), key


@pytest.mark.parametrize(
    "text",
    ["1/255", " 1 / 3 ", "-1/2", "1.5/2.5", "1/0", "1/0.0", "1/0.5", "1/2/3", "1/x", "/2", "2"],
)
def test_fractions_are_those_that_the_loader_reads(text: str) -> None:
    assert bool(re.search(FRACTION_PATTERN, text)) == (parse_number(text) != text)


@pytest.mark.parametrize(
    "text", ["5 epochs", "1 epoch", "200 steps", "0.5 epochs", "5epochs", "5", "five steps", ""]
)
def test_durations_are_those_that_the_loader_reads(text: str) -> None:
    assert bool(re.search(DURATION_PATTERN, text)) == (parse_duration(text) is not None)
