#!/bin/sh
# headers - every header compiles by itself, so that includes may stand in any order
#
# CC and CFLAGS come from the Makefile.
set -eu
export CC="${CC:-gcc}" CFLAGS="${CFLAGS:-}"

# shellcheck disable=SC2016 # the inner shell expands
find include sim -name '*.h' | LC_ALL=C sort |
    xargs -P "$(nproc)" -n 1 sh -c '$CC $CFLAGS -Werror -Wno-unused-function -fsyntax-only -x c -include "$0" /dev/null'
