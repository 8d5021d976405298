INSERT INTO curated_answer (question, answer, language, space, owner, expires_at)
VALUES (%(question)s, %(answer)s, %(language)s, %(space)s, %(owner)s, to_timestamp(%(expires)s))
RETURNING id
