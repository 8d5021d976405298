"""The Celery application: JSON only, acknowledged late, and every wait bounded."""

from celery import Celery


def celery_app(broker_url: str, *, beat_file: str | None = None) -> Celery:
    """Return the application; no connection is made yet."""
    app = Celery("maru", broker=broker_url)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        task_default_queue="upkeep",
        task_create_missing_queues=True,
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=5,
        broker_transport_options=_transport(broker_url),
        worker_soft_shutdown_timeout=15,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        beat_schedule={
            "upkeep": {
                "task": "maru.upkeep",
                "schedule": 2.0,
                # A tick that nobody took in time is worthless: the next one does the same work.
                "options": {"queue": "upkeep", "expires": 30.0},
            },
            "opinions": {
                "task": "maru.opinions",
                "schedule": 60.0,
                "options": {"queue": "upkeep", "expires": 60.0},
            },
            "forget": {
                "task": "maru.forget",
                "schedule": 3600.0,
                "options": {"queue": "upkeep", "expires": 3600.0},
            },
        },
        beat_max_loop_interval=2,
        beat_schedule_filename=beat_file or "celerybeat-schedule",
    )
    return app


def _transport(broker_url: str) -> dict[str, object]:
    if not broker_url.startswith(("redis", "unix")):
        return {}
    return {
        # No list of the rings in hand. kombu would write to it twice a ring, and a worker that could not strike one off
        # since Redis was away just then would never hear another. Upkeep is sooner with one that died with its worker.
        "ack_emulation": False,
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }
