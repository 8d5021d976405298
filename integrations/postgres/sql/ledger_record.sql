INSERT INTO ledger (person, channel, skill, purpose, model, replica, input_tokens, output_tokens,
                    seconds, usd, reference_usd, counted)
SELECT %(person)s, %(channel)s, %(skill)s, call.*
FROM jsonb_to_recordset(%(calls)s::jsonb) AS call (
    purpose text, model text, replica text, input_tokens int, output_tokens int,
    seconds float, usd float, reference_usd float, counted boolean
)
