INSERT INTO change_ahead AS known (message_key, person, text, at)
VALUES (%(message_key)s, %(person)s, %(text)s, to_timestamp(%(at)s))
ON CONFLICT (message_key, person) DO UPDATE SET text = excluded.text, at = excluded.at, kept_at = excluded.kept_at
WHERE excluded.text IS NULL OR known.text IS NOT NULL AND known.at <= excluded.at
