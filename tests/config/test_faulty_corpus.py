"""Faulty configs beside what is said of each: ``faulty/<group>/<name>.yaml`` and ``.txt``.

The texts are golden files, read line by line by a person before they were kept: they are
what ``dlkit check --static NAME.yaml`` writes to stderr, less the count of problems. The
group ``warnings`` holds configs that are accepted.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlkit.cli import main
from dlkit.config.load import LoadedConfig, load_config
from dlkit.config.sweep.checking import sweep_of
from dlkit.errors import ConfigError

CORPUS = Path(__file__).parent / "faulty"
FILES = {
    f"{file.parent.name}/{file.stem}": file
    for file in sorted(CORPUS.glob("*/*.yaml"))  # deeper ones are what these build on
}
WARNED = {name: file for name, file in FILES.items() if name.startswith("warnings/")}
REFUSED = {name: file for name, file in FILES.items() if name not in WARNED}
SEVERAL = {name: file for name, file in FILES.items() if name.startswith("several/")}

KINDS_OF_FAULT = {
    "tags": "yaml/tag_on_value yaml/tag_that_runs_code yaml/remove_as_tag",
    "alias bombs": "yaml/alias_bomb",
    "cycles": "yaml/alias_cycle",
    "depth": "yaml/nested_too_deep yaml/nested_too_deep_by_aliases",
    "duplicate keys": "yaml/duplicate_section yaml/duplicate_argument",
    "yes, no, on": "values/yes_is_text values/no_is_text values/on_is_text",
    "012, 12:30:45, 1_000": "values/leading_zero values/sexagesimal values/thousands",
    "dates": "values/date values/date_as_count",
    "syntax": "yaml/unclosed_list yaml/unclosed_quote yaml/tab_indent yaml/wrong_indent",
    "misspelt sections": "sections/misspelt_section sections/misspelt_dataset",
    "misspelt keys": "sections/misspelt_training_key sections/misspelt_architecture_key",
    "type of name, seed": "sections/name_is_number sections/seed_is_text",
    "type of dataset": "sections/dataset_is_text sections/source_is_list",
    "type of architecture": "sections/architecture_is_list sections/layers_is_mapping",
    "type of loss, metrics": "sections/loss_is_number sections/metrics_is_mapping",
    "type of optimizer": "sections/optimizer_is_number sections/lr_schedule_is_number",
    "type of regularization": "sections/regularization_is_number",
    "type of early_stopping": "sections/early_stopping_is_true sections/early_stopping_values",
    "type of training": "sections/training_is_list sections/training_values",
    "unknown layer": "names/unknown_layer names/layer_of_another_library",
    "unknown optimizer": "names/unknown_optimizer",
    "unknown loss, metric": "names/unknown_loss names/unknown_metric",
    "unknown activation": "names/unknown_activation names/activation_as_layer",
    "unknown initializer": "names/unknown_initializer",
    "unknown regularizer": "names/unknown_regularizer",
    "unknown constraint": "names/unknown_constraint",
    "unknown schedule, callback": "names/unknown_schedule names/unknown_callback",
    "unknown application": "names/unknown_application",
    "unknown dataset": "names/unknown_dataset names/unknown_offline_dataset",
    "argument of layer": "arguments/of_layer arguments/of_application",
    "argument of optimizer": "arguments/of_optimizer arguments/of_schedule",
    "argument of loss, metric": "arguments/of_loss arguments/of_metric",
    "argument of initializer": "arguments/of_initializer",
    "argument of regularizer": "arguments/of_regularizer arguments/of_constraint",
    "argument of callback": "arguments/of_callback",
    "argument of activation": "arguments/of_activation arguments/of_activation_layer",
    "missing argument": "arguments/missing arguments/missing_in_schedule",
    "two names": "arguments/two_names arguments/two_layers_in_one",
    "nested objects": "arguments/nested_layer arguments/nested_initializer",
    "no such monitor": "monitor/unknown_metric monitor/misspelt",
    "monitor without validation": "monitor/without_validation",
    "loss against activation": "semantics/no_last_activation semantics/relu_last",
    "loss against from_logits": "semantics/logits_after_softmax",
    "loss against labels": "semantics/classification_of_values",
    "units against classes": "semantics/units_below_classes warnings/units_above_classes",
    "softmax misuse": "semantics/softmax_of_one_unit warnings/hidden_softmax",
    "plateau beside schedule": "schedule/plateau_beside_schedule",
    "schedule's length": "warnings/schedule_too_long warnings/schedule_too_short",
    "restore on training loss": "warnings/restore_on_training_loss",
    "batch larger than data": "warnings/batch_above_data",
    "metric that does not fit": "semantics/accuracy_of_values semantics/one_hot_metric",
    "metric against loss": "semantics/sparse_metric_of_one_hot",
    "unknown source": "sources/misspelt_source sources/file_as_source sources/folder_as_source",
    "setting of source": "sources/misspelt_setting sources/moons_with_classes",
    "missing setting of source": "sources/missing_path sources/missing_settings",
    "type of setting": "sources/path_is_number sources/quoted_is_yes",
    "size of pictures": "sources/image_size_is_number sources/image_size_is_negative",
    "windows": "sources/horizon_is_zero sources/width_missing",
    "records": "sources/dtype_of_record sources/shape_of_picture data/unknown_record_target",
    "kind of column": "sources/kind_of_column sources/kind_left_empty",
    "setting of column": "sources/scale_misspelt sources/missing_is_mode",
    "target": "data/target_missing sources/target_with_wrong_key sources/target_is_number",
    "columns of what has none": "data/features_of_pictures data/target_of_arrays",
    "parts": "sources/part_with_wrong_key sources/part_is_list data/test_file_of_mnist",
    "folds": "data/folds_with_test data/folds_of_series data/folds_with_time sources/one_fold",
    "group and time": "data/group_with_time",
    "streaming": "sources/stream_is_maybe data/stream_of_mnist data/folds_of_stream",
    "class weights": "sources/class_weight_is_list data/class_weight_of_values",
    "augmentation": "sources/no_augmentation data/mixup_of_sparse_labels",
    "inputs": "data/several_inputs data/unknown_input data/layer_called_as_column",
    "from unknown": "graph/from_unknown graph/from_later",
    "duplicate names": "graph/duplicate_name semantics/metric_twice",
    "unread layer": "graph/unread_layer",
    "block's parameters": "blocks/unknown_parameter blocks/missing_parameter",
    "block of itself": "blocks/contains_itself blocks/contain_each_other",
    "misnamed block": "blocks/name_of_a_layer blocks/misspelt_use",
    "defaults": "layers/defaults_of_unknown_layer layers/defaults_of_unknown_argument",
    "outputs": "outputs/no_such_layer outputs/loss_missing outputs/beside_loss",
    "loss of one output": "outputs/activation_of_second outputs/loss_of_keras_habit",
    "target of an output": "outputs/target_of_named_set",
    "layer called again": "nested/shared_later_layer nested/shared_misspelt",
    "model in a model": "nested/fault_inside_model nested/from_outside_model",
    "model in itself": "nested/model_in_itself",
    "trainable": "nested/trainable_is_text transfer/application_misspelt",
    "runs": "transfer/run_without_path",
    "own preprocessing": "warnings/rescaled_twice",
    "stages": "stages/beside_epochs stages/faults_inside stages/rate_twice",
    "regularization": "regularization/rates regularization/clipped_twice",
    "label smoothing": "regularization/smoothing_of_values",
    "initialization": "warnings/he_before_tanh warnings/zeros_on_kernel",
    "selu": "warnings/selu_with_glorot",
    "repeat": "layers/repeat_zero layers/repeat_text layers/repeat_too_often",
    "several seeds": "repeat/with_folds repeat/by_workers repeat/beyond_last_seed",
    "reference unknown": "interpolation/unknown interpolation/unknown_path",
    "reference to itself": "interpolation/refers_to_itself interpolation/contains_itself",
    "base missing": "composition/base_missing",
    "base in a circle": "composition/base_cycle composition/base_of_itself",
    "remove unknown": "composition/remove_unknown",
    "sweep's path": "sweep/misspelt_path sweep/name_without_path sweep/wrong_layer",
    "sweep's range": "sweep/range_without_high sweep/high_below_low sweep/log_from_zero",
    "sweep's numbers": "sweep/fractions_of_units sweep/steps_without_int",
    "sweep's list": "sweep_form/empty_list sweep/twins sweep/twin_objects",
    "sweep's values": "sweep/value_that_is_refused sweep/layers_of_one_value",
    "when": "sweep/when_unknown sweep/when_never sweep/when_in_a_circle sweep/without_when",
    "one place": "sweep/same_place sweep/same_place_in_two_spellings",
    "what no sweep changes": "sweep/sweeps_name sweep/sweeps_itself sweep/sweeps_threads",
    "objective": "sweep/objective_unknown sweep/objective_of_test sweep/objective_of_training",
    "objective gone": "sweep/no_validation sweep/validation_swept_away",
    "several objectives": "sweep/cmaes_of_two sweep/pruner_of_two",
    "grid": "sweep/grid_of_a_range sweep/grid_of_millions warnings/sweep_grid_and_trials",
    "trials, jobs": "sweep_form/trials_zero sweep_form/jobs_zero",
    "sampler, pruner": "sweep_form/sampler_misspelt sweep_form/pruner_misspelt",
    "executor": "sweep_form/executor_misspelt sweep/workers",
    "combinations": "sweep/never_together warnings/sweep_some_impossible",
}
"""What the corpus must show, and the files that show it."""

CHECK_ONE = """\
import sys
from dlkit.cli import main
try:
    main(["check", "--static", sys.argv[1]])
