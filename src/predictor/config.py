"""What a YAML configuration may say; every key has a default fit for a 30-day cycle.

`predictor.config_file.read_config` reads a file into `Config` with errors that name the line.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from predictor.config_features import FeatureConfig, QuestionConfig
from predictor.config_files import FileConfig
from predictor.config_lists import (
    BandConfig,
    CapacityConfig,
    ExplanationsConfig,
    ExplorationConfig,
    FollowUpConfig,
    NextStepsConfig,
    RankingConfig,
)
from predictor.config_runs import AlertsConfig, ChangesConfig
from predictor.config_types import (
    Count,
    CountOrAuto,
    Days,
    DaysOrAuto,
    Instant,
    LabelConfig,
    Language,
    NonEmpty,
    Number,
    RisingDays,
    RisingDaysOrAuto,
    Section,
    ShareOrAuto,
)

#: The last automatic phase ends at so many times the longest horizon.
LAST_PHASE_HORIZONS = 3


class SourceConfig(Section):
    """Where the CRM's facts come from."""

    inputs: dict[str, NonEmpty] = Field(
        default_factory=dict,
        description="Name of each raw table and its file: CSV or Parquet, globs allowed. CSV "
        "columns arrive as text, so that no id becomes a number and no date is guessed.",
    )
    connection: NonEmpty | None = Field(
        None,
        description="An Ibis connection URL (duckdb://crm.duckdb, sqlite://crm.sqlite, "
        "postgres://...): its tables are the raw tables, and the SQL runs there.",
    )
    store: NonEmpty | None = Field(
        None,
        description="Folder that 'predictor cluster' wrote: contract tables, judged once and "
        "sorted by prospect, for a large CRM. It stands alone.",
    )
    sql: NonEmpty | None = Field(
        None,
        description="Folder of SQL files, one SELECT per contract table (prospects.sql, ...). "
        "Without it, the raw tables must already be contract tables.",
    )
    data_until: Instant | None = Field(
        None,
        description="The instant at which the export was made (UTC): later facts go to the "
        "quarantine. Default: now.",
    )

    @model_validator(mode="after")
    def _has_tables(self) -> Self:
        given = [name for name in ("inputs", "connection", "store") if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"has both '{given[0]}' and '{given[1]}'; keep one")
        if not given:
            raise ValueError(
                "needs 'inputs' (name of each table: its file), 'connection' (URL of a database) "
                "or 'store' (folder that 'predictor cluster' wrote)"
            )
        for name in ("sql", "data_until"):
            if self.store and getattr(self, name) is not None:
                raise ValueError(
                    f"has '{name}' beside 'store', where it was used already; remove '{name}'"
                )
        return self


class AttributeConfig(Section):
    """What is promised of one attribute of the prospects."""

    known_at: Literal["creation"] = Field(
        description="'creation': set when the prospect is created and never changed afterwards."
    )


class SnapshotConfig(Section):
    """The calendar grid on which prospects are looked at for training and evaluation."""

    every_days: DaysOrAuto = Field(
        "auto",
        description="Days between two snapshots of a prospect; 'auto' takes about 15% of the "
        "median life of the won: 1, 2, 3, 7 or 14.",
    )
    history_days: Days = Field(
        730, description="How far before the training instant snapshots reach."
    )
    max_snapshots: int = Field(
        250_000,
        ge=1_000,
        strict=True,
        description="Where there are more, about so many are drawn: those won within the last "
        "phase, and of the others a sample, weighted so that probabilities stay right.",
    )


