"""What people run: training, scoring, the registry. Sits on top of every other package."""
