"""The embedded Postgres and Redis, and how a child process is tied to its parent."""