class ModelConfig(Section):
    """The boosters; the defaults are meant to be left alone, or found by `train --tune`."""

    learning_rate: Number = Field(0.05, gt=0, le=1, description="Shrinkage of each tree.")
    num_leaves: int = Field(
        15, gt=1, le=131_072, strict=True, description="Leaves of each tree of the shared boosters."
    )
    max_depth: Count = Field(6, description="Deeper trees make explanations much slower.")
    min_child_samples: CountOrAuto = Field(
        "auto",
        description="Fewest snapshots in a leaf; 'auto' takes 60, or as many as 5 accounts have "
        "where that is more.",
    )
    reg_lambda: Number = Field(1.0, ge=0, description="L2 penalty of the leaves' values.")
    feature_fraction: ShareOrAuto = Field(
        "auto",
        description="Share of the features drawn for each tree; 'auto' draws about 20, but 30% to "
        "80% of them, or no part of features and snapshots but all, where cross-validation on 500 "
        "prospects or more prefers that.",
    )
    bagging_fraction: Number = Field(
        0.5, gt=0, le=1, description="Share of the snapshots drawn for each tree."
    )
    max_rounds: Count = Field(600, description="Most trees; early stopping ends sooner.")
    num_threads: int = Field(0, ge=0, strict=True, description="Threads; 0 means all cores.")


class EvaluationConfig(Section):
    """The backtest: training at earlier instants, looking at what came after."""

    origins: Count = Field(2, description="Number of rolling origins.")
    origin_step_days: Days | None = Field(
        None, description="Days between two origins. Default: the target horizon."
    )
    every_days: Days = Field(7, description="Days between two scorings in a test period.")
    truth: NonEmpty | None = Field(
        None,
        description="truth.parquet of a simulated CRM: the figures then stand beside the true P.",
    )


class MlflowConfig(Section):
    """Where runs and models are kept."""

    tracking_uri: NonEmpty | None = Field(
        None, description="Any MLflow tracking URI. Default: mlflow.db (SQLite) beside this file."
    )
    experiment: NonEmpty | None = Field(None, description="Default: the name of the configuration.")
    registered_model: NonEmpty | None = Field(
        None,
        pattern=r"^[^/:@]+$",
        description="Without / : and @. Default: the name of the configuration.",
    )


