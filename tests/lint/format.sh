#!/bin/sh
# format - every source is laid out as .clang-format says; `make format` does it
#
# Versions of clang-format differ in small things, so only the one that the style was made with is asked.
#
# `format.sh --files` prints the files that are meant: all sources but tables of numbers (*_tables.h), which lie as they were
# computed.
set -eu

files() {
    find include sim tests proto -name '*.[ch]' ! -name '*_tables.h' | LC_ALL=C sort
}

if [ "${1:-}" = --files ]; then
    files
    exit
fi

version=$(clang-format --version | sed -n 's/.*version \([0-9]*\).*/\1/p')
if [ "$version" != 14 ]; then
    echo "clang-format ${version:-of no version} is here; the style is that of 14"
    exit 77
fi

# shellcheck disable=SC2016 # the inner shell expands
files | xargs -P "$(nproc)" -n 1 sh -c '
    line=$(clang-format "$0" | cmp "$0" - | sed "s/.*line //")
    [ -z "$line" ] || { echo "$0:$line: not laid out as .clang-format says; make format does it" && exit 1; }'
