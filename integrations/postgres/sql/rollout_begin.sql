WITH anew AS (
    DELETE FROM model_verdict
    WHERE candidate = %(candidate)s AND NOT EXISTS (
        SELECT FROM model_rollout
        WHERE candidate = %(candidate)s AND incumbent = %(incumbent)s AND stage <> 'demoted'
    )
)
INSERT INTO model_rollout (candidate, incumbent, stage, share, channel, by)
VALUES (%(candidate)s, %(incumbent)s, %(stage)s, %(share)s, %(channel)s, %(by)s)
ON CONFLICT (candidate) DO UPDATE
SET incumbent = excluded.incumbent, stage = excluded.stage, share = excluded.share, channel = excluded.channel,
    why = '', by = excluded.by, at = clock_timestamp()
