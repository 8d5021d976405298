# One image for every process of Maru; compose.yaml says which command each container runs.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /opt/maru
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH

# As the Makefile does it: one package exists as source only, so its build tools come first, locked as well.
COPY requirements.lock ./
RUN awk '/^(setuptools|wheel)==/ { on = 1 } on { print } on && !/\\$/ { on = 0 }' requirements.lock > build.lock \
    && pip install --no-deps --require-hashes --only-binary :all: -r build.lock \
    && pip install --no-deps --require-hashes --only-binary :all: --no-binary kiwipiepy-model \
        --no-build-isolation -r requirements.lock \
    && rm build.lock

COPY LICENSE README.md pyproject.toml ./
COPY migrations migrations
COPY bot bot
COPY integrations integrations
COPY workers workers
# Editable, so that the migrations are found beside the packages, as in a checkout.
RUN pip install --no-deps --no-build-isolation -e . && python -m compileall -q bot integrations workers


FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title=maru org.opencontainers.image.licenses=Apache-2.0
# git reads repositories that are named as sources.
RUN apt-get update && apt-get install -y --no-install-recommends git openssh-client && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/maru --shell /usr/sbin/nologin maru \
    && install -d -o maru -g maru -m 0700 /var/lib/maru /var/lib/maru/run /var/lib/maru/router
COPY --from=build /opt /opt
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    MARU_HOME=/var/lib/maru MARU_HTTP_HOST=0.0.0.0 MARU_HTTP_PORT=8646
USER 10001:10001
WORKDIR /var/lib/maru
EXPOSE 8646
# The gateway's; other commands bring their own. A slim image has no curl, and urllib would ask a proxy.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 CMD ["python", "-c", \
    "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8646, timeout=3); c.request('GET', '/readyz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["maru"]
CMD ["gateway"]
