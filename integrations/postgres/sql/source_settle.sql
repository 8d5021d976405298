UPDATE source
SET leased_until = NULL, last_run_at = clock_timestamp(), tally = %(tally)s, trouble = %(trouble)s,
    due_at = clock_timestamp() + make_interval(secs =>
        %(jitter)s * CASE WHEN %(trouble)s::text IS NULL THEN every ELSE least(every, 1800) END)
WHERE id = %(source)s AND run = %(run)s
