"""What a configuration may say: defaults, properties, and the JSON schema for editors."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import jsonschema
import pytest
import yaml
from pydantic import BaseModel, ValidationError

from predictor.config import BandConfig, Config, SourceConfig, json_schema
from predictor.config_file import parse_config, read_config
from predictor.errors import ConfigurationError

ROOT = Path(__file__).parents[1]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
SMALLEST = "source: {inputs: {prospects: people.csv, outcomes: closed.csv}}\n"


def smallest(**changes: object) -> Config:
    return parse_config(SMALLEST, Path("/crm/config.yaml")).model_copy(update=changes)


def test_the_smallest_file_takes_every_default():
    config = smallest()
    assert (config.name, config.language, config.seed, config.output) == (
        "conversion",
        "en",
        0,
        "runs",
    )
    assert (config.horizon_days, config.horizons_days, config.phases_days) == (
        30,
        (7, 14, 30),
        "auto",
    )
    assert config.snapshots.model_dump() == {
        "every_days": "auto",
        "history_days": 730,
        "max_snapshots": 250_000,
    }
    assert (config.features.windows_days, config.features.half_life_days) == ((7, 30, 90), 14)
    assert (config.bands.by, config.bands.hot, config.bands.warm) == ("quantile", 0.10, 0.30)
    assert (config.ranking.by, config.lost_after_silence_days) == ("probability", None)
    assert (config.evaluation.origins, config.evaluation.origin_step_days) == (2, None)
    assert (config.accept_findings, config.attributes, config.labels) == ((), {}, {})


def test_only_the_source_is_required():
    required = [name for name, field in Config.model_fields.items() if field.is_required()]
    assert required == ["source"]
    assert not any(field.is_required() for field in SourceConfig.model_fields.values())


def test_every_key_says_what_it_is():
    def undescribed(section: type[BaseModel]) -> list[str]:
        return [
            f"{section.__name__}.{name}"
            for name, field in section.model_fields.items()
            if not field.description
            and name != "folder"
            # A section says what it is in its docstring.
            and not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel))
        ]

    sections = [Config, *(t for t in BaseModel.__subclasses__()[0].__subclasses__())]
    ours = [s for s in sections if s.__module__ == "predictor.config"]
    assert [name for section in ours for name in undescribed(section)] == []


def test_names_of_the_registry_follow_the_name():
    config = smallest()
    assert (config.registered_model, config.experiment) == ("conversion", "conversion")
    named = parse_config(
        SMALLEST + "name: spring\nmlflow: {experiment: trials, registered_model: leads}\n",
        Path("/crm/config.yaml"),
    )
    assert (named.registered_model, named.experiment) == ("leads", "trials")


def test_paths_are_relative_to_the_file(tmp_path):
    file = tmp_path / "sub" / "config.yaml"
    file.parent.mkdir()
    file.write_text(SMALLEST + "output: ../lists\n")
    config = read_config(file)
    assert config.path("people.csv") == tmp_path / "sub" / "people.csv"
    assert config.path("/data/people.csv") == Path("/data/people.csv")
    assert config.path("~/people.csv") == Path.home() / "people.csv"
    assert config.output_folder == tmp_path / "lists"
    assert config.tracking_uri == f"sqlite:///{tmp_path.as_posix()}/sub/mlflow.db"


def test_evaluated_horizons_hold_the_target():
    assert smallest(horizon_days=21).evaluated_horizons_days == (7, 14, 21, 30)
    assert smallest(horizon_days=14).evaluated_horizons_days == (7, 14, 30)


@pytest.mark.parametrize(
    ("keys", "edges_days"),
    [
        ("", (0, 3, 7, 14, 30, 90)),
        ("phases_days: auto", (0, 3, 7, 14, 30, 90)),
        ("horizon_days: 21", (0, 3, 7, 14, 21, 30, 90)),
        ("horizon_days: 180", (0, 3, 7, 14, 30, 180, 540)),
        ("{horizon_days: 180, horizons_days: [90, 365]}", (0, 45, 90, 180, 365, 1095)),
        ("{horizon_days: 1, horizons_days: [1]}", (0, 1, 3)),
        ("phases_days: [3, 60]", (0, 3, 60)),
    ],
)
def test_automatic_phases_end_at_half_the_first_horizon_at_each_and_far_out(keys, edges_days):
    values = yaml.safe_load(SMALLEST) | (yaml.safe_load(keys) or {})
    config = parse_config(yaml.safe_dump(values), Path("config.yaml"))
    assert config.phase_edges_days == edges_days


def test_automatic_phases_follow_a_horizon_that_is_changed_later():
    assert smallest(horizon_days=60).phase_edges_days == (0, 3, 7, 14, 30, 60, 180)


def test_data_until_becomes_utc_without_a_zone():
    def until(instant: object) -> datetime | None:
        return SourceConfig.model_validate({"connection": "x", "data_until": instant}).data_until

    noon = datetime(2024, 7, 1, 12)
    assert until(noon) == noon
    assert until(noon.replace(tzinfo=UTC)) == noon
    assert until(noon.replace(tzinfo=timezone(timedelta(hours=2)))) == datetime(2024, 7, 1, 10)
    assert until("2024-07-01T12:00:00+02:00") == datetime(2024, 7, 1, 10)
    assert until("2024-07-01") == datetime(2024, 7, 1)
    assert until(None) is None


@pytest.mark.parametrize("seconds", [20240701, 1.7e9, True])
def test_data_until_is_never_a_number(seconds):
    with pytest.raises(ValidationError, match="must be a date"):
        SourceConfig.model_validate({"connection": "x", "data_until": seconds})


def test_a_configuration_never_changes():
    with pytest.raises(ValidationError, match="frozen"):
        smallest().seed = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("by", "hot", "warm", "valid"),
    [
        ("quantile", 0.4, 0.6, True),
        ("quantile", 0.5, 0.6, False),
        ("probability", 0.5, 0.5, True),
        ("probability", 0.6, 0.3, True),
        ("probability", 0.3, 0.6, False),
    ],
)
def test_bands_are_in_order(by, hot, warm, valid):
    if valid:
        BandConfig(by=by, hot=hot, warm=warm)
    else:
        with pytest.raises(ValidationError, match=f"by {by}"):
            BandConfig(by=by, hot=hot, warm=warm)


# --- the schema for editors -----------------------------------------------------------------------


def as_an_editor_reads(text: str) -> dict:
    """Editors read dates as text."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in found if not tag.endswith(":timestamp")]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return yaml.load(text, Loader=Loader)


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configurations_are_read_and_fit_the_schema(validator, path):
    read_config(path)
    validator.validate(as_an_editor_reads(path.read_text(encoding="utf-8")))


