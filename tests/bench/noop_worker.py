"""The module that Celery's own command line loads for the no-op worker."""

import os

from tests.bench.noop import BROKER, celery

app = celery(os.environ[BROKER])
