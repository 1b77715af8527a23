# The product alone: no sandbox, no tests. Build: docker build -t findata . ; run: docker run --env-file .env -p 8080:8080 findata
# Without REDIS_URL conversations live in /app/.findata and end with the container: mount a volume there, or set it.
FROM python:3.11-slim AS build
WORKDIR /app
COPY requirements requirements
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/bot.txt

FROM python:3.11-slim
WORKDIR /app
RUN useradd --create-home --uid 10001 findata && install --directory --owner findata --group findata .findata
COPY --from=build /venv /venv
COPY agents agents
COPY adapters adapters
COPY bot bot
COPY manifest manifest
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 TZ=UTC
USER findata
EXPOSE 8080
HEALTHCHECK CMD ["python", "-m", "bot", "health"]
# Whatever .env says: on the loopback of a container nobody would reach it.
CMD ["env", "FINDATA_HOST=0.0.0.0", "python", "-m", "bot", "serve"]
