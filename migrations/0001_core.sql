-- migrate:up

CREATE EXTENSION IF NOT EXISTS vector;

-- A thread of talk: what is known of it, and who may work on it now.
-- fence grows with every claim; a commit that carries an older one is refused.
-- waiting counts its unsettled events. due_at says when it may be claimed next: NULL while nothing waits, the end of the
-- lease while somebody works on it; so one small index finds the work, and whoever adds, claims or settles meets on one row.
-- rank is its place in the line, given when it begins to wait. It orders and never delays: where hands are free, all are claimed.
CREATE TABLE conversation (
    id           text PRIMARY KEY,
    state        jsonb NOT NULL DEFAULT '{}',
    waiting      int NOT NULL DEFAULT 0,
    due_at       timestamptz,
    rank         timestamptz NOT NULL DEFAULT clock_timestamp(),
    fence        bigint NOT NULL DEFAULT 0,
    leased_until timestamptz
) WITH (
    fillfactor = 70,
    -- A claim steps over the index entries of all turns since the last vacuum: a share of the rows would be too many.
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX conversation_line ON conversation (rank, due_at) WHERE due_at IS NOT NULL;

-- Durable in. Two unique keys: the platform's id of the event, and the utterance it carries.
-- changed_at: when its person last edited it, by the platform's clock. person: compared by bytes, for ranges of a workspace.
CREATE TABLE inbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id     text NOT NULL UNIQUE,
    message_key  text NOT NULL UNIQUE,
    conversation text NOT NULL REFERENCES conversation,
    person       text COLLATE "C" NOT NULL,
    event        jsonb NOT NULL,
    received_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts     int NOT NULL DEFAULT 0,
    changed_at   timestamptz,
    settled_at   timestamptz
) WITH (
    -- The same for the two indexes of what is unsettled; without the last word vacuum leaves the indexes of a large table alone.
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, vacuum_index_cleanup = on
);
CREATE INDEX inbox_unsettled ON inbox (conversation, id) WHERE settled_at IS NULL;
CREATE INDEX inbox_of_person ON inbox (person, id) WHERE settled_at IS NULL;

-- Changes that came before their message, which platforms deliver anew, and in any order. text: NULL = taken back.
-- at: when, by the platform's clock. No row stays longer than an hour, and no more than a thousand do.
CREATE TABLE change_ahead (
    message_key text NOT NULL,
    person      text NOT NULL,
    text        text,
    at          timestamptz NOT NULL,
    kept_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (message_key, person)
);

-- What was decided and said, with its receipt.
CREATE TABLE turn (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    inbox        bigint NOT NULL UNIQUE REFERENCES inbox,
    conversation text NOT NULL,
    action       text NOT NULL,
    apology      boolean NOT NULL,
    receipt      jsonb NOT NULL,
    at           timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX turn_apologies ON turn (at DESC) WHERE apology;

-- Durable out: queued → sending → sent | deferred | buried (why).
-- due_at says when an open one may be claimed next: while it is sent, the end of the lease. failures: the attempts that the
-- platform ended; the others died with their sender.
CREATE TABLE outbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key          text NOT NULL UNIQUE,
    event_id     text NOT NULL,
    conversation text NOT NULL,
    message      jsonb NOT NULL,
    status       text NOT NULL DEFAULT 'queued'
                 CHECK (status IN ('queued', 'sending', 'sent', 'deferred', 'buried')),
    attempts     int NOT NULL DEFAULT 0,
    failures     int NOT NULL DEFAULT 0,
    uncertain    boolean NOT NULL DEFAULT false,
    fence        bigint NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    reference    text,
    why          text,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at   timestamptz
);
CREATE INDEX outbox_open ON outbox (conversation, id) WHERE status IN ('queued', 'sending', 'deferred');
CREATE INDEX outbox_due ON outbox (due_at) WHERE status IN ('queued', 'sending', 'deferred');
CREATE INDEX outbox_event ON outbox (event_id);
-- A Telegram reply names the post it answers; a long reply is several posts.
CREATE INDEX outbox_reference ON outbox USING gin (string_to_array(reference, ' '));
CREATE INDEX outbox_buried ON outbox (settled_at DESC) WHERE status = 'buried';

-- What Maru knows. A document becomes visible whole: with its chunks and postings, in one transaction.
CREATE TABLE document (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source   text NOT NULL,
    title    text NOT NULL,
    digest   text NOT NULL,
    space    text NOT NULL,
    owner    text,
    sample   boolean NOT NULL DEFAULT false,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (space, source)
);

-- length: number of terms, for BM25. embedding: by the model that is named; no model = it waits for
-- the indexing queue, a model without an embedding = that model refused the text.
CREATE TABLE chunk (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document        bigint NOT NULL REFERENCES document ON DELETE CASCADE,
    ordinal         int NOT NULL,
    title_path      text[] NOT NULL,
    text            text NOT NULL,
    space           text NOT NULL,
    length          int NOT NULL,
    embedding       halfvec,
    embedding_model text
);
CREATE INDEX chunk_document ON chunk (document);
CREATE INDEX chunk_space ON chunk (space);
CREATE INDEX chunk_unembedded ON chunk (id) WHERE embedding_model IS NULL;
-- What another model embedded lies on both sides of the present one's.
CREATE INDEX chunk_model ON chunk (embedding_model, id);
-- The embedded model's size. Vectors of another size are searched one by one: exact, but slower the more there are;
-- an index like this one with their size in both places makes that fast again.
CREATE INDEX chunk_embedding_384 ON chunk
    USING hnsw ((embedding::halfvec(384)) halfvec_cosine_ops) WHERE vector_dims(embedding) = 384;

-- The inverted index. Integer keys: equality on them stays an index condition under row-level security.
CREATE TABLE term (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text text NOT NULL UNIQUE
);
-- space and length repeat the chunk's, so that a search need not look a chunk up that it does not return.
CREATE TABLE posting (
    term   bigint NOT NULL REFERENCES term,
    chunk  bigint NOT NULL REFERENCES chunk ON DELETE CASCADE,
    length int NOT NULL,
    count  smallint NOT NULL,
    space  text NOT NULL,
    PRIMARY KEY (term, chunk)
);
CREATE INDEX posting_chunk ON posting (chunk);

-- How large each space is, for BM25: kept by the database itself, however chunks come and go.
CREATE TABLE space_size (
    space  text PRIMARY KEY,
    chunks bigint NOT NULL,
    terms  bigint NOT NULL
);
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

-- People let in by an administrator, beside those that settings name.
CREATE TABLE person (
    id          text PRIMARY KEY,
    admitted_by text NOT NULL,
    admitted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    person  text NOT NULL,
    action  text NOT NULL,
    allowed boolean NOT NULL,
    detail  text NOT NULL
);

-- Which worker processes live: each stamps its row every few seconds.
CREATE TABLE worker (
    name    text PRIMARY KEY,
    seen_at timestamptz NOT NULL
);

-- migrate:down

DROP TABLE worker, audit, person, space_size, posting, term, chunk, document, outbox, turn, change_ahead, inbox,
    conversation;
DROP FUNCTION count_space;
