-- migrate:up

-- How often a gateway did what: the counts of processes that serve no /metrics themselves.
CREATE TABLE tally (
    gateway text NOT NULL,
    outcome text NOT NULL,
    events  bigint NOT NULL,
    PRIMARY KEY (gateway, outcome)
);

-- migrate:down

DROP TABLE tally;
