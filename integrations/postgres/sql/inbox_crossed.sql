SELECT message_key, person, text, extract(epoch FROM at)::float8 FROM change_ahead
WHERE EXISTS (SELECT FROM inbox WHERE inbox.message_key = change_ahead.message_key)
