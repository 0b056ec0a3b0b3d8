SELECT
    id AS prospect_id,
    strptime(first_completed_date, '%m/%d/%y')::DATE AS closed_at,
    'won' AS outcome
FROM signups
WHERE first_completed_date <> 'NA'
