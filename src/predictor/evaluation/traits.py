"""What is known of the tested prospects by which an evaluation can be cut into slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from predictor.features.vocabulary import name_label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from predictor.crm.crm import Crm
    from predictor.features.catalogue import Text
    from predictor.features.specification import FeatureSpecification
    from predictor.features.vocabulary import Labels

AGE, AMOUNT, MONTH = "age in days", "amount as exported", "month"


def trait_labels(names: Iterable[str], labels: Labels) -> dict[str, Text]:
    """Return what people call attributes, by the English names that they have as traits."""
    return {(label := name_label(name, labels)).en: label for name in names}


def traits_of(
    crm: Crm, specification: FeatureSpecification, labels: Labels, snapshots: pd.DataFrame
) -> pd.DataFrame:
    """Return age, month, amount and the attributes declared known at creation.

    Parameters
    ----------
    crm : Crm
    specification : FeatureSpecification
        Its attributes are those declared.
    labels : Labels
        What people call them.
    snapshots : DataFrame, shape (n, ...)
        prospect_id and as_of.

    Returns
    -------
    DataFrame, shape (n, ...)
        With the index of the snapshots: numbers, or text; missing where unknown. The amount has no
        history: it is the latest one.
    """
    kinds = {attribute.name: attribute.kind for attribute in specification.attributes}
    names = [name for name in kinds if name in crm.prospects.columns]
    prospects = crm.prospects.select("prospect_id", "created_at", "amount", *names)
    people = crm.connection.execute(prospects).set_index("prospect_id")
    rows = people.reindex(snapshots["prospect_id"]).set_axis(snapshots.index)
    traits = {
        AGE: (snapshots["as_of"] - rows["created_at"]) / pd.Timedelta(days=1),
        MONTH: snapshots["as_of"].dt.strftime("%Y-%m").astype("str"),
    }
    if rows["amount"].notna().any():
        traits[AMOUNT] = rows["amount"].astype("float64")
    for name in names:
        kind = "str" if kinds[name] == "categorical" else "float64"
        traits.setdefault(name_label(name, labels).en, rows[name].astype(kind))
    return pd.DataFrame(traits, index=snapshots.index)