def test_configurations_are_shipped():
    names = {path.stem for path in CONFIGS}
    assert names >= {"demo", "short_cycle", "long_cycle", "school_crm", "loan_applications"}


@pytest.mark.parametrize(
    "mistake",
    [
        "horizon_day: 3",
        "seed: -1",
        "seed: '1'",
        "language: de",
        "bands: {hott: 1}",
        "attributes: {x: {known_at: creation, y: 1}}",
        "attributes: {x: {}}",
        "labels: {x: {de: Besuch}}",
        "folder: /tmp",
        "horizons_days: []",
        "source: {inputs: {a: b.csv}, data_until: soon}",
        "source: {inputs: {a: b.csv}, data_until: 20240131}",
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(validator, mistake):
    values = as_an_editor_reads(SMALLEST) | as_an_editor_reads(mistake)
    assert not validator.is_valid(values)
    with pytest.raises(ConfigurationError):
        parse_config(yaml.safe_dump(values), Path("config.yaml"))


@pytest.mark.parametrize(
    "date", ["2024-01-31", "2024-01-31T09:30:00", "2024-01-31 09:30", "2024-01-31T09:30:00+02:00"]
)
def test_the_schema_takes_every_date_that_the_reader_takes(validator, date):
    text = f"source: {{inputs: {{a: b.csv}}, data_until: {date}}}"
    validator.validate(as_an_editor_reads(text))
    assert parse_config(text, Path("c.yaml")).source.data_until is not None


def test_the_schema_file_is_up_to_date():
    shipped = json.loads((ROOT / "configs" / "schema.json").read_text(encoding="utf-8"))
    assert shipped == json.loads(json.dumps(json_schema())), (
        "run: predictor schema > configs/schema.json"
    )