class Config(Section):
    """One business: its source, its cycle, its lists."""

    name: str = Field(
        "conversion",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$",
        description="Letters, digits, _ and -; names the experiment and the registered model.",
    )
    language: Language = Field("en", description="Language of what sales people read.")
    seed: int = Field(0, ge=0, lt=2**31, strict=True, description="Seed of everything random.")
    source: SourceConfig = Field(description="Where the facts come from.")
    attributes: dict[str, AttributeConfig] = Field(
        default_factory=dict,
        description="Attributes of prospects that may be used, with the instant they are known. "
        "With account_id among them, a prospect's score may use the others of its account.",
    )
    grids: dict[str, dict[str, QuestionConfig]] = Field(
        default_factory=dict,
        description="Qualification grids: per grid and question its concept and its answers in "
        "order.",
    )
    stages: tuple[NonEmpty, ...] = Field(
        (),
        description="The stages of the sales process in order. Default: learnt from the order in "
        "which prospects enter them.",
    )
    lost_after_silence_days: Days | None = Field(
        None,
        description="A prospect about whom the CRM learns nothing for so many days counts as lost "
        "from then on, in training and in scoring, until something happens again. Default: off.",
    )
    snapshots: SnapshotConfig = Field(default_factory=SnapshotConfig)
    horizon_days: Days = Field(30, description="The horizon that ranks the list.")
    horizons_days: RisingDays = Field((7, 14, 30), description="The horizons that are evaluated.")
    phases_days: RisingDaysOrAuto = Field(
        "auto",
        description="Ends of the phases after as_of; the last is the longest follow-up used. "
        "'auto' takes half of the shortest horizon, the horizons, and three times the longest.",
    )
    features: FeatureConfig = Field(default_factory=FeatureConfig)
    model: ModelConfig = Field(default_factory=ModelConfig)
    ranking: RankingConfig = Field(default_factory=RankingConfig)
    bands: BandConfig = Field(default_factory=BandConfig)
    explanations: ExplanationsConfig = Field(default_factory=ExplanationsConfig)
    next_steps: NextStepsConfig = Field(default_factory=NextStepsConfig)
    territory: NonEmpty | None = Field(
        None, description="The attribute of prospects that is their territory. Default: none."
    )
    capacity: CapacityConfig = Field(default_factory=CapacityConfig)
    follow_ups: tuple[FollowUpConfig, ...] = Field(
        (),
        description="Your own suggestions; they come before the built-in ones.",
    )
    exploration: ExplorationConfig = Field(default_factory=ExplorationConfig)
    owner_lists: bool = Field(
        False, strict=True, description="Whether each owner gets a list of its own as well."
    )
    changes: ChangesConfig = Field(default_factory=ChangesConfig)
    alerts: AlertsConfig = Field(default_factory=AlertsConfig)
    evaluation: EvaluationConfig = Field(default_factory=EvaluationConfig)
    accept_findings: tuple[str, ...] = Field(
        (), description="Names of severe findings of the leakage audit that training accepts."
    )
    labels: dict[str, LabelConfig] = Field(
        default_factory=dict,
        description="What people call your interaction types, stages, questions and attributes, "
        "and their answers and values.",
    )
    files: FileConfig = Field(default_factory=FileConfig)
    output: NonEmpty = Field("runs", description="Folder of the scoring runs.")
    mlflow: MlflowConfig = Field(default_factory=MlflowConfig)
    folder: Path = Field(default=Path(), exclude=True, json_schema_extra={"hidden": True})

    @model_validator(mode="after")
    def _horizons_supported(self) -> Self:
        last_days = self.phase_edges_days[-1]
        for key, days in (
            ("horizon_days", self.horizon_days),
            ("horizons_days", self.horizons_days[-1]),
        ):
            if days > last_days:
                raise ValueError(
                    f"{key} asks for {days} days, beyond the last phase ({last_days} days); "
                    "raise the last of phases_days"
                )
        return self

    @model_validator(mode="after")
    def _capacity_known(self) -> Self:
        if self.bands.by == "capacity" and not self.capacity.limits_something:
            raise ValueError(
                "bands by capacity need a capacity, such as 'capacity: {per_owner: 20}'"
            )
        if self.bands.by != "capacity" and self.capacity.limits_something:
            raise ValueError("capacity is only used with 'bands: {by: capacity}'; add that")
        if self.capacity.territories and self.territory is None:
            raise ValueError(
                "capacity has territories, but 'territory' names no attribute of the prospects"
            )
        return self

    def path(self, text: str) -> Path:
        """Return a path of the configuration, relative to the configuration's folder."""
        return (self.folder / Path(text).expanduser()).resolve()

    @property
    def output_folder(self) -> Path:
        """Folder of the scoring runs."""
        return self.path(self.output)

    @property
    def tracking_uri(self) -> str:
        """MLflow tracking URI; by default a SQLite file beside the configuration."""
        uri = self.mlflow.tracking_uri or "sqlite:///mlflow.db"
        if uri.startswith("sqlite:///"):
            return f"sqlite:///{self.path(uri.removeprefix('sqlite:///')).as_posix()}"
        return uri

    @property
    def registered_model(self) -> str:
        """Name of the model in the registry."""
        return self.mlflow.registered_model or self.name

    @property
    def experiment(self) -> str:
        """Name of the MLflow experiment."""
        return self.mlflow.experiment or self.name

    @property
    def evaluated_horizons_days(self) -> tuple[int, ...]:
        """The evaluated horizons and the target horizon, rising."""
        return tuple(sorted({*self.horizons_days, self.horizon_days}))

    @property
    def phase_edges_days(self) -> tuple[int, ...]:
        """Edges of the phases after as_of, from 0 to the longest follow-up used."""
        if self.phases_days != "auto":
            return (0, *self.phases_days)
        horizons_days = self.evaluated_horizons_days
        first, last = horizons_days[0] // 2, LAST_PHASE_HORIZONS * horizons_days[-1]
        return tuple(sorted({0, first, *horizons_days, last}))


def json_schema() -> dict[str, object]:
    """Return the JSON schema of a configuration file, for editors."""
    schema = Config.model_json_schema()
    schema["properties"].pop("folder")
    schema["title"] = "Configuration of the conversion predictor"
    return schema
