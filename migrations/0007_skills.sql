-- migrate:up

-- Skills that administrators wrote or switched off. text: the whole file; NULL = the one that ships.
CREATE TABLE skill (
    name       text PRIMARY KEY,
    text       text,
    enabled    boolean NOT NULL DEFAULT true,
    published  boolean NOT NULL DEFAULT false,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What is to be said later. Upkeep moves what is due into the outbox, under the same key.
CREATE TABLE schedule (
    key          text PRIMARY KEY,
    event_id     text NOT NULL,
    conversation text NOT NULL,
    person       text NOT NULL,
    at           timestamptz NOT NULL,
    message      jsonb NOT NULL
);
CREATE INDEX schedule_due ON schedule (at);

-- migrate:down

DROP TABLE schedule;
DROP TABLE skill;
