-- Bounded, so that it costs a few milliseconds however much was ever said. What was settled without a word has a rung "inbox".
WITH mine AS MATERIALIZED (
    SELECT recent.id, recent.event_id, recent.conversation, recent.event
    FROM (SELECT id, event_id, conversation, person, event FROM inbox ORDER BY id DESC LIMIT 5000) AS recent
    WHERE recent.person = %(person)s AND recent.event #>> '{address,channel}' = %(channel)s
)
SELECT mine.id, mine.conversation, mine.event::text, turn.action, turn.receipt::text, reply.message #>> '{reply,text}'
FROM mine
JOIN turn ON turn.inbox = mine.id
LEFT JOIN outbox AS reply ON reply.key = mine.event_id || '#1'
WHERE turn.receipt #>> '{tries,0,rung}' <> 'inbox'
ORDER BY mine.conversation = %(conversation)s DESC, mine.id DESC
LIMIT 1
