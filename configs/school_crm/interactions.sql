-- A call belongs to a contact, and a contact may have several deals: each of them knows the call. Calls
-- without a contact, or whose contact has no deal, arrive without a prospect and are quarantined.
SELECT
    deals."Id" AS prospect_id,
    calls."Call Start Time" AS occurred_at,
    CASE
        WHEN calls."Call Type" = 'Inbound' THEN 'call_received'
        WHEN calls."Call Type" = 'Missed' THEN 'call_missed'
        WHEN calls."Call Status" IN ('Attended Dialled', 'Scheduled Attended', 'Scheduled Attended Delay')
            THEN CASE
                WHEN TRY_CAST(calls."Call Duration (in seconds)" AS DOUBLE) >= 60 THEN 'call_talked'
                ELSE 'call_short'
            END
        WHEN calls."Call Status" IN ('Overdue', 'Cancelled') THEN 'call_not_made'
        ELSE 'call_unanswered'
    END AS type,
    'phone' AS channel,
    CASE WHEN calls."Call Type" = 'Outbound' THEN 'outbound' ELSE 'inbound' END AS direction,
    calls."Call Duration (in seconds)" AS duration_seconds,
    -- How long a call was, and so its type, is known when it ends.
    TRY_CAST(calls."Call Start Time" AS TIMESTAMP)
        + to_seconds(coalesce(TRY_CAST(calls."Call Duration (in seconds)" AS DOUBLE), 0)) AS recorded_at
FROM calls
LEFT JOIN deals ON deals."Contact Name" = calls."CONTACTID"
