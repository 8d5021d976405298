SELECT count(*) FROM conversation WHERE due_at <= clock_timestamp()
