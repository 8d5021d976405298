-- migrate:up

-- When the try began that may have posted a reply already, and whether the one look for it was begun (see bot/ports/traces.py).
ALTER TABLE outbox ADD COLUMN tried_at timestamptz, ADD COLUMN sought boolean NOT NULL DEFAULT false;

-- migrate:down

ALTER TABLE outbox DROP COLUMN tried_at, DROP COLUMN sought;
