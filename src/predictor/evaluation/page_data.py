"""The report as data, for pages that draw it themselves: JSON, in English and in French."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from predictor.evaluation import page_words as words
from predictor.evaluation.drawing import (
    calibration_of_model,
    looks_table,
    time_coverage_table,
    tops_by_predictor,
)
from predictor.evaluation.list_worth import worth_sentence
from predictor.evaluation.report import COMPARED_WITH
from predictor.evaluation.rivals import MODEL

if TYPE_CHECKING:
    import pandas as pd

    from predictor.evaluation.report import Report
    from predictor.features.catalogue import Text

DATA = "evaluation.json"


def evaluation_data(report: Report) -> dict[str, Any]:
    """Give what a page needs to show an evaluation, as JSON can hold it.

    Parameters
    ----------
    report : Report

    Returns
    -------
    dict
        subject; horizon_days; snapshots, prospects, first, last (what was looked at); metrics (set
        of rows -> one record a horizon and predictor, see `metrics`); calibration, tops (predictor
        -> records), looks, time_coverage (the tables behind the plots); worth (None where no deal
        was won): sentence, deals, top, table; explored (None without random slices of past lists):
        lists, table; slices, each with its label. Texts are
        ``{"en": ..., "fr": ...}``; what is not known is None.
    """
    test, days = report.test, report.horizon_days
    rows = test.snapshots
    return {
        "subject": _both(report.subject),
        "horizon_days": days,
        "snapshots": len(rows),
        "prospects": int(rows["prospect_id"].nunique()),
        "first": f"{rows['as_of'].min():%Y-%m-%d}",
        "last": f"{rows['as_of'].max():%Y-%m-%d}",
        "metrics": {name: _records(frame) for name, frame in report.metrics.items()},
        "calibration": _records(calibration_of_model(test, days)),
        "tops": {name: _records(table) for name, table in tops_by_predictor(test, days).items()},
        "looks": _records(looks_table(test, days)),
        "time_coverage": _records(time_coverage_table(test, days)),
        "worth": _worth(report),
        "explored": _explored(report),
        "slices": _slices(report),
    }


def evaluation_json(report: Report) -> str:
    """Write `evaluation_data` as the text of a JSON file."""
    return json.dumps(evaluation_data(report), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _worth(report: Report) -> dict[str, Any] | None:
    worth = report.worth
    if worth is None:
        return None
    return {
        "sentence": _both(worth_sentence(worth, MODEL, COMPARED_WITH)),
        "deals": worth.deals,
        "top": worth.top,
        "table": _records(worth.table),
    }


def _explored(report: Report) -> dict[str, Any] | None:
    found = report.explored
    return None if found is None else {"lists": found.lists, "table": _records(found.table)}


def _slices(report: Report) -> list[dict[str, Any]]:
    return [
        {**row, "label": _both(words.slice_name(report, row["trait"], row["slice"]))}
        for row in _records(report.slices)
    ]


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "fr": text.fr}


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a table into records; NaN becomes None, instants ISO 8601."""
    text = frame.to_json(orient="records", date_format="iso", double_precision=6)
    records: list[dict[str, Any]] = json.loads(text)
    return records
