# radharmony in a container: `docker build -t radharmony .`, or for clusters
# `apptainer build container.sif docker-daemon://radharmony:latest`; docs/clusters.md shows both at work.
FROM python:3.12-slim-bookworm AS build

# PyRadiomics is compiled, for `engine: pyradiomics`; the compiler stays in this stage.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential=12.* \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/radharmony
ENV PATH=/opt/radharmony/bin:$PATH
WORKDIR /src
COPY . .
RUN pip install --no-cache-dir ".[pyradiomics,dicom,dask,boruta]"

FROM python:3.12-slim-bookworm

COPY --from=build /opt/radharmony /opt/radharmony
ENV PATH=/opt/radharmony/bin:$PATH \
    MLFLOW_DISABLE_TELEMETRY=true \
    MPLCONFIGDIR=/tmp/matplotlib \
    XDG_CACHE_HOME=/tmp/cache \
    OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1
# No rights but those that a folder of results needs; Apptainer runs as whoever calls it.
RUN useradd --create-home radharmony
USER radharmony
WORKDIR /data
ENTRYPOINT ["radharmony"]
CMD ["--help"]
