"""Audit of histories that only the decided have: kept, or written, once the outcome was known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.evaluation.leakage.association import fill_gap
from predictor.evaluation.leakage.finding import Finding, Severity
from predictor.evaluation.leakage.looks import INTERACTION, QUESTION, STAGE

if TYPE_CHECKING:
    from collections.abc import Collection

    import ibis.expr.types as ir
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from predictor.evaluation.leakage.population import Population

TABLE_OF_KIND = {INTERACTION: "interactions", STAGE: "stages", QUESTION: "answers"}
#: Share of the rest with any such fact, at most; and of those with the outcome, at least. The rest
#: with the fewest honest ones: .15 of the open driver sign-ups have a vehicle, .83 of the won.
REST_SHARE, WARNING_SHARE, SEVERE_SHARE = 0.02, 0.2, 0.5
MIN_OUTCOMES, MIN_REST, MIN_Z = 20, 50, 5.0


def people_with_facts(looks: ir.Table) -> ir.Table:
    """Return prospect_id and table of those who had a fact in it that a snapshot could see."""
    kinds = looks.filter(looks.kind.isin([*TABLE_OF_KIND]))
    return kinds.select("prospect_id", table=kinds.kind.substitute(TABLE_OF_KIND)).distinct()


def audit_only_decided(
    prospect_ids: pd.Series,
    with_facts: pd.DataFrame,
    population: Population,
    accepted: Collection[str] = (),
) -> list[Finding]:
    """Name the tables of which only those with an outcome, or with one outcome, have facts.

    Compared are prospects created in the same month; facts that no snapshot could see before the
    outcome do not count.

    Parameters
    ----------
    prospect_ids : Series of str, shape (n,)
    with_facts : DataFrame
        As of `people_with_facts`.
    population : Population
        Of the same n prospects.
    accepted : collection of str
        Names of findings that the configuration accepts.

    Returns
    -------
    list of Finding
        'only_decided:<table>', severe where half of those with the outcome have any.
    """
    found = []
    for table, people in with_facts.groupby("table"):
        has_any = prospect_ids.isin(people["prospect_id"]).to_numpy()
        finding = _judge(str(table), has_any, population, accepted)
        if finding is not None:
            found.append(finding)
    return found


def _judge(
    table: str, has_any: NDArray[np.bool_], population: Population, accepted: Collection[str]
) -> Finding | None:
    targets = {
        "decided": population.outcome != "open",
        "won": population.outcome == "won",
        "lost": population.outcome == "lost",
    }
    seen = []
    for words, target in targets.items():
        if target.sum() < MIN_OUTCOMES or (~target).sum() < MIN_REST:
            continue
        gap = fill_gap(has_any, target, population.stratum)
        if gap.z >= MIN_Z and gap.rate_in >= WARNING_SHARE and gap.rate_out <= REST_SHARE:
            seen.append((gap.rate_in, gap.rate_out, words))
    if not seen:
        return None
    share, share_of_rest, words = max(seen)
    severity: Severity = "severe" if share >= SEVERE_SHARE else "warning"
    name = f"only_decided:{table}"
    return Finding(
        name,
        severity,
        table,
        f"{share:.0%} of the {words} have {table} from before their outcome, {share_of_rest:.0%} "
        "of the rest, created in the same months, have any.",
        f"Export the {table} of all prospects, or leave the table out: to have any tells the "
        "outcome.",
        name in accepted,
    )
