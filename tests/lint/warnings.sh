#!/bin/sh
# warnings - every source compiles without a warning
#
# CC and CFLAGS come from the Makefile. A build goes on after a warning, since another compiler may have another opinion; this does
# not.
set -eu
export CC="${CC:-gcc}" CFLAGS="${CFLAGS:-}"

# shellcheck disable=SC2016 # the inner shell expands
find sim tests -name '*.c' | LC_ALL=C sort | xargs -P "$(nproc)" -n 1 sh -c '$CC $CFLAGS -Itests -Werror -fsyntax-only "$0"'
