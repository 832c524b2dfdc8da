#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A Slurm job: sbatch slurm.sh BASE... runs a matrix on the nodes that it gets, a Dask worker on each. docs/ci.md says more.
#SBATCH --job-name=respin
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --time=12:00:00
#SBATCH --output=respin-%j.log
set -eu

room=${SLURM_SUBMIT_DIR:?run it with sbatch}/respin-$SLURM_JOB_ID
mkdir -p "$room"
: "${RESPIN_STORE:=$SLURM_SUBMIT_DIR/respin-store}"
export RESPIN_STORE

dask scheduler --scheduler-file "$room/scheduler.json" --no-dashboard &
srun --ntasks="${SLURM_NNODES:-1}" \
	dask worker --scheduler-file "$room/scheduler.json" --nthreads 1 --no-dashboard --local-directory "${TMPDIR:-/tmp}" &
trap 'kill $(jobs -p)' EXIT

for _ in $(seq 120); do
	[ -s "$room/scheduler.json" ] && break
	sleep 1
done
address=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["address"])' "$room/scheduler.json")

code=0
respin matrix "$@" --executor "dask:$address" --json "$room/matrix.json" --html "$room/matrix.html" || code=$?
exit "$code"
