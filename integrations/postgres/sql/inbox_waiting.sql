-- No lease and no pause is longer than a minute: what is due later was written before the clock was set back. It is given the
-- length of a lease, within which whoever works on it renews his.
WITH astray AS (
    UPDATE conversation SET due_at = clock_timestamp() + make_interval(secs => 10)
    WHERE due_at > statement_timestamp() + interval '1 minute'
)
SELECT count(*) FROM conversation WHERE due_at <= statement_timestamp()
