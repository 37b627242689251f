#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs what is missing, builds, and shows the programs at work on virtual readers. Cleans up after itself.
cd "$(dirname "$0")" || exit 1
# shellcheck source=tools/demo-library
. tools/demo-library
demo_prelude "$@"

title 'The programs'
for program in build/demo/bin/sembako-*; do
    run "$(basename "$program")" --version
done
