"""The model: phased competing rates, from a Breslow baseline and gradient-boosted log-rates."""
