# syntax=docker/dockerfile:1

# A tag can come to mean another image. To get the very same one each time, say its digest, which
# `docker buildx imagetools inspect node:24-slim` shows:
#   docker build --build-arg NODE_IMAGE=node:24-slim@sha256:… .
ARG NODE_IMAGE=node:24-slim

# What the build needs stays in the build: esbuild, types and tests never reach the image that runs.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./
RUN npm ci
COPY client client
COPY public public
RUN npm run build

FROM ${NODE_IMAGE} AS production
WORKDIR /app
COPY package.json package-lock.json ./
# None of the packages that run in production has anything to run when it is installed.
RUN npm ci --omit=dev --ignore-scripts
COPY migrations migrations
COPY server server
COPY --from=build /app/public public
# Readable for every user, whatever the umask was where the sources come from.
RUN chmod -R go=rX .

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Latchkey" \
      org.opencontainers.image.description="A passkey (WebAuthn) relying-party server"
ENV NODE_ENV=production \
    NODE_OPTIONS=--disable-warning=ExperimentalWarning \
    PORT=3000 \
    DATABASE_URL=file:/data/latchkey.db
WORKDIR /app
# All of it belongs to root: the server can read itself, and change nothing of itself.
COPY --from=production /app .
# The one folder that is written. A new volume takes its owner and its mode over.
RUN install --directory --owner=1000 --group=1000 --mode=700 /data
VOLUME /data
# By number, so that an orchestrator can see that it is not root.
USER 1000:1000
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "--eval", \
  "fetch(`http://localhost:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--import", "./server/process/quick-imports.ts", "server/main.ts"]
