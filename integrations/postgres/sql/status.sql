SELECT (SELECT coalesce(sum(waiting), 0)::bigint FROM conversation WHERE due_at IS NOT NULL),
       (SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending', 'deferred')),
       (SELECT count(*) FROM outbox WHERE status = 'buried'),
       ARRAY(SELECT name FROM worker WHERE seen_at > clock_timestamp() - interval '30 seconds' ORDER BY name),
       ARRAY(
           SELECT failure.words FROM (
               (SELECT t.at, 'apology in ' || t.conversation || ': ' || (t.receipt->'tries'->-1->>'why') AS words
                FROM turn t WHERE t.apology ORDER BY t.at DESC LIMIT 5)
               UNION ALL
               (SELECT o.settled_at, 'reply not delivered in ' || o.conversation || ': ' || o.why
                FROM outbox o WHERE o.status = 'buried' ORDER BY o.settled_at DESC LIMIT 5)
               UNION ALL
               (SELECT now(), 'reply waits in ' || o.conversation || ': ' || o.why
                FROM outbox o WHERE o.status = 'deferred' AND o.why IS NOT NULL ORDER BY o.due_at LIMIT 1)
               UNION ALL
               (SELECT c.at, c.source || ': ' || c.words FROM concern c WHERE c.at > now() - interval '30 seconds')
           ) AS failure (at, words) ORDER BY at DESC LIMIT 5
       )
