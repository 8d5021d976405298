SELECT try->>'model',
       count(*),
       count(*) FILTER (WHERE coalesce((try->>'judged')::boolean, true)),
       count(*) FILTER (WHERE (try->>'accepted')::boolean)
-- Bounded: without an index on its time, of which a busy house would pay for each turn.
FROM (SELECT at, receipt FROM turn ORDER BY id DESC LIMIT 20000) AS latest,
     jsonb_array_elements(latest.receipt->'tries') AS try
WHERE latest.at > clock_timestamp() - interval '1 day'
  AND try->>'model' IS NOT NULL AND coalesce((try->>'tried')::boolean, true)
GROUP BY 1
