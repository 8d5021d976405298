-- migrate:up

-- The page, slide or sheet a chunk is on; NULL where its document has none.
ALTER TABLE chunk ADD COLUMN page int;

-- What documents are read from again and again: a folder, a git repository, a page or a list of links.
-- every: seconds between two looks; NULL = only when somebody asks. due_at: when the next one is; leased_until: while
-- somebody looks. run grows with every look: an item that the last one did not see is gone.
-- trusted: given by the operator in a shell, so that it may be of this machine or its network.
CREATE TABLE source (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text NOT NULL,
    location     text NOT NULL,
    space        text NOT NULL,
    trusted      boolean NOT NULL,
    every        double precision,
    due_at       timestamptz,
    leased_until timestamptz,
    run          bigint NOT NULL DEFAULT 0,
    last_run_at  timestamptz,
    tally        jsonb NOT NULL DEFAULT '{}',
    trouble      text,
    added_by     text NOT NULL,
    added_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (space, location)
);
CREATE INDEX source_due ON source (due_at) WHERE due_at IS NOT NULL;

-- What a source holds. version: a digest or an ETag, for asking whether it changed. A document that is forgotten takes its
-- item along, so that the next look reads it anew. document: NULL = it was never read; trouble says why.
CREATE TABLE source_item (
    source   bigint NOT NULL REFERENCES source ON DELETE CASCADE,
    name     text NOT NULL,
    version  text,
    document bigint REFERENCES document ON DELETE CASCADE,
    trouble  text,
    run      bigint NOT NULL,
    PRIMARY KEY (source, name)
);
CREATE INDEX source_item_document ON source_item (document);

-- migrate:down

DROP TABLE source_item, source;
ALTER TABLE chunk DROP COLUMN page;
