-- What was spent since a midnight of UTC, by one dimension, dearest first. What is folded belongs to nobody any more.
WITH spent AS (
    SELECT (at AT TIME ZONE 'UTC')::date AS day, person, channel, skill, model, 1 AS calls, input_tokens, output_tokens,
           seconds, usd, reference_usd
    FROM ledger
    WHERE at >= to_timestamp(%(since)s) AND (%(person)s::text IS NULL OR person = %(person)s)
    UNION ALL
    SELECT day, NULL, channel, skill, model, calls, input_tokens, output_tokens, seconds, usd, reference_usd
    FROM ledger_day
    WHERE day >= (to_timestamp(%(since)s) AT TIME ZONE 'UTC')::date AND %(person)s::text IS NULL
)
SELECT CASE %(by)s
           WHEN 'person' THEN person
           WHEN 'channel' THEN channel
           WHEN 'skill' THEN skill
           WHEN 'model' THEN model
           ELSE to_char(day, 'YYYY-MM-DD')
       END AS name,
       sum(calls)::bigint, sum(input_tokens)::bigint, sum(output_tokens)::bigint, sum(seconds), sum(usd),
       sum(reference_usd)
FROM spent
GROUP BY name
ORDER BY sum(usd) DESC, sum(reference_usd) DESC, name
