SELECT inbox.id, inbox.conversation, inbox.event::text, turn.action, turn.receipt::text, reply.message #>> '{reply,text}'
FROM turn
JOIN inbox ON inbox.id = turn.inbox
LEFT JOIN outbox AS reply ON reply.key = inbox.event_id || '#1'
WHERE turn.inbox = %(reference)s
