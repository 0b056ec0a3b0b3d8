"""The findings of the audit as plain text, in 80 columns."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import TYPE_CHECKING

from predictor.evaluation.leakage.finding import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from predictor.evaluation.leakage.finding import Finding

WIDTH = 80
INDENT = " " * 4
_PLURAL = {"severe": "severe", "warning": "warnings", "info": "for your information"}


def format_findings(findings: Sequence[Finding]) -> str:
    """Lay out how many findings there are, then each one; a mend that several share comes once.

    Parameters
    ----------
    findings : sequence of Finding
        Worst first.

    Returns
    -------
    str
        Lines of at most 80 characters.

    Examples
    --------
    >>> print(format_findings([]))
    Leakage findings: 0
    """
    lines = [f"Leakage findings: {_counted(findings)}"]
    for (_, mend), alike in groupby(findings, key=lambda f: (f.severity, f.mend)):
        for finding in alike:
            accepted = ", accepted" if finding.accepted else ""
            lines += [f"{finding.severity.upper()}{accepted}  {finding.name}"]
            lines += _wrapped(finding.evidence)
        lines += _wrapped(f"Mend: {mend}")
    return "\n".join(lines)


def _counted(findings: Sequence[Finding]) -> str:
    severities = [finding.severity for finding in findings]
    parts = []
    for severity in SEVERITIES:
        n = severities.count(severity)
        if n:
            parts.append(
                f"{n} {severity if (severity, n) == ('warning', 1) else _PLURAL[severity]}"
            )
    return ", ".join(parts) or "0"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)
