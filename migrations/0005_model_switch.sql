-- migrate:up

-- Models that an administrator switched off: in no ladder, on no worker, whatever the models file says.
CREATE TABLE model_switch (
    model text PRIMARY KEY,
    by    text NOT NULL,
    at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- How each model fares in this process; written with its pulse.
ALTER TABLE worker ADD COLUMN models jsonb NOT NULL DEFAULT '[]';

-- migrate:down

ALTER TABLE worker DROP COLUMN models;
DROP TABLE model_switch;
