from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.catalogue import load_catalogue
from dlkit.config.objects import KerasObject, LayerEntry, ObjectReader
from dlkit.config.sections import read_sections
from dlkit.config.values import Duration
from dlkit.errors import Path


def plain(value: Any) -> Any:
    """Write an object with its arguments as a pair, to compare it with what is expected."""
    if isinstance(value, KerasObject):
        return value.name, {key: plain(item) for key, item in value.arguments.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def read(notation: Any, kind: str) -> Any:
    reader = ObjectReader(load_catalogue())
    result = reader.read(notation, kind, ("here",))
    assert [str(problem) for problem in reader.problems] == []
    return plain(result)


def faults(notation: Any, kind: str, supplied: tuple[str, ...] = ()) -> list[str]:
    reader = ObjectReader(load_catalogue())
    reader.read(notation, kind, ("here",), supplied)
    return [str(problem) for problem in reader.problems]


def sections(notation: Any) -> tuple[Any, list[str]]:
    """Read a layer that stands behind two others."""
    data = {"architecture": {"layers": ["Flatten", "Flatten", notation]}}
    found, problems = read_sections(data, load_catalogue())
    return found["architecture"]["layers"][-1], [str(problem) for problem in problems]


def read_layer(notation: Any) -> LayerEntry:
    entry, problems = sections(notation)
    assert problems == []
    assert isinstance(entry, LayerEntry)
    return entry


def layer_faults(notation: Any) -> list[str]:
    return sections(notation)[1]


@pytest.mark.parametrize(
    ("notation", "name", "arguments"),
    [
        ("Flatten", "Flatten", {}),
        ({"Flatten": None}, "Flatten", {}),
        ({"Flatten": {}}, "Flatten", {}),
        ({"Dense": 64}, "Dense", {"units": 64}),
        ({"Dense": 64.0}, "Dense", {"units": 64}),
        (
            {"Dense": {"units": 64, "use_bias": False}},
            "Dense",
            {"units": 64, "use_bias": False},
        ),
        ({"Dropout": "1/4"}, "Dropout", {"rate": 0.25}),
        ({"Dropout": {"rate": 0.5, "seed": None}}, "Dropout", {"rate": 0.5, "seed": None}),
        ({"Conv2D": [32, 3]}, "Conv2D", {"filters": 32, "kernel_size": 3}),
        ({"Conv2D": [32, [3, 5]]}, "Conv2D", {"filters": 32, "kernel_size": [3, 5]}),
        ({"Reshape": [28, 28, 1]}, "Reshape", {"target_shape": [28, 28, 1]}),
        ({"MaxPooling2D": [2, 3]}, "MaxPooling2D", {"pool_size": [2, 3]}),
        ({"RandomTranslation": [0.1, 0.2]}, "RandomTranslation", None),
        ({"MaxPool2D": 2}, "MaxPooling2D", {"pool_size": 2}),
        ({"VGG16": {"include_top": False}}, "VGG16", {"include_top": False}),
    ],
    ids=str,
)
def test_layer_is_read_when_written_in_any_notation(
    notation: Any, name: str, arguments: dict[str, Any] | None
) -> None:
    if arguments is None:  # the one layer here with two required numbers
        arguments = {"height_factor": 0.1, "width_factor": 0.2}
    assert read(notation, "layers") == (name, arguments)


@pytest.mark.parametrize(
    ("kind", "written", "name"),
    [
        ("losses", "mse", "MeanSquaredError"),
        ("losses", "MSE", "MeanSquaredError"),
        ("losses", "sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"),
        ("metrics", "acc", "accuracy"),
        ("metrics", "mae", "MeanAbsoluteError"),
        ("metrics", "Accuracy", "Accuracy"),
        ("optimizers", "adam", "Adam"),
        ("optimizers", "rmsprop", "RMSprop"),
        ("regularizers", "l2", "L2"),
        ("initializers", "he_normal", "HeNormal"),
        ("constraints", "max_norm", "MaxNorm"),
        ("activations", "swish", "silu"),
        ("activations", "relu", "relu"),
    ],
)
def test_object_is_found_by_keras_s_other_names(kind: str, written: str, name: str) -> None:
    reader = ObjectReader(load_catalogue())
    found = reader.read(written, kind, ("here",))
    assert found == KerasObject(kind, name, written, {}, ("here",))


@pytest.mark.parametrize(
    ("notation", "path"),
    [("Adam", ("optimizer",)), ({"Adam": 0.1}, ("optimizer", "Adam"))],
)
def test_path_of_an_object_is_where_its_name_stands(notation: Any, path: Path) -> None:
    found = ObjectReader(load_catalogue()).read(notation, "optimizers", ("optimizer",))
    assert found is not None
    assert found.path == path


@pytest.mark.parametrize(
    ("argument", "value", "result"),
    [
        ("kernel_regularizer", "l2", ("L2", {})),
        ("kernel_regularizer", {"L2": 0.001}, ("L2", {"l2": 0.001})),
        (
            "kernel_regularizer",
            {"L1L2": {"l1": 0.1, "l2": 0.2}},
            ("L1L2", {"l1": 0.1, "l2": 0.2}),
        ),
        ("kernel_regularizer", None, None),
        ("kernel_initializer", "he_normal", ("HeNormal", {})),
        ("bias_initializer", {"Constant": "1/2"}, ("Constant", {"value": 0.5})),
        ("kernel_constraint", {"MaxNorm": 2}, ("MaxNorm", {"max_value": 2})),
        ("activation", "relu", ("relu", {})),
        ("activation", "LeakyReLU", ("LeakyReLU", {})),
        ("activation", {"LeakyReLU": 0.2}, ("LeakyReLU", {"negative_slope": 0.2})),
        ("activation", {"Softmax": {"axis": 1}}, ("Softmax", {"axis": 1})),
    ],
)
def test_argument_of_a_layer_may_be_an_object(argument: str, value: Any, result: Any) -> None:
    _, arguments = read({"Dense": {"units": 3, argument: value}}, "layers")
    assert arguments[argument] == result


@pytest.mark.parametrize(
    ("notation", "arguments"),
    [
        ({"Bidirectional": {"layer": {"LSTM": 64}}}, {"layer": ("LSTM", {"units": 64})}),
        ({"TimeDistributed": "Flatten"}, {"layer": ("Flatten", {})}),
        (
            {"RNN": {"cell": [{"LSTMCell": 4}, {"GRUCell": 5}]}},
            {"cell": [("LSTMCell", {"units": 4}), ("GRUCell", {"units": 5})]},
        ),
        (
            {"Bidirectional": {"layer": {"GRU": {"units": 2, "activation": "tanh"}}}},
            {"layer": ("GRU", {"units": 2, "activation": ("tanh", {})})},
        ),
    ],
    ids=["lone", "name", "list", "deep"],
)
def test_layer_holds_other_layers(notation: Any, arguments: Any) -> None:
    assert read(notation, "layers")[1] == arguments


@pytest.mark.parametrize(
    ("rate", "result"),
    [
        (0.01, 0.01),
        (1, 1),
        ("1/1000", 0.001),
        (
            {"ExponentialDecay": [0.1, "5 epochs", 0.9]},
            (
                "ExponentialDecay",
                {
                    "initial_learning_rate": 0.1,
                    "decay_steps": Duration(5.0, "epoch"),
                    "decay_rate": 0.9,
                },
            ),
        ),
        (
            {"PiecewiseConstantDecay": {"boundaries": [100, "2 epochs"], "values": [3, 2, 1]}},
            (
                "PiecewiseConstantDecay",
                {"boundaries": [100, Duration(2.0, "epoch")], "values": [3, 2, 1]},
            ),
        ),
        (
            {"CosineDecay": {"initial_learning_rate": 1, "decay_steps": "1 step"}},
            (
                "CosineDecay",
                {"initial_learning_rate": 1, "decay_steps": Duration(1.0, "step")},
            ),
        ),
    ],
    ids=["float", "int", "fraction", "list", "boundaries", "mapping"],
)
def test_learning_rate_is_a_number_or_a_schedule(rate: Any, result: Any) -> None:
    assert read({"SGD": {"learning_rate": rate}}, "optimizers")[1]["learning_rate"] == result


def test_whole_learning_rate_becomes_the_float_that_keras_wants() -> None:
    for name in ("Adadelta", "SGD"):
        reader = ObjectReader(load_catalogue())
        optimizer = reader.read({name: {"learning_rate": 1}}, "optimizers", ())
        assert optimizer is not None
        rate = optimizer.arguments["learning_rate"]
        assert (rate, type(rate)) == (1.0, float)


def test_duration_is_plain_text_when_it_stands_outside_a_schedule() -> None:
    assert faults({"Dense": "5 epochs"}, "layers") == [
        "here.Dense: expected an integer, received '5 epochs' (text)."
    ]


@pytest.mark.parametrize(
    ("steps", "received"),
    [
        (True, "true"),
        ("soon", "'soon' (text)"),
        (1.5, "1.5"),
        ([100], "a list [100]"),
        ({"a": 1}, "a mapping {'a': 1}"),
        ("5 minutes", "'5 minutes' (text)"),
    ],
)
def test_steps_of_a_schedule_are_refused_when_they_are_no_duration(
    steps: Any, received: str
) -> None:
    notation = {"CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": steps}}
    assert faults(notation, "schedules") == [
        (
            f"here.CosineDecay.decay_steps: expected an integer, received {received}."
            " Or a duration like `5 epochs`."
        )
    ]


