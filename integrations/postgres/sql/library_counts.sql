SELECT (SELECT count(*) FROM document), count(*), count(*) FILTER (WHERE embedding IS NULL) FROM chunk
