-- One lead is one prospect. The export has no dates: all leads get the same day, which claims nothing.
-- 'Select' is what a form shows before anybody chooses. Columns that hold the same for nearly all leads
-- are left out; all others are handed on as they stand, for the audit.
SELECT
    "Prospect ID" AS prospect_id,
    DATE '2000-01-01' AS created_at,
    "Do Not Call" = 'Yes' AND "Do Not Email" = 'Yes' AS do_not_contact,
    "Lead Number" AS lead_number,
    "Lead Origin" AS lead_origin,
    "Lead Source" AS lead_source,
    "Do Not Email" AS do_not_email,
    "TotalVisits"::DOUBLE AS total_visits,
    "Total Time Spent on Website"::DOUBLE AS total_seconds_on_website,
    "Page Views Per Visit"::DOUBLE AS page_views_per_visit,
    "Last Activity" AS last_activity,
    "Last Notable Activity" AS last_notable_activity,
    "Country" AS country,
    nullif("City", 'Select') AS city,
    nullif("Specialization", 'Select') AS specialization,
    nullif("How did you hear about X Education", 'Select') AS heard_about_us,
    "What is your current occupation" AS occupation,
    "What matters most to you in choosing a course" AS what_matters_most,
    "A free copy of Mastering The Interview" AS free_copy,
    "Tags" AS tags,
    "Lead Quality" AS lead_quality,
    nullif("Lead Profile", 'Select') AS lead_profile,
    "Asymmetrique Activity Index" AS activity_index,
    "Asymmetrique Profile Index" AS profile_index,
    "Asymmetrique Activity Score"::DOUBLE AS activity_score,
    "Asymmetrique Profile Score"::DOUBLE AS profile_score
FROM leads
