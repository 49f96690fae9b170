# syntax=docker/dockerfile:1
# One image for every program: python -m <customer|campaign|channel|loyalty> <serve|work|migrate>,
# and python -m gateway serve.

FROM ghcr.io/astral-sh/uv:0.13.9 AS uv

FROM docker.io/library/python:3.11.14-slim-bookworm AS build
COPY --from=uv /uv /usr/local/bin/uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1
WORKDIR /app

# What others wrote, in a layer that our own changes leave alone.
COPY pyproject.toml uv.lock ./
COPY kit/pyproject.toml kit/
COPY services/customer/pyproject.toml services/customer/
COPY services/campaign/pyproject.toml services/campaign/
COPY services/channel/pyproject.toml services/channel/
COPY services/loyalty/pyproject.toml services/loyalty/
COPY gateway/pyproject.toml gateway/
COPY local/pyproject.toml local/
RUN --mount=type=cache,target=/root/.cache/uv uv sync --frozen --no-dev --no-install-workspace

COPY kit kit
COPY services services
COPY gateway gateway
RUN --mount=type=cache,target=/root/.cache/uv uv sync --frozen --no-dev

FROM docker.io/library/python:3.11.14-slim-bookworm
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --from=build /app /app
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "gateway", "serve"]
