"""The feature matrix of a list of (prospect_id, as_of) pairs, from file to file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from predictor.crm.crm import Crm, read_crm
from predictor.crm.source import limit_memory
from predictor.errors import SnapshotError
from predictor.features.families import build_catalogue, features_by_family
from predictor.features.learning import learn_specification
from predictor.features.matrix import feature_chunks
from predictor.operations.matrix_files import FORMATS, writing_matrix
from predictor.operations.share import Share
from predictor.operations.snapshot_files import check_pairs, read_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from predictor.config import Config
    from predictor.config_types import Language
    from predictor.features.catalogue import Feature
    from predictor.features.specification import FeatureSpecification
    from predictor.operations.training import Step

#: Share of the whole work that is done when the first features are computed.
_READ = 0.1
_REST = 1 - _READ


def write_features(
    config: Config, source: Path, target: Path, step: Step, *, model_uri: str | None = None
) -> tuple[int, int]:
    """Compute the features of the pairs in a file and write them beside the pairs.

    The rows are ordered by prospect_id and as_of. They are computed and written some prospects at
    a time; where the source is a store, the memory does not grow with their number.

    Parameters
    ----------
    config : Config
        The business.
    source : Path
        CSV or Parquet with the columns prospect_id and as_of (UTC).
    target : Path
        CSV or Parquet; written whole or not at all.
    step : callable
        A step of a progress bar of `predictor.operations.share.STEPS` steps.
    model_uri : str, optional
        Take the frozen features of this model.

    Returns
    -------
    (int, int)
        Numbers of snapshots and of features.

    Raises
    ------
    SnapshotError
        If the files cannot be read or written, or a pair has no meaning; names the row.
    """
    if target.suffix not in FORMATS:
        raise SnapshotError(f"{target}: the output must end in .csv or .parquet")
    share = Share(step)
    share("reading the source", 0.0)
    numbered = read_pairs(source)
    crm = read_crm(config)
    with tempfile.TemporaryDirectory(prefix="predictor-") as folder:
        if crm.stored is not None:  # tables in memory may be larger than any limit
            limit_memory(crm.connection, Path(folder))
        check_pairs(crm, numbered, source)
        pairs = numbered.drop_columns("row")
        share("choosing the features", _READ / 2)
        specification = _specification(crm, config, model_uri)
        catalogue = build_catalogue(specification, config.labels)
        _write(crm, specification, catalogue, pairs, target, share)
    return pairs.num_rows, len(catalogue)


def list_features(
    config: Config, *, model_uri: str | None = None
) -> tuple[dict[str, list[Feature]], Language]:
    """Return the features of each family that a source, or a model, has, and the language to use.

    Parameters
    ----------
    config : Config
        The business.
    model_uri : str, optional
        Take the frozen features of this model.
    """
    specification = _specification(None, config, model_uri)
    return features_by_family(specification, config.labels), config.language


def _specification(crm: Crm | None, config: Config, model_uri: str | None) -> FeatureSpecification:
    if model_uri is None:
        crm = crm or read_crm(config)
        return learn_specification(crm.known_at(crm.last_instant()), config)
    # MLflow takes seconds, and memory that a large CRM needs: only a model needs it.
    from predictor.operations.registry import load_predictor  # noqa: PLC0415

    return load_predictor(config, model_uri).predictor.specification


def _write(
    crm: Crm,
    specification: FeatureSpecification,
    catalogue: Sequence[Feature],
    pairs: pa.Table,
    target: Path,
    share: Share,
) -> None:
    columns = [(f.name, pa.string() if f.unit == "category" else pa.float64()) for f in catalogue]
    schema = pa.schema([*pairs.schema, *columns])
    done = 0
    with writing_matrix(target, schema) as write:
        share("computing the features", _READ)
        snapshots = pairs.to_pandas()
        for places, features in feature_chunks(crm, specification, catalogue, snapshots):
            order = places.argsort()
            chosen = pairs.take(pa.array(places[order]))
            ordered = features.take(pa.array(order))
            write(pa.table([*chosen.columns, *ordered.columns], schema=schema))
            done += len(places)
            share(f"computed {done:,} of {len(snapshots):,}", _READ + _REST * done / len(snapshots))
