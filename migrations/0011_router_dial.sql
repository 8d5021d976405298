-- migrate:up

-- Where ladders start, set from chat: the chance from which a rung's draft is worth trying. No row: the built-in threshold.
CREATE TABLE router_dial (
    single    boolean PRIMARY KEY DEFAULT true CHECK (single),
    threshold double precision NOT NULL CHECK (threshold BETWEEN 0 AND 1),
    by        text NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- migrate:down

DROP TABLE router_dial;
