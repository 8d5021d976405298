-- By the index of what was posted.
SELECT name FROM outbox, unnest(string_to_array(reference, ' ')) AS name
WHERE string_to_array(reference, ' ') && %(names)s::text[] AND name = ANY(%(names)s::text[])
