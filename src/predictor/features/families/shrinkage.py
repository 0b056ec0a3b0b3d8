"""Honest small numbers: a share of few things is drawn to the share over all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.families.amounts import real

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: Imagined things with the portfolio's rate, beside those that a prospect did.
IMAGINED = 5
#: A share this close to everyone's was drawn from nothing seen, or from just as much.
TINY = 1e-9


def drawn_to(
    rate: float | ir.FloatingValue,
    part: ir.IntegerValue,
    whole: ir.IntegerValue,
    imagined: int = IMAGINED,
) -> ir.FloatingValue:
    """Return ``(part + imagined * rate) / (whole + imagined)``.

    The posterior mean of a share with a Beta prior whose mean is `rate` and whose weight is that of
    `imagined` observations; for rates above 1, of a Poisson rate with a Gamma prior.
    """
    usual = real(rate) if isinstance(rate, float | int) else rate
    observed = part.fill_null(0).cast("float64")
    return (observed + usual * real(imagined)) / (
        whole.fill_null(0).cast("float64") + real(imagined)
    )
