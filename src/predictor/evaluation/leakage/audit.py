"""The leakage audit of a whole CRM: every check, the findings worst first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from predictor.crm.contract import FACT_TABLES, OUTCOMES
from predictor.errors import TrainingRefusedError
from predictor.evaluation.leakage.attributes import (
    ACCOUNT,
    AMOUNT,
    audit_attributes,
    population_of,
)
from predictor.evaluation.leakage.closings import audit_closings, audit_creations
from predictor.evaluation.leakage.consequences import (
    audit_consequences,
    count_looks,
    looked_at_days,
)
from predictor.evaluation.leakage.finding import Finding, worst_first
from predictor.evaluation.leakage.gaps import audit_gaps
from predictor.evaluation.leakage.history import audit_after_outcome, audit_recording, count_bulks
from predictor.evaluation.leakage.looks import kept_looks
from predictor.evaluation.leakage.only_decided import audit_only_decided, people_with_facts
from predictor.evaluation.leakage.running_totals import later_interactions
from predictor.evaluation.leakage.single_features import audit_single_features

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import pandas as pd

    from predictor.config import Config
    from predictor.crm.contract import TableContract
    from predictor.crm.crm import Crm


@dataclass(frozen=True, eq=False)
class Audited:
    """A CRM under audit, and what several checks need of it.

    Attributes
    ----------
    crm : Crm
        The whole export: attributes have no history, so that only the outcomes tell what leaks.
    config : Config
        Declared attributes and accepted findings.
    data_until : datetime
        End of the data, naive UTC.
    """

    crm: Crm
    config: Config
    data_until: datetime

    @cached_property
    def people(self) -> pd.DataFrame:
        """The prospects with what may become a feature."""
        columns = ["prospect_id", "created_at", AMOUNT, *self.crm.attribute_names]
        if ACCOUNT in self.config.attributes:
            columns.append(ACCOUNT)
        people: pd.DataFrame = self.crm.connection.execute(self.crm.prospects.select(columns))
        return people

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """The outcomes."""
        outcomes: pd.DataFrame = self.crm.connection.execute(self.crm.outcomes)
        return outcomes

    @cached_property
    def of_attributes(self) -> list[Finding]:
        """What was found of the attributes."""
        return audit_attributes(
            self.people,
            self.outcomes,
            {name: attribute.known_at for name, attribute in self.config.attributes.items()},
            self.data_until,
            self.config.accept_findings,
            later_interactions(self.crm),
        )


def check_attributes(audited: Audited) -> list[Finding]:
    """Ask of every attribute whether it was known at creation."""
    return audited.of_attributes


def check_dates(audited: Audited) -> list[Finding]:
    """Ask whether facts are dated to when they happened, and written down in time."""
    crm, accepted = audited.crm, audited.config.accept_findings
    return [
        *(found for table in FACT_TABLES for found in _after_outcome(crm, table, accepted)),
        *(
            found
            for table in (*FACT_TABLES, OUTCOMES)
            for found in _recording(crm, table, accepted)
        ),
        *audit_closings(audited.outcomes, accepted),
        *audit_creations(audited.people["created_at"], accepted),
        *audit_gaps(crm, accepted),
    ]


def check_facts(audited: Audited) -> list[Finding]:
    """Ask of every kind of fact that a snapshot could see whether it is part of the outcome."""
    execute, config = audited.crm.connection.execute, audited.config
    days = looked_at_days(config)
    with kept_looks(audited.crm) as looks:
        counts = execute(count_looks(looks, days, audited.data_until))
        with_facts = execute(people_with_facts(looks))
    n_by_cause = {
        str(cause): int(n) for cause, n in audited.outcomes["outcome"].value_counts().items()
    }
    population = population_of(audited.people, audited.outcomes, audited.data_until)
    people = audited.people["prospect_id"]
    return [
        *audit_consequences(counts, n_by_cause, config.accept_findings),
        *audit_only_decided(people, with_facts, population, config.accept_findings),
    ]


def check_features(audited: Audited) -> list[Finding]:
    """Ask of every feature whether it alone foretells the outcome.

    One finding is enough for an attribute: its features are not named a second time.
    """
    crm, config = audited.crm, audited.config
    named = {f.subject for f in audited.of_attributes if f.severity != "info"}
    return audit_single_features(
        crm, config, audited.data_until, config.accept_findings, named_attributes=named
    )


CHECKS = (check_attributes, check_dates, check_facts, check_features)


def audit(crm: Crm, config: Config, data_until: datetime) -> list[Finding]:
    """Look for what nobody could have known at the time.

    Parameters
    ----------
    crm : Crm
        The whole export.
    config : Config
        Declared attributes and accepted findings.
    data_until : datetime
        End of the data, naive UTC.

    Returns
    -------
    list of Finding
        Those that stop a training first.
    """
    audited = Audited(crm, config, data_until)
    findings = [finding for check in CHECKS for finding in check(audited)]
    return worst_first([*findings, *_unknown_names(findings, config.accept_findings)])


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


def _after_outcome(crm: Crm, table: TableContract, accepted: Sequence[str]) -> list[Finding]:
    facts = crm.tables[table.name]
    ends = facts.select("prospect_id", at=facts[table.instant]).left_join(
        crm.outcomes.select("prospect_id", "closed_at"), "prospect_id"
    )
    counted = ends.aggregate(rows=ends.count(), after=ends.count(where=ends["at"] > ends.closed_at))
    numbers = crm.connection.execute(counted).iloc[0]
    return audit_after_outcome(table.name, int(numbers["after"]), int(numbers["rows"]), accepted)


def _recording(crm: Crm, contract: TableContract, accepted: Sequence[str]) -> list[Finding]:
    table = crm.tables[contract.name]
    times = table.select(occurred_at=table[contract.instant], recorded_at="known_at")
    bulks = count_bulks(times, crm.connection.execute)
    return audit_recording(contract.name, bulks, accepted)
