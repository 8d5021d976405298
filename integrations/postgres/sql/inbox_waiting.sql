SELECT count(*) FROM conversation WHERE due_at <= statement_timestamp()
