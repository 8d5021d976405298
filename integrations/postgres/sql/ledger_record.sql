INSERT INTO ledger (person, channel, skill, purpose, model, replica, input_tokens, output_tokens,
                    seconds, usd, reference_usd, counted)
SELECT %(person)s, %(channel)s, %(skill)s, purpose, model, replica,
       least(input_tokens, 1e9), least(output_tokens, 1e9), seconds, usd, reference_usd, counted
FROM jsonb_to_recordset(%(calls)s::jsonb) AS call (
    purpose text, model text, replica text, input_tokens numeric, output_tokens numeric,
    seconds float, usd float, reference_usd float, counted boolean
)
