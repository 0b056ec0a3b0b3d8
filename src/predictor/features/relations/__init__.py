"""The tables that features are read from: functions of the facts joined to snapshots.

Each returns one row per snapshot at most, with `snapshot_id` and the columns that it describes. A
family names the function in the `Relation` of its features; nothing else needs to know it.
"""
