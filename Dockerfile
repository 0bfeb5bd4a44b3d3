# The one executable in a small image. `docker compose up --build` builds and serves it; docs/operate/container.md says more.

FROM node:20-bookworm-slim AS build
WORKDIR /parley

# What is installed depends on these alone, so a change of the code does not install again.
COPY package.json package-lock.json .npmrc ./
COPY protocol/package.json protocol/
COPY server/package.json server/
COPY sdk/package.json sdk/
COPY web/package.json web/
COPY cli/package.json cli/
COPY bench/package.json bench/
COPY tests/package.json tests/
COPY scripts/toolchain.mjs scripts/
RUN node --input-type=module -e "(await import('./scripts/toolchain.mjs')).install()"

COPY . .
RUN node scripts/build-executable.mjs
RUN mkdir -m 0700 dist/data

# Nothing is run in this stage: it takes any image with glibc.
FROM debian:bookworm-slim
COPY --from=build /parley/dist/parley /usr/local/bin/parley
# A new volume takes owner and rights of the folder that it is mounted on.
COPY --from=build --chown=10001:10001 /parley/dist/data /data

ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 DATA_DIR=/data LOG_DIR=/data/logs
WORKDIR /data
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["parley", "health"]
ENTRYPOINT ["parley"]
CMD ["serve"]
