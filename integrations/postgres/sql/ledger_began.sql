-- When the first call was that is known of. By number: the oldest row is the first of its key.
SELECT extract(epoch FROM least(
    (SELECT at FROM ledger ORDER BY id LIMIT 1),
    (SELECT day::timestamp AT TIME ZONE 'UTC' FROM ledger_day ORDER BY day LIMIT 1)
))::float
