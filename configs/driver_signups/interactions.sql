-- The two milestones on the way to the first trip, in either order; some come after the first trip, and
-- one vehicle before the sign-up.
SELECT
    id AS prospect_id,
    strptime(milestone_date, '%m/%d/%y')::DATE AS occurred_at,
    CASE milestone WHEN 'bgc_date' THEN 'background_check' ELSE 'vehicle_added' END AS type
FROM (
    UNPIVOT (SELECT id, bgc_date, vehicle_added_date FROM signups)
    ON bgc_date, vehicle_added_date
    INTO NAME milestone VALUE milestone_date
)
WHERE milestone_date <> 'NA'
