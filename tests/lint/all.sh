#!/bin/sh
# all - every check of this folder, one line each; what is wrong is shown below it
#
# Run by `make lint`, which gives CC, CFLAGS, OBJECTS and MAKE. Ends with `lint: N passed, N failed`; the exit status is 1 if any
# failed. A check that exits with 77 was skipped, and says why.
set -u

here=$(dirname "$0")
passed=0
failed=0

# check NAME WHAT COMMAND...
check() {
    name=$1
    what=$2
    shift 2
    said=$("$@" 2>&1)
    status=$?
    case $status in
    0) passed=$((passed + 1)) && printf 'ok      %-10s %s\n' "$name" "$what" ;;
    77) printf 'skipped %-10s %s\n' "$name" "$said" ;;
    *) failed=$((failed + 1)) && printf 'FAILED  %-10s %s\n%s\n' "$name" "$what" "$said" ;;
    esac
}

check layers 'includes go downwards only' "$here/layers.sh"
check headers 'every header compiles by itself' "$here/headers.sh"
check warnings 'every source compiles without a warning' "$here/warnings.sh"
# shellcheck disable=SC2086 # a list
check objects 'no variables, no libm, no clocks in what feeds results' "$here/objects.sh" ${OBJECTS:-}
check format 'sources are laid out as .clang-format says' "$here/format.sh"
check text 'no left-over notes, no long lines' "$here/text.sh"
if grep -q '^lint-reference:' Makefile; then
    check reference 'scenarios/REFERENCE.md is what the language says' "${MAKE:-make}" -s lint-reference
fi

printf 'lint: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
