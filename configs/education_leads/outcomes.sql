-- Leads that were not converted are not known as lost: they stay open.
SELECT
    "Prospect ID" AS prospect_id,
    DATE '2000-01-01' AS closed_at,
    'won' AS outcome
FROM leads
WHERE "Converted" = '1'
