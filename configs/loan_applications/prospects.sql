-- One application is one prospect, created when it is submitted. The amount asked for is on the form.
SELECT
    "case" AS prospect_id,
    min("time") AS created_at,
    any_value("AMOUNT_REQ") AS amount,
    any_value("AMOUNT_REQ") AS amount_requested
FROM events
WHERE activity = 'A_SUBMITTED'
GROUP BY "case"
