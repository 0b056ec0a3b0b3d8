"""Explanations: contributions of each signal to a probability, and the reasons they support."""
