SELECT
    "Id" AS prospect_id,
    "Closing Date" AS closed_at,
    CASE "Stage" WHEN 'Payment Done' THEN 'won' ELSE 'lost' END AS outcome,
    "Lost Reason" AS reason
FROM deals
WHERE "Stage" IN ('Payment Done', 'Lost')
