-- migrate:up

-- Models that an administrator switched off: in no ladder, on no worker, whatever the models file says.
CREATE TABLE model_switch (
    model text PRIMARY KEY,
    by    text NOT NULL,
    at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- New models on their way into old ones' places; at most one rollout a candidate.
CREATE TABLE model_rollout (
    candidate text PRIMARY KEY,
    incumbent text NOT NULL,
    stage     text NOT NULL CHECK (stage IN ('shadow', 'canary', 'demoted')),
    share     double precision NOT NULL CHECK (share BETWEEN 0 AND 1),
    channel   text NOT NULL,
    why       text NOT NULL DEFAULT '',
    by        text NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- How drafts in them were judged. own: the candidate's, else the incumbent's. Only the latest few hundred are ever read.
CREATE TABLE model_verdict (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    candidate text NOT NULL,
    own       boolean NOT NULL,
    accepted  boolean NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX model_verdict_latest ON model_verdict (candidate, own, id DESC);

-- How each model fares in this process; written with its pulse.
ALTER TABLE worker ADD COLUMN models jsonb NOT NULL DEFAULT '[]';

-- migrate:down

ALTER TABLE worker DROP COLUMN models;
DROP TABLE model_verdict, model_rollout, model_switch;
