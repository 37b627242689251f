#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every check that is not a test: builds with two compilers, the Cortex-M0 image and its size, linters, house rules.
#
#     ./check.sh [NAME ...]      NAME: one of the names that it prints; all unless told
#
# The last line counts checks: N passed, N failed, N skipped. Output of each is kept in build/check/NAME.log.
set -u
cd "$(dirname "$0")" || exit 1
PATH=/usr/bin:/bin:/usr/sbin:/sbin:$PATH
export LC_ALL=C.UTF-8
unset LANGUAGE LANG SEMBAKO_DATE
jobs=$(nproc)

c_files() { git ls-files -- '*.c' '*.h'; }
scripts() {
    git ls-files | while read -r file; do
        case $file in
        *.sh | .ci/run) echo "$file" ;;
        *.*) ;;
        *) if head -n 1 "$file" | grep -qE '^#!/bin/(ba)?sh'; then echo "$file"; fi ;;
        esac
    done
}

check_build_gcc() {
    CC=gcc tools/configure build/check-gcc --buildtype=release --werror && ninja -C build/check-gcc
}
check_build_clang() {
    CC=clang tools/configure build/check-clang --buildtype=release --werror && ninja -C build/check-clang
}
check_complete() { /usr/bin/python3 tools/complete build/check-gcc; }
check_headers() {
    # Each alone, as the first thing that a file includes.
    flags=$(pkg-config --cflags libpcsclite p11-kit-1 libgfshare libcrypto sqlite3 popt jansson)
    export flags
    # shellcheck disable=SC2016  # the inner shell expands it
    git ls-files -- '*.h' | xargs -P "$jobs" -I{} sh -c '
        case {} in
        schema/* | applet/host/* | applet/entitlement/*) mode=-ffreestanding ;;
        *) mode=-D_POSIX_C_SOURCE=200809L ;;
        esac
        printf "#include \"{}\"\ntypedef int not_empty;\n" |
            gcc -std=c11 -Wall -Wextra -Wpedantic -Werror "$mode" -fsyntax-only -I. $flags -x c - || { echo "{} does not compile alone"; exit 1; }'
}
check_cortex_m0() { tools/cortex-m0 build/cortex-m0; }
check_clang_tidy() {
    [ -e build/check-clang/compile_commands.json ] || { echo 'needs build_clang'; return 1; }
    c_files | grep '\.c$' | python3 -c '
import json, os, sys
known = {os.path.realpath(os.path.join(e["directory"], e["file"])) for e in json.load(open("build/check-clang/compile_commands.json"))}
print("\n".join(f for f in sys.stdin.read().split() if os.path.realpath(f) in known))' |
        xargs -P "$jobs" -n 4 clang-tidy --quiet -p build/check-clang
}
check_cppcheck() {
    # It cannot follow results from one function to the next: uninitialized variables are the clang analyzer's.
    git ls-files -- '*.c' ':!tests' | xargs cppcheck --quiet -j "$jobs" --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
        --suppress=uninitvar --suppress=legacyUninitvar --suppress=uninitStructMember \
        --suppress=comparePointers:applet/port/cortex-m0/start.c --suppress=missingInclude --suppress=missingIncludeSystem --template=gcc -I . -D_POSIX_C_SOURCE=200809L
}
check_clang_format() { c_files | xargs clang-format --dry-run -Werror; }
check_codespell() {
    # Indonesian is not misspelt English.
    git ls-files | grep -vE '^(po/.*\.po|tests/fuzz/corpus/|tests/data/|.*\.id\.md|docs/id/)' |
        xargs codespell --ignore-words tools/codespell-words
}
check_shellcheck() { scripts | xargs shellcheck; }
check_mandoc() {
    git ls-files -- 'man/*.[1-8]' | xargs -r mandoc -Tlint -W warning
}
check_translations() { tools/update-po --check; }
check_installed() { tools/installed build/check-gcc build/check/installed; }
check_man_options() { /usr/bin/python3 tools/man-options build/check-gcc; }

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
    names=(build_clang build_gcc complete headers cortex_m0 clang_tidy cppcheck clang_format codespell shellcheck
        mandoc man_options installed translations gates)
fi

tools/dependencies build check || {
    echo '0 passed, 1 failed, 0 skipped'
    exit 1
}
mkdir -p build/check
passed=0
failed=0
skipped=0
for name in "${names[@]}"; do
    log=build/check/$name.log
    start=$SECONDS
    if [ "$name" = gates ]; then
        tools/gates >"$log" 2>&1
        gates_status=$?
        cat "$log"
        gates_passed=$(grep -c '^ok gate' "$log")
        gates_failed=$(grep -c '^FAILED gate' "$log")
        [ "$gates_status" -eq 0 ] || [ "$gates_failed" -gt 0 ] || gates_failed=1
        passed=$((passed + gates_passed))
        failed=$((failed + gates_failed))
        continue
    fi
    if ! declare -F "check_$name" >/dev/null; then
        echo "FAILED $name: there is no such check"
        failed=$((failed + 1))
        continue
    fi
    # A subshell of its own, so that a failure in the middle of a pipe counts.
    if (set -o pipefail && "check_$name") >"$log" 2>&1 </dev/null; then
        passed=$((passed + 1))
        echo "ok $name ($((SECONDS - start)) s)"
        [ "$name" != cortex_m0 ] || sed 's/^/    /' "$log"
    else
        failed=$((failed + 1))
        echo "FAILED $name ($((SECONDS - start)) s)"
        # Of the linters' output, the places first; the whole is in the log.
        places=$(grep -E '^[^ ]+:[0-9]+(:[0-9]+)?: ((fatal )?error|warning)' "$log" | sed "s|^.*/build/[^ ]*/\.\./\.\./||; s|^\.\./\.\./||" | sort -u)
        if [ -n "$places" ]; then head -n 60 <<<"$places"; else tail -n 60 "$log"; fi | cut -c1-240 | sed 's/^/    /'
    fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
