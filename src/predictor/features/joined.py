"""Snapshots joined with their facts: what the relations are made of, each part built once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from predictor.features.relations import answers, interactions

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from predictor.features.facts import Facts
    from predictor.features.specification import FeatureSpecification


@dataclass(frozen=True)
class Joined:
    """Snapshots and the facts that they may use.

    Attributes
    ----------
    facts : Facts
        The facts of the CRM.
    specification : FeatureSpecification
        What was frozen at training.
    snapshots : ir.Table
        Columns snapshot_id (int), prospect_id, as_of (timestamp), as_of_us (int).
    """

    facts: Facts
    specification: FeatureSpecification
    snapshots: ir.Table

    @cached_property
    def rows(self) -> ir.Table:
        """One row per snapshot and interaction."""
        return interactions.rows(self.facts, self.specification, self.snapshots)

    @cached_property
    def tallies(self) -> ir.Table:
        """One row per snapshot and interaction type."""
        return interactions.tallies(self.rows, self.specification)

    @cached_property
    def answers(self) -> ir.Table:
        """One row per snapshot and question answered."""
        return answers.per_question(self.facts.answers, self.specification, self.snapshots)
