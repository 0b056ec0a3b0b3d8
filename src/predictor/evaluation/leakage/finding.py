"""What the audit says: one finding, and whether it stops a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Severity = Literal["severe", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("severe", "warning", "info")


@dataclass(frozen=True)
class Finding:
    """One thing that the audit saw.

    Attributes
    ----------
    name : str
        What `accept_findings` in the configuration calls it, e.g. 'attribute:lost_reason'.
    severity : {'severe', 'warning', 'info'}
        'severe' stops a training unless it is accepted.
    subject : str
        The column, day or table that it is about.
    evidence : str
        One sentence with figures.
    mend : str
        One sentence.
    accepted : bool
        The configuration accepts it by name.
    """

    name: str
    severity: Severity
    subject: str
    evidence: str
    mend: str
    accepted: bool = False

    @property
    def stops_training(self) -> bool:
        """Severe, and nobody accepted it."""
        return self.severity == "severe" and not self.accepted


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sort by what stops a training, then by severity; the order is kept within."""
    return sorted(findings, key=lambda f: (not f.stops_training, SEVERITIES.index(f.severity)))
