"""The backtest: train at earlier instants as known then, and look at what came after."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from predictor.errors import TrainingRefusedError
from predictor.evaluation.forward import ForwardTest, forward_test, join_tests, tested_share
from predictor.model.training import fit_predictor, training_matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.evaluation.rivals import Champion


def rolling_origins(config: Config, as_of: datetime) -> list[datetime]:
    """Return the training instants, the earliest first.

    The last lies so far before as_of that at least one scoring after it is followed to the target
    horizon.
    """
    step = timedelta(days=config.evaluation.origin_step_days or config.horizon_days)
    last = as_of - timedelta(days=config.horizon_days + config.evaluation.every_days)
    return [last - step * place for place in reversed(range(config.evaluation.origins))]


def backtest(
    crm: Crm,
    config: Config,
    as_of: datetime,
    on_origin: Callable[[datetime], None] = lambda _: None,
    champion: Champion | None = None,
) -> ForwardTest:
    """Test a configuration forward in time, with rolling origins.

    At each origin a predictor is trained on what was known then, and scores what follows until the
    next origin; outcomes are those known at `as_of`.

    Parameters
    ----------
    crm : Crm
        The facts; only those known before `as_of` are used.
    config : Config
        What is tested.
    as_of : datetime
        End of the follow-up.
    on_origin : callable
        Called with each origin before its training, for a progress bar.
    champion : Champion, optional
        A registered model to compare with, where it was trained at or before an origin.

    Raises
    ------
    TrainingRefusedError
        If no origin has enough history; a single early one without is left out.
    """
    known = crm.known_at(as_of)
    origins = rolling_origins(config, as_of)
    # One share for all, so that no origin counts for more than it should.
    share = tested_share(known, config, origins[0], as_of, as_of)
    tests: list[ForwardTest] = []
    refused: TrainingRefusedError | None = None
    for origin, until in zip(origins, [*origins[1:], as_of], strict=True):
        on_origin(origin)
        try:
            past = training_matrix(known, config, origin)
            predictor = fit_predictor(known, config, origin, past)
            tests.append(
                forward_test(
                    known,
                    config,
                    predictor,
                    until,
                    as_of,
                    champion=champion,
                    past=past,
                    share=share,
                )
            )
        except TrainingRefusedError as error:
            refused = error
    if not tests:
        raise TrainingRefusedError(f"no backtest: {refused}") from refused
    return join_tests(tests)