def test_required_argument_is_not_missed_when_it_is_supplied() -> None:
    notation = {"CosineDecay": {"decay_steps": 100}}
    assert faults(notation, "schedules", ("initial_learning_rate",)) == []
    assert faults(notation, "schedules") == [
        "here.CosineDecay: CosineDecay needs 'initial_learning_rate'."
    ]


@pytest.mark.parametrize(
    ("notation", "said"),
    [
        ("Dense", "here: Dense needs 'units'."),
        ({"Dense": None}, "here.Dense: Dense needs 'units'."),
        ({"Conv2D": {}}, "here.Conv2D: Conv2D needs 'filters' and 'kernel_size'."),
        ({"Conv2D": 32}, "here.Conv2D: Conv2D needs 'kernel_size'."),
        (
            {"Dense": {"units": None}},
            "here.Dense.units: expected an integer, received nothing.",
        ),
        (
            {"Reshape": {"target_shape": None}},
            "here.Reshape.target_shape: expected a value, received nothing.",
        ),
    ],
    ids=str,
)
def test_missing_argument_is_named(notation: Any, said: str) -> None:
    assert faults(notation, "layers") == [said]


@pytest.mark.parametrize(
    ("notation", "said"),
    [
        (
            {"Dense": {"unit": 3}},
            "here.Dense.unit: Dense has no argument 'unit'. Did you mean 'units'?",
        ),
        (
            {"Conv2D": {"filter": 8, "kernel_size": 3}},
            "here.Conv2D.filter: Conv2D has no argument 'filter'. Did you mean 'filters'?",
        ),
        (
            {"Conv2D": {"filters": 8, "kernel_size": 3, "rank": 2}},
            "here.Conv2D.rank: Conv2D has no argument 'rank'. Did you mean 'lora_rank'?",
        ),
        (
            {"Dense": {"units": 3, "zzz": 3}},
            "here.Dense.zzz: Dense has no argument 'zzz'.",
        ),
    ],
    ids=["units", "filters", "rank", "far"],
)
def test_misspelt_argument_is_answered_and_not_missed_as_well(notation: Any, said: str) -> None:
    assert faults(notation, "layers") == [said]


