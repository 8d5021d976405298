-- As outbox_claim: the oldest open message of each conversation, if it is due and nobody sends it.
SELECT count(*) FROM outbox o
WHERE o.status IN ('queued', 'sending', 'deferred')
  AND o.due_at <= clock_timestamp()
  AND (o.leased_until IS NULL OR o.leased_until < clock_timestamp())
  AND NOT EXISTS (
      SELECT FROM outbox earlier
      WHERE earlier.conversation = o.conversation
        AND earlier.status IN ('queued', 'sending', 'deferred') AND earlier.id < o.id
  )
