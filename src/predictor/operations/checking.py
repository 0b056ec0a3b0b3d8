"""Checking a source: what is used, what is quarantined, what leaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from predictor.crm.crm import Crm, read_crm
from predictor.errors import TrainingRefusedError
from predictor.evaluation.leakage.audit import audit
from predictor.features.learning import learn_specification
from predictor.model.training import refuse_too_few, training_snapshots

if TYPE_CHECKING:
    from predictor.config import Config
    from predictor.evaluation.leakage.finding import Finding
    from predictor.operations.training import Step


@dataclass(frozen=True)
class Check:
    """What the check of a source found.

    Attributes
    ----------
    crm : Crm
        The source, with its counts.
    findings : list of Finding
        Of the leakage audit, worst first.
    obstacle : str
        Why training would be refused, apart from the findings; empty if it would not.
    """

    crm: Crm
    findings: list[Finding]
    obstacle: str

    @property
    def refused(self) -> bool:
        """Whether training would be refused."""
        return bool(self.obstacle) or any(finding.stops_training for finding in self.findings)


def check(config: Config, step: Step) -> Check:
    """Read a source as training would, and say what stands against it."""
    step("reading the source")
    crm = read_crm(config)
    step("looking for leaks")
    as_of = crm.last_instant()
    learn_specification(crm.known_at(as_of), config)
    obstacle = ""
    try:
        refuse_too_few(training_snapshots(crm, config, as_of), as_of)
    except TrainingRefusedError as error:
        obstacle = str(error)
    return Check(crm, audit(crm, config, as_of), obstacle)
