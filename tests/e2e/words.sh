#!/bin/bash
# words - what the program says before anything runs: init, explain, schema
set -u

stormcell=${STORMCELL:-build/stormcell}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# claim WHAT COMMAND...: the command succeeds; what it prints is kept in $scratch/out and shown when it fails.
claim() {
    local what=$1

    shift
    if "$@" >"$scratch/out" 2>&1; then
        echo "ok $what"
    else
        echo "not ok $what: exit status $?"
        sed 's/^/    /' "$scratch/out"
    fi
}

# The text of `explain` without its line breaks.
words_of() {
    "$stormcell" explain "$@" | tr -s ' \n' '  '
}

# The question of a scenario: its own, or that of the file that it includes.
question_of() {
    if grep -q '^question: ' "$1"; then
        sed -n 's/^question: //p' "$1"
    else
        included=$(sed -n 's/^include: //p' "$1")
        [ -z "$included" ] || question_of "${1%/*}/$included"
    fi
}

# mentions FILE TEXT [OPTION...]: the explanation holds the text; a text that is empty is no question.
mentions() {
    local file=$1 text=$2

    shift 2
    [ -n "$text" ] && words_of "$file" "$@" | grep -qF -- "$text"
}

"$stormcell" init >"$scratch/mine.yaml"
claim 'init writes hello.yaml, byte for byte' cmp "$scratch/mine.yaml" scenarios/hello.yaml
claim 'what init writes is accepted by check' "$stormcell" check "$scratch/mine.yaml"
claim 'what init writes runs, and its expectations hold' "$stormcell" run "$scratch/mine.yaml"
claim 'so they do under its strategy' "$stormcell" run "$scratch/mine.yaml" --strategy short_queue

for file in scenarios/*.yaml; do
    claim "$file is accepted by check" "$stormcell" check "$file"
    claim "$file can be explained" "$stormcell" explain "$file"
    claim "the explanation of $file asks its question" mentions "$file" "$(question_of "$file")"
done

claim 'sla-420: 99.03 % and a quarter of the fee' "$stormcell" run scenarios/sla-420.yaml
# shellcheck disable=SC2016 # the inner shell expands
claim 'its numbers are those of the arithmetic' bash -c '
    [ "$("$0" run scenarios/sla-420.yaml --print "sla.credit{partition=3}")" = 0.25 ] &&
        "$0" run scenarios/sla-420.yaml --print "sla.uptime{partition=3}" | grep -q "^0\.99027"' "$stormcell"

claim 'the flaw of the mail pool is named' mentions scenarios/exchange-2014.yaml \
    '5/s x 30 s = 150 workers held, but there are only 120 that all partitions share. This is the flaw'
claim 'a strategy changes what is explained' mentions scenarios/exchange-2014.yaml \
    'The bulkhead lets them hold 12 at most' --strategy bulkhead
claim 'so does --set' mentions scenarios/hello.yaml 'shop: 600/s x 20 ms = 12 of 10 workers busy: 120 %' --set people.rate=600/s

"$stormcell" explain "$scratch/absent.yaml" >/dev/null 2>&1
claim 'a file that is not there is no explanation: exit status 3' test $? -eq 3
echo 'name: x' >"$scratch/wrong.yaml"
"$stormcell" explain "$scratch/wrong.yaml" >"$scratch/said" 2>/dev/null
claim 'a wrong file is no explanation: exit status 2' test $? -eq 2
claim 'and nothing is said about it on standard output' test ! -s "$scratch/said"

claim 'the schema is printed' bash -c '"$0" schema | grep -q "https://json-schema.org/draft/2020-12/schema"' "$stormcell"
