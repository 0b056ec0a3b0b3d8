-- One sign-up is one prospect. The dates are American and have no time; NA stands for missing.
SELECT
    id AS prospect_id,
    strptime(signup_date, '%m/%d/%y')::DATE AS created_at,
    city_name AS city,
    nullif(signup_os, 'NA') AS signup_os,
    signup_channel
FROM signups
