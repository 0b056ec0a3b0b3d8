"""Metrics under censoring and competing risks, baselines, leakage audit, plots, backtest."""
