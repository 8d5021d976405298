SELECT
    coalesce(turn.receipt ->> 'question', inbox.event ->> 'text'),
    concat_ws(':', inbox.event #>> '{address,platform}', inbox.event #>> '{address,channel}'),
    turn.receipt::text,
    EXISTS (SELECT FROM escalation WHERE escalation.about = turn.inbox)
FROM turn JOIN inbox ON inbox.id = turn.inbox
WHERE NOT turn.apology
    AND (inbox.event ->> 'kind' = 'message' OR EXISTS (SELECT FROM escalation WHERE escalation.inbox = turn.inbox))
ORDER BY turn.id DESC
LIMIT %(limit)s
