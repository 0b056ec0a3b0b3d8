"""Features: one definition, computed, modelled, explained and documented from the same place."""
