"""A CRM's contract tables on disk: judged once, sorted by prospect, read in place."""
