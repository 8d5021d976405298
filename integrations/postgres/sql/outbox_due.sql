-- No lease is longer than 20 s, no pause longer than five minutes: what is due a minute later than that was written before the
-- clock was set back. It is given the length of a lease, within which whoever sends it renews his or is done.
WITH astray AS (
    UPDATE outbox SET due_at = clock_timestamp() + make_interval(secs => 20)
    WHERE status IN ('queued', 'sending', 'deferred') AND due_at > statement_timestamp() + interval '1 minute'
      AND (status <> 'deferred' OR due_at > statement_timestamp() + interval '6 minutes')
)
SELECT EXISTS (SELECT FROM outbox WHERE status IN ('queued', 'sending', 'deferred') AND due_at <= statement_timestamp())
