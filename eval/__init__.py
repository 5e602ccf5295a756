"""Evaluation: question sets with gold evidence, metrics, runs, reports and comparisons."""
