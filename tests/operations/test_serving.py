"""The registered model behind ``mlflow models serve`` answers over HTTP what the model says."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from predictor.config_file import read_config
from predictor.model.predictor import TrainedPredictor
from predictor.operations.serving import OUTPUTS, ServedPredictor, signature

START_SECONDS = 60


@pytest.fixture(scope="module")
def trained(world):
    return TrainedPredictor.load(world.exported)


@pytest.fixture(scope="module")
def server(world, tmp_path_factory):
    """Serve the champion on a free port of this machine, and stop it with all its children."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("serve") / "log.txt"
    uri = "models:/simulated_short@champion"
    address = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "mlflow",
                "models",
                "serve",
                "-m",
                uri,
                "--env-manager",
                "local",
                *address,
            ],
            env={
                **os.environ,
                "MLFLOW_TRACKING_URI": read_config(world.config).tracking_uri,
                "MLFLOW_DISABLE_TELEMETRY": "true",
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            },
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            start_new_session=True,
        )
    try:
        _wait(f"http://127.0.0.1:{port}/ping", process, log)
        yield f"http://127.0.0.1:{port}/invocations"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server did not start: {log.read_text()}")


def asked(url: str, body: dict) -> list[dict]:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["predictions"]


def as_json(frame) -> dict:
    """Return feature rows as MLflow's protocol takes them; missing values are null."""
    return json.loads(frame.to_json(orient="split", index=False, double_precision=15))


def test_the_server_answers_what_the_model_says(server, trained):
    rows = trained.portfolio.head(20)
    answers = asked(server, {"dataframe_split": as_json(rows)})
    expected = ServedPredictor(trained).predict(rows)
    assert [list(answer) for answer in answers] == [list(OUTPUTS)] * 20
    for name in OUTPUTS:
        told = [np.nan if answer[name] is None else answer[name] for answer in answers]
        np.testing.assert_allclose(told, expected[name], rtol=1e-9)
    won = trained.model.predict_proba_won(rows, trained.training["horizon_days"])
    np.testing.assert_allclose(expected["conversion_probability"], won, rtol=1e-12)


def test_the_horizon_is_a_parameter(server, trained):
    rows = trained.portfolio.head(3)
    body = {"dataframe_split": as_json(rows), "params": {"horizon_days": 7}}
    told = [answer["conversion_probability"] for answer in asked(server, body)]
    np.testing.assert_allclose(told, trained.model.predict_proba_won(rows, 7), rtol=1e-9)


def test_what_cannot_be_answered_is_an_error_of_the_client(server):
    with pytest.raises(urllib.error.HTTPError) as caught:
        asked(server, {"dataframe_split": {"columns": ["x"], "data": [["y"]]}, "nonsense": 1})
    with caught.value as error:
        assert error.code == 400


def test_the_signature_names_every_feature(trained):
    inputs = signature(trained).inputs.input_names()
    assert inputs == list(trained.portfolio.columns)
    assert signature(trained).outputs.input_names() == list(OUTPUTS)