@pytest.mark.parametrize(
    ("notation", "said"),
    [
        ({"Dense": "x"}, "here.Dense: expected an integer, received 'x' (text)."),
        ({"Dense": True}, "here.Dense: expected an integer, received true."),
        ({"Dense": {"units": 3.5}}, "here.Dense.units: expected an integer, received 3.5."),
        ({"Dropout": [0.1]}, "here.Dropout: expected a number, received a list [0.1]."),
        (
            {"Dense": {"units": 1, "use_bias": "no"}},
            "here.Dense.use_bias: expected true or false, received 'no' (text). Write false.",
        ),
        (
            {"Dense": {"units": 1, "activation": "rleu"}},
            "here.Dense.activation: Keras has no activation 'rleu'. Did you mean 'relu'?",
        ),
        (
            {"Dense": {"units": 1, "activation": {"relu": {"max_value": 6}}}},
            (
                "here.Dense.activation.relu: relu takes no arguments here."
                " Layers can: ReLU, LeakyReLU, PReLU, ELU, Softmax."
            ),
        ),
        (
            {"Dense": {"units": 1, "kernel_regularizer": {"L2": {"l": 1}}}},
            "here.Dense.kernel_regularizer.L2.l: L2 has no argument 'l'. Did you mean 'l2'?",
        ),
        (
            {"Bidirectional": {"layer": {"LSTM": {"unit": 1}}}},
            (
                "here.Bidirectional.layer.LSTM.unit: LSTM has no argument 'unit'."
                " Did you mean 'units'?"
            ),
        ),
        (
            {"Conv2D": [3, {"a": 1}]},
            "here.Conv2D[1]: expected an integer or a list, received a mapping {'a': 1}.",
        ),
        (
            {"RNN": {"cell": [{"LSTMCell": 4}, {"GRUCel": 5}]}},
            "here.RNN.cell[1].GRUCel: Keras has no layer 'GRUCel'. Did you mean 'GRUCell'?",
        ),
    ],
    ids=str,
)
def test_wrong_argument_is_refused_at_its_path(notation: Any, said: str) -> None:
    assert faults(notation, "layers") == [said]


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (
            "fast",
            ": expected a number or a learning-rate schedule, received 'fast' (text).",
        ),
        (True, ": expected a number or a learning-rate schedule, received true."),
        (
            {"CosinDecay": 5},
            (
                ".CosinDecay: Keras has no learning-rate schedule 'CosinDecay'."
                " Did you mean 'CosineDecay'?"
            ),
        ),
        (
            "CosineDecay",
            ": CosineDecay needs 'initial_learning_rate' and 'decay_steps'.",
        ),
    ],
    ids=["text", "boolean", "misspelt", "name"],
)
def test_learning_rate_is_refused_when_it_is_neither(rate: Any, said: str) -> None:
    assert faults({"SGD": {"learning_rate": rate}}, "optimizers") == [
        f"here.SGD.learning_rate{said}"
    ]


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("layers", "Dens", "Keras has no layer 'Dens'. Did you mean 'Dense'?"),
        ("layers", "conv2d", "Keras has no layer 'conv2d'. Did you mean 'Conv2D'?"),
        ("layers", "Xcption", "Keras has no layer 'Xcption'. Did you mean 'Xception'?"),
        ("optimizers", "Adm", "Keras has no optimizer 'Adm'. Did you mean 'Adam'?"),
        (
            "schedules",
            "CosinDecay",
            "Keras has no learning-rate schedule 'CosinDecay'. Did you mean 'CosineDecay'?",
        ),
        (
            "losses",
            "mean_square_error",
            "Keras has no loss 'mean_square_error'. Did you mean 'mean_squared_error'?",
        ),
        ("metrics", "acuracy", "Keras has no metric 'acuracy'. Did you mean 'accuracy'?"),
        ("activations", "sigmod", "Keras has no activation 'sigmod'. Did you mean 'sigmoid'?"),
        (
            "initializers",
            "he_norml",
            "Keras has no initializer 'he_norml'. Did you mean 'he_normal'?",
        ),
        (
            "regularizers",
            "weights",
            (
                "Keras has no regularizer 'weights'. Expected one of: L1, L1L2, L2,"
                " OrthogonalRegularizer."
            ),
        ),
        (
            "constraints",
            "max_nrm",
            "Keras has no constraint 'max_nrm'. Did you mean 'max_norm'?",
        ),
        (
            "callbacks",
            "TerminateOnNan",
            "Keras has no callback 'TerminateOnNan'. Did you mean 'TerminateOnNaN'?",
        ),
    ],
)
def test_unknown_name_is_answered_with_the_nearest(kind: str, name: str, said: str) -> None:
    assert faults(name, kind) == [f"here: {said}"]


