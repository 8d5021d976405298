"""The module that Celery's own command line loads for the control."""

import os

from tests.chaos.control import BROKER, WAY, celery

app = celery(os.environ[BROKER], os.environ[WAY])
