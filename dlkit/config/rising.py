"""Which metrics are better the larger they are; a list of names, which imports nothing."""

from __future__ import annotations

RISING = frozenset(
    {
        *("accuracy", "Accuracy", "BinaryAccuracy", "CategoricalAccuracy"),
        *("SparseCategoricalAccuracy", "TopKCategoricalAccuracy"),
        *("SparseTopKCategoricalAccuracy", "AUC", "Precision", "Recall", "PrecisionAtRecall"),
        *("RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity"),
        *("F1Score", "FBetaScore", "R2Score", "IoU", "BinaryIoU", "MeanIoU", "OneHotIoU"),
        *("OneHotMeanIoU", "CosineSimilarity", "ConcordanceCorrelation"),
        *("PearsonCorrelation", "TruePositives", "TrueNegatives"),
    }
)
"""Metrics of which more is better; of all others less is."""
