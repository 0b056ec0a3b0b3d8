-- The bank approves, declines or cancels; what follows an approval ('A_REGISTERED', 'A_ACTIVATED') is
-- paperwork.
SELECT
    "case" AS prospect_id,
    "time" AS closed_at,
    CASE activity WHEN 'A_APPROVED' THEN 'won' ELSE 'lost' END AS outcome,
    activity AS reason
FROM events
WHERE activity IN ('A_APPROVED', 'A_DECLINED', 'A_CANCELLED')
