-- migrate:up

-- The second wall of the audience: whoever searches does it as this role, which reads the rows of those spaces only that
-- are named for its transaction. It cannot log in. Roles belong to the whole server, so several databases share it.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'maru_reader') THEN
        CREATE ROLE maru_reader NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'maru_reader',
                       CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN
        GRANT maru_reader TO CURRENT_USER;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of this server was migrated just now
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'user % may not create the role maru_reader: let a superuser run CREATE ROLE maru_reader NOLOGIN; '
            'GRANT maru_reader TO %', current_user, quote_ident(current_user);
END $$;

-- Spaces get a small number of their own: it stands in every posting.
ALTER TABLE space_size RENAME TO space;
ALTER TABLE space RENAME COLUMN space TO name;
ALTER TABLE space DROP CONSTRAINT space_size_pkey;
ALTER TABLE space ADD COLUMN id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
ALTER TABLE space ADD CONSTRAINT space_name UNIQUE (name);
INSERT INTO space (name, chunks, terms) SELECT DISTINCT space, 0, 0 FROM document ON CONFLICT DO NOTHING;

DROP TRIGGER chunk_counted ON chunk;
DROP TRIGGER chunk_uncounted ON chunk;
DROP FUNCTION count_space;

CREATE FUNCTION space_id(text) RETURNS int LANGUAGE sql STABLE AS 'SELECT id FROM space WHERE name = $1';
ALTER TABLE chunk ALTER COLUMN space TYPE int USING space_id(space);

-- Keyed by term and space: of a frequent term, only what may be read is looked at; and what is counted is in the index.
-- No foreign keys: they cost more than the rows. Terms are never deleted, and postings go with their chunk (below).
CREATE TABLE posting_new (
    chunk  bigint NOT NULL,
    term   int NOT NULL,
    space  int NOT NULL,
    length smallint NOT NULL,
    count  smallint NOT NULL
);
INSERT INTO posting_new (chunk, term, space, length, count)
SELECT chunk, term, space_id(space), least(length, 32767), count FROM posting ORDER BY term, chunk;
DROP TABLE posting;
ALTER TABLE posting_new RENAME TO posting;
ALTER TABLE posting ADD CONSTRAINT posting_pkey PRIMARY KEY (term, space, chunk) INCLUDE (count, length);
CREATE INDEX posting_chunk ON posting (chunk, term) INCLUDE (space, count, length);
ALTER TABLE term ALTER COLUMN id TYPE int;

-- The vectors of a space side by side, to be compared one by one: a third of the time that the rows take. For models of
-- another size an index like this one, as for the other.
CREATE INDEX chunk_compared_384 ON chunk (space) INCLUDE (id, embedding_model, embedding)
    WHERE vector_dims(embedding) = 384;

-- In how many chunks of a space a term is: how rare it is, without a look at its postings.
CREATE TABLE frequency (
    term   int NOT NULL,
    space  int NOT NULL,
    chunks int NOT NULL,
    PRIMARY KEY (term, space)
) WITH (fillfactor = 70);
INSERT INTO frequency (term, space, chunks) SELECT term, space, count(*) FROM posting GROUP BY term, space;

-- Kept by the database itself, however chunks come and go. Who writes in a space holds its lock to the end of the
-- transaction: two that touch the same frequent terms would wait for one another anyway, or deadlock.
CREATE FUNCTION lock_space(int) RETURNS void LANGUAGE sql AS 'SELECT pg_advisory_xact_lock(1296126549, $1)';

CREATE FUNCTION count_chunks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE space SET chunks = space.chunks + more.chunks, terms = space.terms + more.terms
    FROM (SELECT space AS id, count(*) AS chunks, sum(length) AS terms FROM added GROUP BY space) AS more
    WHERE space.id = more.id;
    RETURN NULL;
END $$;
CREATE FUNCTION forget_chunks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_space(space) FROM (SELECT DISTINCT space FROM removed ORDER BY space) AS touched;
    WITH gone AS (
        DELETE FROM posting USING removed WHERE posting.chunk = removed.id RETURNING posting.term, posting.space
    ), fewer AS (
        SELECT term, space, count(*) AS chunks FROM gone GROUP BY term, space
    )
    UPDATE frequency SET chunks = frequency.chunks - fewer.chunks
    FROM fewer WHERE frequency.term = fewer.term AND frequency.space = fewer.space;
    UPDATE space SET chunks = space.chunks - less.chunks, terms = space.terms - less.terms
    FROM (SELECT space AS id, count(*) AS chunks, sum(length) AS terms FROM removed GROUP BY space) AS less
    WHERE space.id = less.id;
    RETURN NULL;
