#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Has spin check the model of IPC over all orders of steps: check.sh [FOLDER for what it makes].
set -eu
model=$(cd "$(dirname "$0")" && pwd)/ipc.pml
work=${1:-$(mktemp -d)}
mkdir -p "$work"
cd "$work"
spin -a "$model" >spin.log
gcc -O2 -w -DSAFETY -DMEMLIM=1024 -DVECTORSZ=1024 -o pan pan.c
./pan -m100000 >pan.log || true
if ! grep -q 'errors: 0$' pan.log || grep -q 'depth too small\|reached -DMEMLIM' pan.log; then
	cat pan.log
	spin -k ipc.pml.trail -p -g -l "$model" | tail -60 || true
	echo "failed model_of_ipc"
	exit 1
fi
grep 'states, stored' pan.log
echo "ok model_of_ipc"
