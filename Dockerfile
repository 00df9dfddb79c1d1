# syntax=docker/dockerfile:1
# One image with the three programs of Tintype: tintype-api, tintype-worker and tintype. docs/deploy.md says how to run
# it; the worker needs deploy/seccomp.json.

ARG DEBIAN=bookworm
ARG RUST=1.94

FROM rust:${RUST}-slim-${DEBIAN} AS build
WORKDIR /src
COPY . .
# The caches save a rebuild of all dependencies after a change. .sqlx replaces the database that the macros would ask.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    SQLX_OFFLINE=true cargo build --release --locked -p tintype-api -p tintype-worker -p tintype-tui \
    && mkdir /out && for program in tintype tintype-api tintype-worker; do \
        strip -o "/out/$program" "target/release/$program"; done

# The runtime's Debian, from which only what is needed goes into the image: see deploy/image/runtime.
FROM debian:${DEBIAN}-slim AS runtime
RUN apt-get update && apt-get install -y --no-install-recommends \
    ca-certificates chromium-headless-shell fontconfig fonts-crosextra-caladea fonts-crosextra-carlito \
    fonts-dejavu-core fonts-liberation fonts-lmodern fonts-noto-cjk fonts-noto-color-emoji fonts-noto-core tzdata
COPY --from=build /out/ /usr/local/bin/
COPY deploy/image/runtime /runtime
RUN /runtime /image
COPY --from=build /out/ /image/usr/local/bin/
COPY LICENSE-APACHE LICENSE-MIT /image/usr/share/doc/tintype/
COPY worker/lists/README.md /image/usr/share/doc/tintype/lists.md

FROM scratch
COPY --from=runtime /image/ /
LABEL org.opencontainers.image.title="Tintype" \
    org.opencontainers.image.description="Screenshots and PDFs of web pages: API, worker and operator's tool" \
    org.opencontainers.image.licenses="MIT OR Apache-2.0"
# The browser itself, not Debian's wrapper, which is a script. In a container the API listens on all of its addresses.
ENV PATH=/usr/local/bin:/usr/bin \
    TMPDIR=/tmp \
    TINTYPE_CHROMIUM=/usr/lib/chromium/chromium-headless-shell \
    TINTYPE_REQUIRE_NETNS=true \
    TINTYPE_LISTEN=0.0.0.0:8080
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
# Whether the service is down, as the database tells it: 1 is degraded, no reason to replace a container. compose.yml and
# the chart ask each process instead.
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s CMD tintype health; [ $? -lt 2 ]
CMD ["tintype-api"]
