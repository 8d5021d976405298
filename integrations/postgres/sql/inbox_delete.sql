-- What was taken back is settled without a reply; a reply that is not on its way yet goes too.
WITH asked AS (
    SELECT id, event_id FROM inbox WHERE message_key = %(message_key)s AND person = %(person)s
), unsent AS (
    DELETE FROM outbox WHERE event_id IN (SELECT event_id FROM asked) AND status IN ('queued', 'deferred')
    RETURNING key
), unsaid AS (
    UPDATE turn SET action = 'Deleted' FROM asked
    WHERE turn.inbox = asked.id AND EXISTS (SELECT FROM unsent WHERE key NOT LIKE '%%#place')
)
SELECT asked.id FROM asked WHERE EXISTS (SELECT FROM unsent)
