# syntax=docker/dockerfile:1
# docker build -t aniworld-dl .
# What each step does here is done by `make image` as well, in a clean folder (scripts/check_image.py).

FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY requirements requirements
COPY packaging packaging
COPY frontend frontend
COPY src src
RUN sh packaging/install.sh /opt/aniworld-dl

FROM python:3.13-slim
COPY --from=build /opt/aniworld-dl /opt/aniworld-dl
ENV PATH=/opt/aniworld-dl/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/data \
    ANIWORLD_DL_HOST=0.0.0.0 \
    ANIWORLD_DL_PORT=8080 \
    ANIWORLD_DL_DATA_DIR=/data \
    ANIWORLD_DL_DOWNLOAD_DIR=/downloads
VOLUME ["/data", "/downloads"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["python", "/opt/aniworld-dl/share/health.py"]
ENTRYPOINT ["sh", "/opt/aniworld-dl/share/entrypoint.sh"]
CMD ["serve"]
