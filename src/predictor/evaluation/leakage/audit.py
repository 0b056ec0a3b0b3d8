"""The leakage audit of a whole CRM: every check, the findings worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.crm.contract import FACT_TABLES
from predictor.errors import TrainingRefusedError
from predictor.evaluation.leakage.attributes import audit_attributes
from predictor.evaluation.leakage.finding import Finding, worst_first
from predictor.evaluation.leakage.history import (
    audit_closings,
    audit_interactions,
    audit_recording,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import pandas as pd

    from predictor.config import Config
    from predictor.crm.crm import Crm


def audit(crm: Crm, config: Config, data_until: datetime) -> list[Finding]:
    """Look for what nobody could have known at the time.

    Parameters
    ----------
    crm : Crm
        The whole export: attributes have no history, so that only the outcomes tell what leaks.
    config : Config
        Declared attributes and accepted findings.
    data_until : datetime
        End of the data.

    Returns
    -------
    list of Finding
        Those that stop a training first.
    """
    accepted = config.accept_findings
    execute = crm.connection.execute
    people = crm.prospects.select("prospect_id", "created_at", *crm.attribute_names)
    outcomes: pd.DataFrame = execute(crm.outcomes)
    known_at = {name: attribute.known_at for name, attribute in config.attributes.items()}
    joined = crm.interactions.join(crm.outcomes.select("prospect_id", "closed_at"), "prospect_id")
    after = int(execute((joined.occurred_at > joined.closed_at).sum().fill_null(0)))
    findings = [
        *audit_attributes(execute(people), outcomes, known_at, data_until, accepted),
        *audit_interactions(after, int(execute(crm.interactions.count())), accepted),
        *audit_closings(outcomes, accepted),
        *(
            finding
            for table in FACT_TABLES
            for finding in _recording(crm, table.name, table.instant, accepted)
        ),
    ]
    return worst_first([*findings, *_unknown_names(findings, accepted)])


def refuse_leaks(findings: Sequence[Finding]) -> None:
    """Refuse to train on a severe finding that nobody accepted.

    Raises
    ------
    TrainingRefusedError
        Naming the findings and the mend of the first.
    """
    stops = [finding for finding in findings if finding.stops_training]
    if stops:
        names = ", ".join(finding.name for finding in stops)
        raise TrainingRefusedError(
            f"the leakage audit stops this training ({names}): {stops[0].evidence} {stops[0].mend}"
        )


def _unknown_names(findings: Sequence[Finding], accepted: Sequence[str]) -> list[Finding]:
    """Warn of names in accept_findings that accept nothing: a misspelling, or a leak long gone."""
    names = {finding.name for finding in findings}
    return [
        Finding(
            f"accept_findings:{name}",
            "warning",
            name,
            f"accept_findings names '{name}', and there is no such finding.",
            f"Take it out, or write it as one of: {', '.join(sorted(names)) or 'none today'}.",
        )
        for name in accepted
        if name not in names
    ]


def _recording(crm: Crm, name: str, instant: str, accepted: Sequence[str]) -> list[Finding]:
    table = crm.tables[name]
    late = table.filter(table.known_at > table[instant]).count()
    if not crm.connection.execute(late):
        return []
    times = crm.connection.execute(table.select(instant, "known_at"))
    return audit_recording(name, times[instant], times["known_at"], accepted)
