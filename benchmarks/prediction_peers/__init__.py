"""What `benchmarks/prediction.py` is made of: the data sets, the predictors, the figures."""
