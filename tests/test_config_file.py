"""Every mistake in a configuration ends in one line: file, line, key, valid values, what it got."""

from pathlib import Path

import pytest
import yaml

from predictor.config_file import parse_config, read_config
from predictor.errors import ConfigurationError

GOLDEN = yaml.safe_load(
    (Path(__file__).parent / "golden" / "configuration_mistakes.yaml").read_text(encoding="utf-8")
)
SOURCE = GOLDEN["source_on_line_1"]
BELOW_THE_SOURCE = [(case["text"], case["message"]) for case in GOLDEN["below_the_source"]]
WHOLE_FILES = [(case["text"], case["message"]) for case in GOLDEN["whole_files"]]


def complaint(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse_config(text, Path("config.yaml"))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("config.yaml:")
    return message.removeprefix("config.yaml:")


@pytest.mark.parametrize(("text", "message"), BELOW_THE_SOURCE)
def test_a_mistake_below_the_source(text, message):
    assert complaint(f"{SOURCE}{text}\n") == message


@pytest.mark.parametrize(("text", "message"), WHOLE_FILES)
def test_a_mistake_in_a_whole_file(text, message):
    assert complaint(text) == message


def test_the_line_of_a_mistake_does_not_depend_on_comments_and_blank_lines():
    assert complaint(f"# mine\n\n{SOURCE}\n# seed\n\nseed: -1\n").startswith("7: 'seed'")


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + f"{SOURCE}seed: 3\n".replace("\n", "\r\n").encode())
    assert read_config(file).seed == 3


def test_text_in_any_language_is_read(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(f"{SOURCE}labels: {{démo: {{en: visit, fr: visite guidée}}}}\n", "utf-8")
    assert read_config(file).labels["démo"].fr == "visite guidée"


def test_anchors_and_merges_are_welcome():
    config = parse_config(
        f"{SOURCE}attributes:\n  a: &known {{known_at: creation}}\n  b: *known\n"
        "  c: {<<: *known}\nbands: {<<: {hot: 0.2}, warm: 0.4}\n",
        Path("config.yaml"),
    )
    assert set(config.attributes) == {"a", "b", "c"}
    assert (config.bands.hot, config.bands.warm) == (0.2, 0.4)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"name: \xe9t\xe9\n", "not UTF-8 text"), (b"\xff\xfen\x00", "not UTF-8 text")],
)
def test_a_file_that_is_not_utf8(tmp_path, content, reason):
    file = tmp_path / "config.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        read_config(file)
    assert str(caught.value) == f"{file}: cannot read the configuration: {reason}"


def test_a_missing_file_and_a_folder(tmp_path):
    for path, reason in ((tmp_path / "no.yaml", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(ConfigurationError, match=reason) as caught:
            read_config(path)
        assert str(caught.value).startswith(f"{path}: cannot read the configuration: ")
