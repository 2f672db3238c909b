FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app

# Dependencies come before the code, so that a change of code leaves this layer as it was.
RUN python3 -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/pip install --quiet --no-cache-dir --require-hashes -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY forecast forecast
COPY api api
COPY priors priors
RUN /venv/bin/pip install --quiet --no-cache-dir --no-build-isolation --no-deps .

# What a team owns outlives the container; a volume mounted here must belong to this user.
RUN install --directory --owner 65534 --group 65534 /data
ENV BRANCHCAST_DATABASE=/data/branchcast.db
VOLUME /data

# A number, not a name: it needs no account in the image, and an orchestrator can see that it is not root.
USER 65534:65534
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["/venv/bin/python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# Whoever reaches the port needs a key; the first one is in the output of the first start.
CMD ["/venv/bin/branchcast", "serve", "--host", "0.0.0.0", "--port", "8000"]
