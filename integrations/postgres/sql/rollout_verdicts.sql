SELECT r.candidate,
       ARRAY(SELECT v.accepted FROM model_verdict v WHERE v.candidate = r.candidate AND v.own
             ORDER BY v.id DESC LIMIT %(latest)s),
       ARRAY(SELECT v.accepted FROM model_verdict v WHERE v.candidate = r.candidate AND NOT v.own
             ORDER BY v.id DESC LIMIT %(latest)s)
FROM model_rollout r