@pytest.mark.parametrize(
    ("kind", "name", "hint"),
    [
        ("layers", "relu", "Did you mean 'ReLU'?"),
        ("layers", "tanh", "tanh is an activation. Write `Activation: tanh`."),
        ("layers", "rmsprop", "rmsprop is an optimizer."),
        ("optimizers", "Dense", "Dense is a layer."),
        ("losses", "Adam", "Adam is an optimizer."),
        ("activations", "Dropout", "Dropout is a layer."),
        ("optimizers", "CosineDecay", "CosineDecay is a learning-rate schedule."),
    ],
)
def test_name_of_another_kind_is_said_to_be_one(kind: str, name: str, hint: str) -> None:
    (said,) = faults(name, kind)
    assert said.endswith(f" {name!r}. {hint}")


@pytest.mark.parametrize(
    ("notation", "said"),
    [
        (None, "here: expected the name of a layer, received nothing."),
        (5, "here: expected the name of a layer, received 5."),
        ([], "here: expected the name of a layer, received a list []."),
        ({}, "here: expected the name of a layer, received a mapping {}."),
        (
            {"Dense": None, "units": 3},
            (
                "here.units: one layer has one name, received 'units' beside 'Dense'."
                " Indent what belongs to 'Dense' under it."
            ),
        ),
        (
            {"Dense": 3, "Flatten": None, "Dropout": 1},
            (
                "here.Flatten: one layer has one name, received 'Flatten' and 'Dropout' beside"
                " 'Dense'. Indent what belongs to 'Dense' under it."
            ),
        ),
    ],
    ids=["nothing", "number", "list", "mapping", "unindented", "three"],
)
def test_notation_is_refused_when_it_is_no_single_name(notation: Any, said: str) -> None:
    assert faults(notation, "layers") == [said]


