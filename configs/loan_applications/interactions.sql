-- The work of people ('W_') and what happens to offers ('O_'). Work counts when it begins and when it is
-- done; that it is scheduled says little more.
SELECT
    "case" AS prospect_id,
    "time" AS occurred_at,
    activity || CASE WHEN lifecycle = 'START' THEN ' (begun)' ELSE '' END AS type
FROM events
WHERE (activity LIKE 'W\_%' ESCAPE '\' AND lifecycle IN ('START', 'COMPLETE'))
    OR activity LIKE 'O\_%' ESCAPE '\'
