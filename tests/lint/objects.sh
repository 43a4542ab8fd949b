#!/bin/sh
# objects - what the compiled objects of the archive must not hold
#
#     tests/lint/objects.sh OBJECT...
#
# - Variables outside of a function, or static in one: all that a run knows hangs off its struct run. Allowed: what the loader
#   relocates and then makes read-only, the word of must.c on the run of this thread, and the default texts in generated messages.
# - Functions of libm in what feeds results: their last bit differs between processors. Exact ones (sqrt, floor, ...) are allowed.
# - Clocks, the environment and the generators of libc in what feeds results: a run depends on its scenario and its seed alone.
# - Names of libevent, which we share a program with.
set -eu

[ $# -gt 0 ] || { echo "no objects to look at" && exit 1; }

# Layers whose numbers reach a result.
results='base|engine|measure|scenario|control|flow|world|fault|runbook|run|result|gen'

{
    objdump -t "$@" | awk '
        / file format / { object = $1; sub(/:$/, "", object); next }
        {
            tab = index($0, "\t")
            if (!tab)
                next
            count = split(substr($0, 1, tab - 1), left, " ")
            section = left[count]
            split(substr($0, tab + 1), right, " ")
            name = right[2] ~ /^\./ && right[3] != "" ? right[3] : right[2]
            if (section !~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ || section ~ /^\.data\.rel\.ro/ || name == section)
                next
            if (right[1] ~ /^0+$/)
                next
            if (section ~ /^\.t/ && object ~ /\/sim\/base\/must\.o$/)
                next
            if (object ~ /\.pb-c\.o$/ && name ~ /__default_value$/)
                next
            print object ": variable " name " in " section ": state belongs to a struct that a run owns"
        }'

    nm -A -u "$@" | awk -v results="$results" '
        {
            object = $1
            sub(/:$/, "", object)
            name = $NF
            sub(/@.*/, "", name)
            if (object !~ "/(" results ")/[^:]*$")
                next
        }
        name ~ /^(a?(sin|cos|tan)h?|atan2|exp(2|10|m1)?|log(2|10|1p|b)?|pow|cbrt|hypot|erfc?|[lt]gamma)(f|l)?$/ {
            print object ": calls " name ", whose last bit differs between machines"
        }
        # must() looks for STORMCELL_CORE when all is lost anyway.
        name == "getenv" && object ~ /\/sim\/base\/must\.o/ { next }
        name ~ /^(s?rand|s?random|rand_r|[delmnj]rand48|time|clock|gettimeofday|clock_gettime|localtime|getenv|getpid|getrandom)$/ {
            print object ": calls " name ", which is no part of scenario and seed"
        }'

    nm -A -g --defined-only "$@" | awk '
        $NF ~ /^(event|evbuffer|evhttp|evutil|evtimer|evdns|bufferevent)_/ { print $1 " defines " $NF ", a name of libevent" }'
} | LC_ALL=C sort | awk '{ print } END { exit NR > 0 }'