def test_lone_value_is_refused_when_there_is_no_argument() -> None:
    assert faults({"accuracy": 5}, "metrics") == [
        "here.accuracy: accuracy takes no arguments, received 5."
    ]


def test_all_faults_of_one_object_are_told() -> None:
    notation = {"Dense": {"units": "x", "activation": "rleu", "use_bia": True}}
    assert len(faults(notation, "layers")) == 3


@pytest.mark.parametrize(
    ("notation", "name"),
    [
        ({"Dense": 3}, "dense_2"),
        ("MaxPooling2D", "max_pooling2d_2"),
        ("MaxPool2D", "max_pool2d_2"),
        ({"Dense": {"units": 3, "name": "head"}}, "head"),
        ({"Dense": {"units": 3, "name": None}}, "dense_2"),
    ],
    ids=str,
)
def test_layer_is_named_after_its_class_and_place(notation: Any, name: str) -> None:
    assert read_layer(notation).name == name


@pytest.mark.parametrize(
    ("notation", "inputs"),
    [
        ({"Dense": 3}, None),
        ({"Dense": {"units": 3, "from": "input"}}, ("input",)),
        ({"Add": {"from": ["a", "b"]}}, ("a", "b")),
    ],
    ids=["previous", "one", "two"],
)
def test_layer_reads_the_layers_it_says(notation: Any, inputs: tuple[str, ...] | None) -> None:
    entry = read_layer(notation)
    assert entry.inputs == inputs
    assert "from" not in entry.layer.arguments


@pytest.mark.parametrize(
    ("given", "received"), [(5, "5"), ([], "a list []"), (["a", 1], "a list ['a', 1]")]
)
def test_from_is_refused_when_it_names_no_layers(given: Any, received: str) -> None:
    assert layer_faults({"Add": {"from": given}}) == [
        (
            "architecture.layers[2].Add.from: expected the name of a layer or a list, received "
            f"{received}."
        )
    ]


@pytest.mark.parametrize(
    ("name", "received"), [(5, "5"), ("a/b", "'a/b' (text)"), ("", "'' (text)"), (True, "true")]
)
def test_name_of_a_layer_is_refused_when_keras_could_not_use_it(
    name: Any, received: str
) -> None:
    wanted = "letters, digits, dots, dashes or underscores"
    assert layer_faults({"Dense": {"units": 3, "name": name}}) == [
        f"architecture.layers[2].Dense.name: expected {wanted}, received {received}."
    ]
