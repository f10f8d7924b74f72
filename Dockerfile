# The one image of portal, live, worker, scheduler, agent and operator. Build it in this folder when
# `make bundle` has made the pages: docker build -t cellhub .
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates python3-minimal python3-pip python3-setuptools python3-venv python3-wheel
# Whom to trust when PyPI is asked: the secret `trusted`, if it is given and PIP_CERT names it.
ARG PIP_CERT=/etc/ssl/certs/ca-certificates.crt
COPY images/requirements.txt /src/images/
# One by one from the lock, by hash. Nothing is fetched to build what comes as source: Debian has it.
RUN --mount=type=secret,id=trusted,target=/mnt/trusted.crt \
    python3 -m pip wheel --no-cache-dir --no-deps --no-build-isolation --require-hashes \
        --wheel-dir /wheels --requirement /src/images/requirements.txt \
    && python3 -m venv --without-pip /opt/cellhub \
    && python3 -m pip --python /opt/cellhub/bin/python install --no-index --no-deps --no-compile /wheels/*.whl
COPY pyproject.toml setup.py /src/
COPY agi /src/agi
COPY operator /src/operator
COPY cellhub /src/cellhub
# The migrations are no package: they lie beside it, as in the project's folder.
COPY migrations /src/migrations
RUN test -e /src/cellhub/web/static/dist/.built || { echo "there are no pages: make bundle" >&2; exit 1; } \
    && cd /src \
    && python3 -m pip --python /opt/cellhub/bin/python install --no-index --no-deps --no-build-isolation --no-compile . \
    && cp -R migrations /opt/cellhub/lib/python3*/site-packages/ \
    # Half of the Kubernetes client is its asynchronous twin, which nobody imports.
    && rm -r /opt/cellhub/lib/python3*/site-packages/kubernetes/aio \
    # Its root is read-only, so what is not compiled now would be at every start.
    && /opt/cellhub/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/cellhub/lib

FROM ${BASE}
# By sip-tester `cellhub probe call` is a phone.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 sip-tester \
    && groupadd --gid 15061 cellhub \
    && useradd --uid 15061 --gid 15061 --home-dir /var/lib/cellhub --create-home \
        --shell /usr/sbin/nologin cellhub \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/ldconfig/aux-cache /var/log/* \
    # Nobody becomes anybody else here.
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} +
COPY --from=build /opt/cellhub /opt/cellhub

ENV PATH=/opt/cellhub/bin:/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 CELLHUB_HOME=/var/lib/cellhub
USER 15061:15061
WORKDIR /var/lib/cellhub
EXPOSE 8080/tcp 8081/tcp 8090/tcp 9090/tcp
STOPSIGNAL SIGTERM
CMD ["cellhub", "--help"]

ARG BASE
LABEL org.opencontainers.image.title="cellhub" \
    org.opencontainers.image.description="CellHub: portal, live pages, worker, scheduler, agent and operator" \
    org.opencontainers.image.base.name="${BASE}"
