-- As inbox_claim: the oldest unsettled event of each free conversation, if it is due.
SELECT count(*)
FROM inbox i JOIN conversation c ON c.id = i.conversation
WHERE i.settled_at IS NULL
  AND i.due_at <= clock_timestamp()
  AND (c.leased_until IS NULL OR c.leased_until < clock_timestamp())
  AND NOT EXISTS (
      SELECT FROM inbox earlier
      WHERE earlier.conversation = i.conversation AND earlier.settled_at IS NULL AND earlier.id < i.id
  )
