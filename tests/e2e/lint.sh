#!/bin/bash
# lint - the checks of tests/lint: each must let good code pass and name what is wrong in bad code
#
# A small tree of its own, one breach at a time.
set -u

checks=$PWD/tests/lint
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
export CC=gcc CFLAGS='-std=gnu11 -Wall -Wextra -Iinclude -Isim -ffp-contract=off'

# A tree in which nothing is wrong.
fresh() {
    rm -rf include sim proto tests .ci Makefile
    mkdir -p include/stormcell sim/base sim/flow sim/control/retry sim/report proto tests .ci
    touch Makefile
    echo 'void die(const char *why);' >include/stormcell/must.h
    echo 'int flow(int start);' >sim/flow/flow.h
    printf '#include "flow/flow.h"\n\n#include "stormcell/must.h"\n\nint flow(int start)\n{\n    return start;\n}\n' \
        >sim/flow/flow.c
}

# claim WHAT PART COMMAND...: the command says PART and fails; with an empty PART it succeeds.
claim() {
    local what=$1 part=$2 said status

    shift 2
    said=$("$@" 2>&1)
    status=$?
    if [ -z "$part" ] && [ "$status" -eq 0 ]; then
        echo "ok $what"
    elif [ -n "$part" ] && [ "$status" -ne 0 ] && [[ $said == *"$part"* ]]; then
        echo "ok $what"
    else
        echo "not ok $what: exit status $status, expected to read '$part', got: $said"
    fi
    fresh
}

# objects TEXT: compiles the text as sim/flow/flow.c and looks at the object.
objects() {
    mkdir -p out/sim/flow
    printf '%s\n' "$1" >sim/flow/flow.c
    gcc -std=gnu11 -O1 -w -c -o out/sim/flow/flow.o sim/flow/flow.c && "$checks/objects.sh" out/sim/flow/flow.o
}

fresh
for check in layers headers warnings text; do
    claim "$check: good code passes" '' "$checks/$check.sh"
done

echo '#include "flow/flow.h"' >sim/base/text.c
claim 'layers: base may not look up' 'sim/base/text.c:1: base includes "flow/flow.h" of flow' "$checks/layers.sh"
echo '#include "stormcell/scenario.h"' >sim/flow/queue.c
claim 'layers: flow never meets the loader' 'flow includes "stormcell/scenario.h" of scenario' "$checks/layers.sh"
echo '#include "scenario.pb-c.h"' >sim/report/html.c
claim 'layers: reports read the result and nothing else' 'report includes "scenario.pb-c.h" of language' "$checks/layers.sh"
echo '#include <event2/event.h>' >sim/report/html.c
claim 'layers: libevent stays in serve' 'which only serve may' "$checks/layers.sh"
echo '/* new */' >include/stormcell/new.h
claim 'layers: a new shared header needs a layer' 'include/stormcell/new.h:1: belongs to no layer' "$checks/layers.sh"
mkdir sim/misc && echo '/* misc */' >sim/misc/misc.c
claim 'layers: a new folder needs a layer' 'sim/misc/misc.c:1: belongs to no layer' "$checks/layers.sh"
echo '#include "control/retry/breaker.h"' >sim/control/retry/backoff.c
claim 'layers: controls know nothing of each other' 'know nothing of each other' "$checks/layers.sh"

echo 'int size(struct missing m); int tall(size_t n);' >sim/flow/lonely.h
claim 'headers: one that leans on others is refused' 'lonely.h' "$checks/headers.sh"
echo 'int f(void) { int unused; return 0; }' >sim/flow/flow.c
claim 'warnings: a warning is refused' 'unused' "$checks/warnings.sh"

claim 'objects: constants, and tables of pointers, pass' '' \
    objects 'int f(int); static const int table[] = {1, 2}; int (*const calls[])(int) = {f}; int f(int i) { return table[i & 1]; }'
claim 'objects: exact functions of libm pass' '' objects '#include <math.h>
double f(double x) { return floor(sqrt(x)); }'
claim 'objects: a variable of the file is refused' 'variable last in .bss' \
    objects 'static int last; int f(int i) { last += i; return last; }'
claim 'objects: a variable with a value is refused' 'variable level in .data' objects 'int level = 3;'
claim 'objects: a static variable in a function is refused' 'variable count' \
    objects 'int f(void) { static int count; return count++; }'
claim 'objects: a variable of a thread is refused' 'variable mine' objects '_Thread_local int mine;'
claim 'objects: log() is refused' 'calls log,' objects '#include <math.h>
double f(double x) { return log(x); }'
claim 'objects: the clock is refused' 'calls time,' objects '#include <time.h>
long f(void) { return time(0); }'
claim 'objects: names of libevent are refused' 'event_add' objects 'int event_add(void) { return 0; }'

echo "/* TO""DO: later */" >sim/flow/queue.c
claim 'text: a left-over note is refused' 'sim/flow/queue.c:1:' "$checks/text.sh"
printf '/* %0140d */\n' 0 >sim/flow/queue.c
claim 'text: a long line is refused' 'longer than 132 columns' "$checks/text.sh"
printf 'int\tf(void);\n' >sim/flow/queue.h
claim 'text: a tab is refused' 'a tab' "$checks/text.sh"
