-- What is known of a vehicle is known when it is added; as an attribute of the sign-up it would be a
-- leak. A vehicle without the day on which it was added, and a year 0, end in the quarantine.
SELECT
    id AS prospect_id,
    strptime(nullif(vehicle_added_date, 'NA'), '%m/%d/%y')::DATE AS answered_at,
    'vehicle' AS grid,
    question,
    CASE question
        WHEN 'year' THEN CASE
            WHEN answer = '0' THEN NULL
            WHEN answer < '2005' THEN 'before 2005'
            WHEN answer < '2010' THEN '2005 to 2009'
            WHEN answer < '2013' THEN '2010 to 2012'
            WHEN answer < '2015' THEN '2013 to 2014'
            ELSE '2015 or newer'
        END
        ELSE answer
    END AS answer
FROM (
    UNPIVOT (
        SELECT id, vehicle_added_date, vehicle_make AS make, vehicle_year AS year FROM signups
    )
    ON make, year
    INTO NAME question VALUE answer
)
WHERE answer NOT IN ('', 'NA')
