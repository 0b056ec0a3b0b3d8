"""One scoring run as one HTML file: the list, each prospect, and the model."""
