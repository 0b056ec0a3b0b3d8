-- The states of an application ('A_'), apart from those that end it.
SELECT
    "case" AS prospect_id,
    "time" AS entered_at,
    activity AS stage
FROM events
WHERE activity IN (
    'A_SUBMITTED', 'A_PARTLYSUBMITTED', 'A_PREACCEPTED', 'A_ACCEPTED', 'A_FINALIZED'
)
