UPDATE conversation
SET leased_until = NULL, due_at = CASE WHEN waiting > 0 THEN clock_timestamp() END
WHERE id = %(conversation)s AND fence = %(fence)s AND leased_until IS NOT NULL
