-- The same for the ledger: what is old enough goes into the sums of its day, which know no person.
WITH oldest AS MATERIALIZED (
    SELECT * FROM ledger WHERE id > %(after)s ORDER BY id LIMIT %(limit)s
), gone AS MATERIALIZED (
    SELECT * FROM oldest WHERE at < statement_timestamp() - make_interval(days => %(days)s)
), folded AS (
    INSERT INTO ledger_day (day, channel, skill, purpose, model, calls, input_tokens, output_tokens, seconds, usd,
                            reference_usd)
    SELECT (at AT TIME ZONE 'UTC')::date, channel, skill, purpose, model, count(*), sum(input_tokens),
           sum(output_tokens), sum(seconds), sum(usd), sum(reference_usd)
    FROM gone
    GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (day, channel, skill, purpose, model) DO UPDATE
    SET calls = ledger_day.calls + excluded.calls,
        input_tokens = ledger_day.input_tokens + excluded.input_tokens,
        output_tokens = ledger_day.output_tokens + excluded.output_tokens,
        seconds = ledger_day.seconds + excluded.seconds,
        usd = ledger_day.usd + excluded.usd,
        reference_usd = ledger_day.reference_usd + excluded.reference_usd
), calls AS (
    DELETE FROM ledger WHERE id = ANY(ARRAY(SELECT id FROM gone))
)
SELECT max(id), (SELECT count(*) FROM gone),
       coalesce(max(at) < statement_timestamp() - make_interval(days => %(days)s), false)
FROM oldest
