import numpy as np
import pytest

from dlkit.evaluate.predictions import class_probabilities, evaluate_outputs


def test_probabilities_of_one_sigmoid_unit_are_those_of_both_classes() -> None:
    outputs = np.array([[0.2], [0.9]], dtype="float32")
    expected = [[0.8, 0.2], [0.1, 0.9]]
    assert class_probabilities(outputs, from_logits=False) == pytest.approx(np.array(expected))


def test_logits_of_one_unit_go_through_the_logistic_function() -> None:
    outputs = np.array([[0.0], [np.log(3.0)]], dtype="float32")
    expected = [[0.5, 0.5], [0.25, 0.75]]
    assert class_probabilities(outputs, from_logits=True) == pytest.approx(np.array(expected))


def test_logits_of_several_units_go_through_softmax_even_when_huge() -> None:
    outputs = np.array([[1000.0, 1000.0 + np.log(3.0)]])
    found = class_probabilities(outputs, from_logits=True)
    assert found == pytest.approx(np.array([[0.25, 0.75]]), rel=1e-6)


def test_probabilities_pass_unchanged_when_the_model_gives_them() -> None:
    outputs = np.array([[0.1, 0.2, 0.7]])
    assert class_probabilities(outputs, from_logits=False) is outputs


def test_classification_predicts_the_likeliest_class() -> None:
    outputs = np.array([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]])
    labels = np.array([1, 2], dtype="int32")
    found = evaluate_outputs({}, outputs, labels, "classification", from_logits=False)
    assert found.predicted.tolist() == [1, 0]
    assert found.true.tolist() == [1, 2]


def test_regression_predicts_the_value_itself() -> None:
    outputs = np.array([[1.5], [-2.0]])
    labels = np.array([[1.0], [-1.0]], dtype="float32")
    found = evaluate_outputs({}, outputs, labels, "regression", from_logits=False)
    assert found.predicted.tolist() == [1.5, -2.0]
    assert found.true.tolist() == [1.0, -1.0]
    assert found.probabilities is None