END $$;
CREATE TRIGGER chunk_counted AFTER INSERT ON chunk
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_chunks();
CREATE TRIGGER chunk_forgotten AFTER DELETE ON chunk
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION forget_chunks();

-- Nothing named = nothing readable.
CREATE FUNCTION readable_spaces() RETURNS int[] LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(nullif(current_setting('maru.spaces', true), ''), '{}')::int[] $$;

ALTER TABLE space ENABLE ROW LEVEL SECURITY;
ALTER TABLE document ENABLE ROW LEVEL SECURITY;
ALTER TABLE chunk ENABLE ROW LEVEL SECURITY;
ALTER TABLE posting ENABLE ROW LEVEL SECURITY;
ALTER TABLE frequency ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON space TO maru_reader USING (id = ANY ((SELECT readable_spaces())::int[]));
CREATE POLICY readable ON document TO maru_reader USING (space IN (SELECT name FROM space));
CREATE POLICY readable ON chunk TO maru_reader USING (space = ANY ((SELECT readable_spaces())::int[]));
CREATE POLICY readable ON posting TO maru_reader USING (space = ANY ((SELECT readable_spaces())::int[]));
CREATE POLICY readable ON frequency TO maru_reader USING (space = ANY ((SELECT readable_spaces())::int[]));
GRANT SELECT ON space, document, chunk, posting, frequency, term TO maru_reader;

-- migrate:down

REVOKE SELECT ON space, document, chunk, posting, frequency, term FROM maru_reader;
DROP POLICY readable ON space;
DROP POLICY readable ON document;
DROP POLICY readable ON chunk;
DROP POLICY readable ON posting;
ALTER TABLE space DISABLE ROW LEVEL SECURITY;
ALTER TABLE document DISABLE ROW LEVEL SECURITY;
ALTER TABLE chunk DISABLE ROW LEVEL SECURITY;
DROP TABLE frequency;
DROP INDEX chunk_compared_384;
DROP TRIGGER chunk_counted ON chunk;
DROP TRIGGER chunk_forgotten ON chunk;
DROP FUNCTION readable_spaces, count_chunks, forget_chunks, lock_space, space_id;

CREATE FUNCTION space_name(int) RETURNS text LANGUAGE sql STABLE AS 'SELECT name FROM space WHERE id = $1';
ALTER TABLE term ALTER COLUMN id TYPE bigint;
ALTER TABLE chunk ALTER COLUMN space TYPE text USING space_name(space);
CREATE TABLE posting_old (
    term   bigint NOT NULL REFERENCES term,
    chunk  bigint NOT NULL REFERENCES chunk ON DELETE CASCADE,
    length int NOT NULL,
    count  smallint NOT NULL,
    space  text NOT NULL
);
INSERT INTO posting_old (term, chunk, length, count, space)
SELECT term, chunk, length, count, space_name(space) FROM posting ORDER BY term, chunk;
DROP TABLE posting;
DROP FUNCTION space_name;
ALTER TABLE posting_old RENAME TO posting;
ALTER TABLE posting ADD CONSTRAINT posting_pkey PRIMARY KEY (term, chunk);
CREATE INDEX posting_chunk ON posting (chunk);

ALTER TABLE space DROP CONSTRAINT space_name;
ALTER TABLE space DROP COLUMN id;
ALTER TABLE space RENAME COLUMN name TO space;
ALTER TABLE space ADD CONSTRAINT space_size_pkey PRIMARY KEY (space);
ALTER TABLE space RENAME TO space_size;
CREATE FUNCTION count_space() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- In the order of their names: two indexers cannot deadlock on them.
    INSERT INTO space_size (space, chunks, terms)
    SELECT space, count(*) * step.sign, sum(length) * step.sign
    FROM changed, (SELECT CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END AS sign) step
    GROUP BY space, step.sign ORDER BY space
    ON CONFLICT (space) DO UPDATE
    SET chunks = space_size.chunks + excluded.chunks, terms = space_size.terms + excluded.terms;
    RETURN NULL;
END $$;
CREATE TRIGGER chunk_counted AFTER INSERT ON chunk
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_space();
CREATE TRIGGER chunk_uncounted AFTER DELETE ON chunk
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_space();
