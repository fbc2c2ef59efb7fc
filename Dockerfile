# The demo site, its worker, beat and Flower: one image, told apart by their commands (compose.yaml).
FROM python:3.13-slim AS build

WORKDIR /app
# Without pip in it: what only installs has no business in the end.
RUN python -m venv --without-pip /venv && python -m venv /tools
COPY requirements/uv.txt requirements/run.txt requirements/
# pip knows mirrors and certificates that a machine has set up for it, so it stands in for uv.
RUN /tools/bin/pip install --quiet --disable-pip-version-check --no-cache-dir \
        --require-hashes --requirement requirements/uv.txt \
    && { /tools/bin/uv pip install --quiet --no-cache --compile-bytecode --python /venv/bin/python \
            --require-hashes --requirement requirements/run.txt \
        || /tools/bin/pip --python /venv/bin/python install --quiet --no-cache-dir \
            --require-hashes --requirement requirements/run.txt; }

COPY pyproject.toml README.md CHANGELOG.md LICENSE manage.py ./
COPY src src
COPY demo demo
RUN /tools/bin/pip --python /venv/bin/python install --quiet --no-cache-dir \
        --no-deps --no-build-isolation . \
    && /tools/bin/pip --python /venv/bin/python uninstall --quiet --yes \
        hatchling pathspec pluggy trove-classifiers \
    && /venv/bin/python -m compileall -q demo
RUN SAMOVAR_DATA=/tmp/data STATIC_ROOT=/app/static PYTHONPATH=demo \
        /venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /venv/bin/python -m servestatic.compress --quiet static


FROM python:3.13-slim

RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data samovar \
    && install --directory --owner samovar --group samovar /data
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app/static static
COPY --from=build /app/demo demo
COPY manage.py deploy/healthy.py ./

ENV PATH=/venv/bin:$PATH \
    PYTHONPATH=/app/demo \
    PYTHONUNBUFFERED=1 \
    SAMOVAR_DATA=/data \
    STATIC_ROOT=/app/static
USER samovar
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=6 CMD ["python", "/app/healthy.py", "web"]
CMD ["uvicorn", "config.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--timeout-graceful-shutdown", "5"]
