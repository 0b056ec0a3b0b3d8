"""Lists that people work from: bands, ranking, files, and scoring runs read back."""
