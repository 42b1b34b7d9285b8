#!/usr/bin/env bash
# Many Hands on the nodes of a Slurm cluster: one process for each node, which uses all of its GPUs.
#
#   1. python -m compute bundle                                  writes many-hands.pyz; put it beside this script
#   2. sbatch --nodes=2 --gpus-per-node=8 slurm.sh standard      quick, standard or full
#   3. many-hands-<job>.csv appears in the folder that sbatch was called in: bring it to the page Compare
#
# Python on the nodes needs JAX for their GPUs: pip install 'jax[cuda13]'. On clusters with modules, load it below.
#SBATCH --job-name=many-hands
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=1
#SBATCH --exclusive
#SBATCH --time=00:30:00
#SBATCH --output=many-hands-%j.log
set -euo pipefail

suite=${1:-standard}
python=${PYTHON:-python3}

# Under Slurm JAX gives a process one GPU unless it is told which it has.
JAX_LOCAL_DEVICE_IDS=$(seq --separator=, 0 $((${SLURM_GPUS_ON_NODE:-1} - 1)))
export JAX_LOCAL_DEVICE_IDS

# Every process runs the same command; process 0 alone writes the file.
srun --kill-on-bad-exit=1 "$python" "$SLURM_SUBMIT_DIR/many-hands.pyz" run --distributed \
    --suite "$suite" --out "$SLURM_SUBMIT_DIR/many-hands-$SLURM_JOB_ID.csv"
