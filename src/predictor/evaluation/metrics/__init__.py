"""One metric a file: each takes `HorizonLabels` and a probability, or says why not."""
