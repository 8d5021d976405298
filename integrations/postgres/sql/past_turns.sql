SELECT inbox.event ->> 'text', concat_ws(':', inbox.event #>> '{address,platform}', inbox.event #>> '{address,channel}'), turn.receipt::text
FROM turn JOIN inbox ON inbox.id = turn.inbox
WHERE NOT turn.apology AND inbox.event ->> 'kind' = 'message'
ORDER BY turn.id DESC
LIMIT %(limit)s
