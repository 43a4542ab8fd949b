#!/bin/sh
# text - words that must not be there, lines over 132 columns, tabs in C, spaces at the end
set -eu
export LC_ALL=C.UTF-8

# wrong WHAT PATTERN FILES: prints where the pattern occurs.
wrong() {
    what=$1
    pattern=$2
    shift 2
    grep -nHE "$pattern" "$@" /dev/null | cut -c 1-100 | sed "s/\$/   <- $what/"
    return 0
}

every=$(find include sim proto tests .ci -type f \( -name '*.[ch]' -o -name '*.proto' -o -name '*.sh' -o -path '.ci/*' \))
code=$(find include sim tests proto -type f -name '*.[ch]')

# shellcheck disable=SC2086 # lists of names without spaces
{
    # The brackets keep the words out of this file.
    wrong "do it, or write an issue" '\b(TO[D]O|FIX[M]E|XX[X])\b' $every
    wrong "longer than 132 columns" '^.{133,}' $every Makefile
    wrong "a tab" "$(printf '\t')" $code
    wrong "a space at the end" '[ 	]$' $every Makefile
} | awk '{ print } END { exit NR > 0 }'
