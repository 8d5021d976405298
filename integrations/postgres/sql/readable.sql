-- From here to the end of the transaction: the role that reads nothing but these spaces' rows. The spaces are looked up
-- first, by the connection's own user.
SELECT set_config('maru.spaces',
                  coalesce((SELECT array_agg(id)::text FROM space WHERE name = ANY(%(spaces)s)), '{}'), true),
       set_config('role', 'maru_reader', true)
