#!/bin/bash
# run - run test programs, a few at a time, and count
#
#     tests/run.sh [--jobs N] [--timeout SECONDS] PROGRAM...
#
# A program is one of:
#   build/<flavour>/tests/<kind>/test_*   a cmocka program; its own summary is counted
#   build/<flavour>/tests/fuzz/fuzz_*     a libFuzzer program, run for FUZZ_SECONDS (10) on its seeds; one check
#   *.sh                                  a script; each line `ok WHAT` or `not ok WHAT` that it prints is a check
# Each finds the program under test in STORMCELL: that of its own flavour; for scripts, build/stormcell unless it was given.
#
# A program that passes is one line; one that fails is shown whole. A crash, a time-out, an exit status that its tests do not
# explain (a leak, say) and a program without any test are one failure each. The last line is `N passed, N failed`, and the exit
# status 1 if any failed.
set -uo pipefail

jobs=$(nproc 2>/dev/null || echo 2)
limit=240
while [ $# -gt 0 ]; do
    case $1 in
    --jobs) jobs=$2 && shift 2 ;;
    --timeout) limit=$2 && shift 2 ;;
    *) break ;;
    esac
done

scratch=$(mktemp -d) || exit 3
stop() {
    trap - EXIT INT TERM
    # shellcheck disable=SC2046 # a list of process ids
    kill $(jobs -p) 2>/dev/null
    wait
    rm -rf "$scratch"
}
trap stop EXIT
trap 'stop; exit 130' INT TERM

export LC_ALL=C.UTF-8
export CMOCKA_MESSAGE_OUTPUT=STDOUT
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

# Prints the program under test for one test program: that of its flavour.
stormcell_for() {
    case $1 in
    *.sh) printf '%s\n' "${STORMCELL:-build/stormcell}" ;;
    */release/tests/*) printf '%s\n' "${1%/release/tests/*}/stormcell" ;;
    *) printf '%s\n' "${1%/tests/*}/stormcell" ;;
    esac
}

# Prints the short name of a test program: unit/test_agenda, and the flavour where it is not release.
name_of() {
    local flavour

    case $1 in
    *.sh) printf '%s\n' "${1#tests/}" ;;
    */tests/*)
        flavour=${1%%/tests/*}
        flavour=${flavour##*/}
        printf '%s%s\n' "${1##*/tests/}" "$([ "$flavour" = release ] || printf ' (%s)' "$flavour")"
        ;;
    *) printf '%s\n' "$1" ;;
    esac
}

# Sets `command` for one test program. A libFuzzer program starts from its seeds and the same random seed; what it learns and what
# breaks it stay beside it.
command_for() {
    local noun folder=$1_found seed

    case $1 in
    *.sh) command=(timeout -k 5 "$limit" bash "$1") ;;
    */fuzz_*)
        noun=${1##*/fuzz_}
        mkdir -p "$folder/corpus"
        command=(timeout -k 5 "$limit" "$1" -seed=1 -max_total_time="${FUZZ_SECONDS:-10}" -timeout=5 -rss_limit_mb=2048
            -max_len=65536 -artifact_prefix="$folder/")
        [ -f "tests/fuzz/$noun.dict" ] && command+=("-dict=tests/fuzz/$noun.dict")
        command+=("$folder/corpus")
        for seed in tests/fuzz/corpus tests/errors scenarios; do
            [ -d "$seed" ] && command+=("$seed")
        done
        ;;
    *) command=(timeout -k 5 "$limit" "$1") ;;
    esac
}

# Prints `passed failed` for the output of one program ($2) and its exit status ($3).
count() {
    case $1 in
    *.sh)
        awk -v status="$3" '
            /^ok /     { passed++ }
            /^not ok / { failed++ }
            END {
                if ((status && !failed) || !(passed + failed))
                    failed++
                print passed + 0, failed + 0
            }' "$2"
        ;;
    */fuzz_*) if [ "$3" -eq 0 ]; then echo 1 0; else echo 0 1; fi ;;
    *)
        awk -v status="$3" '
            # The summary of a group: "[  PASSED  ] 3 test(s)." and, if any, "[  FAILED  ] 1 test(s), listed below:".
            match($0, /^\[  (PASSED|FAILED)  \] (.*: )?[0-9]+ test\(s\)/) {
                number = substr($0, RSTART, RLENGTH)
                sub(/ test\(s\)$/, "", number)
                sub(/.* /, "", number)
                if (/^\[  PASSED/) { passed += number; ended = 1 } else failed += number
                begun = 0
                next
            }
            /^\[==========\].*Running [0-9]+ test/ { begun = 1; done_well = done_badly = 0 }
            /^\[       OK \]/ { done_well++ }
            /^\[  FAILED  \]/ { done_badly++ }
            END {
                if (begun) { # died on the way
                    passed += done_well
                    failed += done_badly
                }
                if ((status && !failed) || begun || !(passed + failed))
                    failed++
                print passed + 0, failed + 0
            }' "$2"
        ;;
    esac
}

# Runs program $2 as number $1 and leaves its output and `passed failed status seconds` in the scratch folder.
run_one() {
    local out=$scratch/$1.out program=$2 began=$EPOCHREALTIME status seconds command

    command_for "$program"
    STORMCELL=$(stormcell_for "$program") "${command[@]}" >"$out" 2>&1 </dev/null &
    trap 'kill $! 2>/dev/null; exit 130' TERM
    wait $!
    status=$?
    seconds=$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
    echo "$(count "$program" "$out" "$status") $status $seconds" >"$scratch/$1.part"
    mv "$scratch/$1.part" "$scratch/$1.done"
}

# Says how program number $1 went; in the order of the command line, whoever ended first.
passed_all=0
failed_all=0
report() {
    local name passed failed status seconds why=''

    name=$(name_of "${programs[$1]}")
    read -r passed failed status seconds <"$scratch/$1.done"
    passed_all=$((passed_all + passed))
    failed_all=$((failed_all + failed))
    if [ "$failed" -eq 0 ]; then
        printf 'ok      %-44s %4d passed %6s s\n' "$name" "$passed" "$seconds"
        return
    fi
    [ "$status" -eq 0 ] || why=", exit status $status"
    [ "$status" -ne 124 ] && [ "$status" -ne 137 ] || why=", stopped after $limit s"
    [ "$status$passed$failed" != 001 ] || grep -q '^not ok' "$scratch/$1.out" || why=', it ran no test'
    printf -- '---- %s\n' "$name"
    sed 's/^/    /' "$scratch/$1.out"
    printf 'FAILED  %-44s %4d passed, %d failed%s\n' "$name" "$passed" "$failed" "$why"
}

programs=("$@")
next=0     # to report
running=0
for number in "${!programs[@]}"; do
    while [ "$running" -ge "$jobs" ]; do
        wait -n
        running=$((running - 1))
        while [ -e "$scratch/$next.done" ]; do
            report "$next"
            next=$((next + 1))
        done
    done
    run_one "$number" "${programs[$number]}" &
    running=$((running + 1))
done
while [ "$next" -lt ${#programs[@]} ]; do
    wait -n 2>/dev/null
    # A runner that was killed leaves no word of its own.
    [ "$(jobs -rp)" ] || [ -e "$scratch/$next.done" ] || echo "0 1 137 0" >"$scratch/$next.done"
    while [ -e "$scratch/$next.done" ]; do
        report "$next"
        next=$((next + 1))
    done
done

printf '%d passed, %d failed\n' "$passed_all" "$failed_all"
[ "$failed_all" -eq 0 ] && [ "$passed_all" -gt 0 ]
