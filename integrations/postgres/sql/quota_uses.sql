-- The quotas, each with the start of its day or month, and what was spent of it since then or `froms`, apart for what is older than
-- a minute: a statement that wrote such a row has ended, so that it need never be read again. froms: up to where whoever
-- asks has read, in the day or month that began at starts.
SELECT quota.scope, quota.usd, quota.period, extract(epoch FROM period.start)::float,
       extract(epoch FROM period.now - interval '1 minute')::float, coalesce(spent.closed, 0), coalesce(spent.open, 0)
FROM quota
CROSS JOIN LATERAL (
    SELECT date_trunc(quota.period, statement_timestamp(), 'UTC') AS start, statement_timestamp() AS now
) AS period
LEFT JOIN unnest(%(scopes)s::text[], %(starts)s::float[], %(froms)s::float[]) AS known (scope, start, at)
    ON known.scope = quota.scope AND to_timestamp(known.start) = period.start
CROSS JOIN LATERAL (
    SELECT sum(usd) FILTER (WHERE at < period.now - interval '1 minute') AS closed,
           sum(usd) FILTER (WHERE at >= period.now - interval '1 minute') AS open
    FROM ledger
    WHERE at >= greatest(period.start, to_timestamp(known.at))
      AND CASE
              WHEN quota.scope LIKE 'person:%%' THEN person = substr(quota.scope, 8)
              WHEN quota.scope LIKE 'channel:%%' THEN channel = substr(quota.scope, 9)
              ELSE true
          END
) AS spent
ORDER BY quota.scope
