import numpy as np
import pytest

from dlkit.evaluate.predictions import class_probabilities, evaluate_outputs, read_answers


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


@pytest.mark.parametrize("from_logits", [False, True], ids=["probabilities", "logits"])
def test_label_is_given_above_a_probability_of_one_half_as_in_keras(from_logits: bool) -> None:
    probabilities = np.array([[0.5, 0.49, 0.9], [0.2, 0.8, 0.1]])
    outputs = np.log(probabilities / (1 - probabilities)) if from_logits else probabilities
    labels = np.array([[1, 0, 0], [0, 1, 1]], dtype="float32")
    found = evaluate_outputs({}, outputs, labels, "multi_label", from_logits=from_logits)
    assert found.predicted.tolist() == [[0, 0, 1], [0, 1, 0]]
    assert found.true.tolist() == labels.tolist()
    assert found.true.dtype == found.predicted.dtype == np.int32
    assert found.probabilities == pytest.approx(probabilities)


def test_one_hot_labels_are_their_classes() -> None:
    labels = np.array([[0, 0, 1], [1, 0, 0]], dtype="float32")
    outputs = np.array([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]])
    found = evaluate_outputs({}, outputs, labels, "classification", from_logits=False)
    assert found.true.tolist() == [2, 0]


def test_several_values_keep_their_columns() -> None:
    outputs, labels = np.array([[1.5, 2.0], [3.0, 4.0]]), np.array([[1.0, 2.0], [3.0, 5.0]])
    found = evaluate_outputs({}, outputs, labels, "regression", from_logits=False)
    assert found.predicted.tolist() == outputs.tolist()
    assert found.true.tolist() == labels.tolist()


def test_answers_need_no_truth() -> None:
    found = read_answers(np.array([[0.25]]), "classification", from_logits=False)
    assert found.predicted.tolist() == [0]
    assert found.probabilities == pytest.approx(np.array([[0.75, 0.25]]))
