-- One deal is one prospect. Every column of the export is handed on as it stands; what may be used is
-- declared in school_crm.yaml, and the leakage audit judges the rest.
SELECT
    "Id" AS prospect_id,
    "Created Time" AS created_at,
    "Contact Name" AS account_id,
    "Deal Owner Name" AS owner,
    "Page" AS page,
    "Source" AS source,
    "Campaign" AS campaign,
    "Content" AS content,
    "Term" AS term,
    "Quality" AS quality,
    "Lost Reason" AS lost_reason,
    "SLA" AS sla,
    "Payment Type" AS payment_type,
    "Product" AS product,
    "Education Type" AS education_type,
    "Course duration" AS course_duration,
    "Months of study" AS months_of_study,
    "Initial Amount Paid" AS initial_amount_paid,
    "Offer Total Amount" AS offer_total_amount,
    "Level of Deutsch" AS level_of_deutsch
FROM deals