finally:
    print([name for name in ("keras", "tensorflow", "sklearn") if name in sys.modules])
"""


def golden(file: Path) -> str:
    """Return what is to be said of a config, without the last line's end."""
    return file.with_suffix(".txt").read_text(encoding="utf-8").removesuffix("\n")


def checked(file: str) -> LoadedConfig:
    """Load a config, and prove its sweep if it has one, as ``dlkit check`` does."""
    loaded = load_config(file)
    return sweep_of(loaded).loaded if loaded.config.sweep else loaded


@pytest.mark.parametrize("name", REFUSED)
def test_faulty_config_is_refused_in_the_golden_words(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = REFUSED[name]
    monkeypatch.chdir(file.parent)
    with pytest.raises(ConfigError, match=r"\S") as refused:
        checked(file.name)
    assert "\n".join(map(str, refused.value.problems)) == golden(file)


@pytest.mark.parametrize("name", WARNED)
def test_doubtful_config_is_accepted_with_the_golden_warnings(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = WARNED[name]
    monkeypatch.chdir(file.parent)
    assert "\n".join(map(str, checked(file.name).warnings)) == golden(file)
    main(["check", "--static", file.name])
    told = capsys.readouterr()
    assert told.out.splitlines()[-1] == f"{file.name}: 1 warning."  # a sweep is told above it
    assert told.err == f"{golden(file)}\n"


def test_corpus_is_large_and_whole() -> None:
    texts = {f"{text.parent.name}/{text.stem}" for text in CORPUS.glob("*/*.txt")}
    assert len(REFUSED) >= 300
    assert texts == FILES.keys()


@pytest.mark.parametrize("kind", KINDS_OF_FAULT)
def test_corpus_has_every_kind_of_fault(kind: str) -> None:
    assert [name for name in KINDS_OF_FAULT[kind].split() if name not in FILES] == []


def test_golden_texts_show_no_python() -> None:
    shown = ("Traceback", "Error(", "<class", "KerasObject", "LayerEntry", "pydantic")
    strays = {name for name, file in FILES.items() if any(s in golden(file) for s in shown)}
    assert strays == set()


def test_check_of_a_faulty_config_takes_less_than_half_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = time.perf_counter()
    for file in REFUSED.values():
        monkeypatch.chdir(file.parent)
        with pytest.raises(ConfigError, match=r"\S"):
            checked(file.name)
    assert (time.perf_counter() - started) / len(REFUSED) < 0.5


@pytest.mark.parametrize("name", SEVERAL)
def test_command_tells_several_faults_without_keras_or_traceback(name: str) -> None:
    file = SEVERAL[name]
    told = golden(file)
    count = f"{len(told.splitlines())} problems."
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CHECK_ONE, file.name],
        cwd=file.parent,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "[]\n")
    assert (
        done.stderr == f"{told}\n{count} `dlkit describe NAME` lists the arguments of NAME.\n"
    )
