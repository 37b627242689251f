#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs what is missing, builds with the address and undefined-behaviour sanitizers in build/test, runs the tests.
#
#     ./test.sh [--long] [NAME ...]     NAME: a part of a test's name, such as schema/ or card/redeem
#     ./test.sh --fuzz SECONDS [NAME ...]   each fuzz target for so long, with libFuzzer
#
# The last line counts cases: N passed, N failed, N skipped. The exit status is 0 when some ran and none failed.
set -eu
cd "$(dirname "$0")"

long=''
fuzz=''
while [ $# -gt 0 ]; do
    case $1 in
    --long) long=--long ;;
    --fuzz)
        [ $# -gt 1 ] || {
            echo 'test.sh: --fuzz needs a number of seconds' >&2
            exit 2
        }
        fuzz=$2
        shift
        ;;
    --help | -h)
        sed -n '4,10s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    --)
        shift
        break
        ;;
    -*)
        echo "test.sh: unknown option $1" >&2
        exit 2
        ;;
    *) break ;;
    esac
    shift
done

# The Debian tools, not others of the same name that stand before them on the path.
PATH=/usr/bin:/bin:/usr/sbin:/sbin:$PATH
LC_ALL=C.UTF-8
export PATH LC_ALL
unset LANGUAGE LANG SEMBAKO_DATE
# A program that a sanitizer stops must not look like one that answered "refused" (1).
ASAN_OPTIONS=exitcode=99:detect_stack_use_after_return=1:strict_string_checks=1
UBSAN_OPTIONS=exitcode=99:print_stacktrace=1
LSAN_OPTIONS=exitcode=99
export ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS

if [ -n "$fuzz" ]; then
    tools/dependencies build fuzz
    exec tools/fuzz "$fuzz" "$@"
fi

# Even what breaks before the first test ends with the line that counts.
trap '[ $? -eq 0 ] || echo "0 passed, 1 failed, 0 skipped"' EXIT
tools/dependencies build
tools/configure build/test -Db_sanitize=address,undefined -Dc_args=-fno-sanitize-recover=all
ninja -C build/test
trap - EXIT
# shellcheck disable=SC2086  # an option or nothing
exec /usr/bin/python3 tools/run-tests build/test $long "$@"
