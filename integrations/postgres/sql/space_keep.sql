INSERT INTO space (name, chunks, terms) VALUES (%(space)s, 0, 0) ON CONFLICT DO NOTHING
