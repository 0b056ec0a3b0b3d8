"""Ctrl-C ends a query that would run for minutes, and nothing else changes."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import duckdb
import pytest

from predictor.crm.interruption import interruptible
from predictor.crm.source import connect

LONG = "SELECT a.r % 1000 AS s, count(*) FROM range(100000) a(r), range(9000000) b(r) GROUP BY 1"
SCRIPT = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from predictor.crm.interruption import interruptible
from predictor.crm.source import connect

engine = connect()
engine.raw_sql("CREATE VIEW long AS {long}")
try:
    with interruptible():
        print("ready", flush=True)
        {work}
except KeyboardInterrupt:
    print("stopped", engine.raw_sql("SELECT 42").fetchall())
"""
WORK = {
    "a query": 'engine.raw_sql("FROM long").fetchall()',
    "a new table": 'engine.create_table("kept", engine.table("long"))',
    "an expression": 'engine.execute(engine.table("long"))',
    "a wrapped error": """
        try:
            engine.raw_sql("FROM long").fetchall()
        except Exception as error:
            raise ValueError from error""",
    "nothing of the engine": "import time; time.sleep(60)",
    "a finalizer, where Python drops it": """
        import time
        class Finalized:
            def __del__(self):
                time.sleep(60)
        Finalized()
        time.sleep(60)""",
}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process")


@pytest.mark.parametrize("work", WORK)
def test_ctrl_c_ends_the_work_at_once(work):
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(long=LONG, work=WORK[work])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "stopped [(42,)]\n", "")


@pytest.fixture
def usual_handler():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("usual_handler")
def test_an_error_without_ctrl_c_stays_what_it_is():
    engine = connect()
    with pytest.raises(duckdb.BinderException), interruptible():
        engine.raw_sql("SELECT nothing")


@pytest.mark.usefixtures("usual_handler")
def test_it_leaves_no_thread_and_no_file_descriptor_behind():
    threads = threading.active_count()
    with interruptible():
        assert threading.active_count() == threads + 1
    assert threading.active_count() == threads
    assert signal.set_wakeup_fd(-1) == -1


def test_outside_the_main_thread_it_does_nothing():
    seen = []

    def work() -> None:
        with interruptible():
            seen.append(connect().raw_sql("SELECT 1").fetchall())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [[(1,)]]
