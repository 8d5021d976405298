SELECT conversation FROM outbox WHERE string_to_array(reference, ' ') @> %s ORDER BY id DESC LIMIT 1
