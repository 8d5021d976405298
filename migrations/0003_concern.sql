-- migrate:up

-- What is wrong right now with a process that has no face of its own; `status` shows it. Said anew every few seconds.
CREATE TABLE concern (
    source text PRIMARY KEY,
    words  text NOT NULL,
    at     timestamptz NOT NULL
);

-- migrate:down

DROP TABLE concern;
