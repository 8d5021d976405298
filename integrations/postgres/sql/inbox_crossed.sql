-- A subquery for each, not a join: no statistics can lure the planner into reading the whole inbox.
SELECT message_key, person, text, extract(epoch FROM at)::float8 FROM change_ahead
WHERE (SELECT true FROM inbox WHERE inbox.message_key = change_ahead.message_key)
