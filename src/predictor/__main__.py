"""Runs the command line: ``python -m predictor``."""

from predictor.cli import main

main()
