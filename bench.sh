#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs what is missing, builds without sanitizers in build/bench, runs the benchmarks of tests/bench one by one.
#
#     ./bench.sh [NAME ...]      NAME: a part of a benchmark's name
#
# Counts are asserted by the tests; here they are printed beside ratios to a baseline of the same run. The exit status is 1
# when a ratio that is judged (docs: design, budgets) is missed.
set -eu
cd "$(dirname "$0")"
PATH=/usr/bin:/bin:/usr/sbin:/sbin:$PATH
LC_ALL=C.UTF-8
export PATH LC_ALL
unset LANGUAGE LANG SEMBAKO_DATE

tools/dependencies build
tools/configure build/bench --buildtype=release
ninja -C build/bench --quiet
exec /usr/bin/python3 tools/run-benchmarks build/bench "$@"
