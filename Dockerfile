# The product alone: no sandbox, no tests. Build: docker build -t findata . ; run: docker run --env-file .env -p 8080:8080 findata
FROM python:3.11-slim AS build
WORKDIR /app
COPY requirements requirements
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/bot.txt

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 findata
WORKDIR /app
COPY --from=build /venv /venv
COPY agents agents
COPY adapters adapters
COPY bot bot
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 FINDATA_HOST=0.0.0.0 TZ=UTC LANGGRAPH_STRICT_MSGPACK=true
USER findata
EXPOSE 8080
HEALTHCHECK CMD ["python", "-m", "bot", "health"]
CMD ["python", "-m", "bot", "serve"]
