"""The leakage audit: what a CRM export knows that nobody could have known at the time."""
