"""Data in: the contract, the sources, the quarantine, and a simulated CRM with known truth."""
