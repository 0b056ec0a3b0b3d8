"""Ends running queries when a person presses Ctrl-C.

DuckDB runs a query to its end before Python hears of a signal, which takes minutes on a large CRM.
A thread of its own hears at once and tells the engines.
"""

from __future__ import annotations

import _thread
import signal
import socket
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event

    from ibis.backends.duckdb import Backend as DuckDB

#: By identity: Ibis takes any two engines in memory for equal.
_ENGINES: WeakValueDictionary[int, DuckDB] = WeakValueDictionary()
_SECONDS_BETWEEN_TRIES = 0.1


def make_interruptible(connection: DuckDB) -> None:
    """Let `interruptible` end the queries of an engine."""
    _ENGINES[id(connection)] = connection


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end running queries at once.

    Outside the main thread, or where somebody else handles SIGINT, nothing changes.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, whatever the query that was ended raised.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    stopped, lost, ended = threading.Event(), threading.Event(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(reader, stopped, lost, ended), daemon=True)
    watcher.start()
    previous = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)

    def end() -> None:
        """Let the watcher read what was written before the end, and stop."""
        signal.set_wakeup_fd(previous)
        ended.set()
        writer.close()
        watcher.join()

    try:
        with _noticing_lost_interrupts(lost):
            yield
    except Exception as error:
        end()  # the query may have failed of the signal before the watcher saw it
        if stopped.is_set():
            raise KeyboardInterrupt from error
        raise
    finally:
        end()
        reader.close()


@contextmanager
def _noticing_lost_interrupts(lost: Event) -> Iterator[None]:
    """Set an event when Python drops a KeyboardInterrupt, as it does in any finalizer."""
    usual = sys.unraisablehook

    def notice(unraisable: sys.UnraisableHookArgs) -> None:
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            lost.set()
        else:
            usual(unraisable)

    sys.unraisablehook = notice
    try:
        yield
    finally:
        sys.unraisablehook = usual


def _watch(reader: socket.socket, stopped: Event, lost: Event, ended: Event) -> None:
    while numbers := reader.recv(16):
        if signal.SIGINT in numbers:
            stopped.set()
            break
    # Again and again: the query may begin a moment after the signal.
    while stopped.is_set() and not ended.wait(_SECONDS_BETWEEN_TRIES):
        if lost.is_set():
            lost.clear()
            _interrupt_main_thread()
        for engine in list(_ENGINES.values()):
            engine.con.interrupt()


def _interrupt_main_thread() -> None:
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:  # a true signal, which also ends a wait
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGINT)
