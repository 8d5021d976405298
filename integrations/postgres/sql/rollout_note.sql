WITH old AS (
    DELETE FROM model_verdict WHERE at < clock_timestamp() - interval '30 days'
)
INSERT INTO model_verdict (candidate, own, accepted)
SELECT fresh.candidate, fresh.own, fresh.accepted
FROM unnest(%(candidates)s::text[], %(own)s::boolean[], %(accepted)s::boolean[])
     WITH ORDINALITY AS fresh (candidate, own, accepted, position)
JOIN model_rollout ON model_rollout.candidate = fresh.candidate
ORDER BY fresh.position
