# The worker: no build step, Node runs the TypeScript as it is.
FROM node:24-slim

# Temporal's client trusts the system's certificates (for TLS to a remote server).
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force
COPY src ./src

USER node
CMD ["node", "src/cli/backfill.ts", "worker"]
