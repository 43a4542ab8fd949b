#!/bin/bash
# generator - protoc-gen-stormcell: what it refuses, and what it makes of one small language
#
# The rules of the language hold because the build breaks where one is broken; so each of them is broken here.
set -u

plugin=$PWD/${BUILD:-build}/gen/protoc-gen-stormcell
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp proto/options.proto "$scratch"

# language: makes what the language on stdin gives; stderr on stdout.
language() {
    mkdir -p "$scratch/out"
    { printf 'syntax = "proto2"; package toy; import "options.proto";\n' && cat; } >"$scratch/toy.proto"
    protoc -I "$scratch" -I /usr/include --plugin=protoc-gen-stormcell="$plugin" --stormcell_out="$scratch/out" toy.proto 2>&1
}

# refused WHAT MESSAGE: the language on stdin is refused with this message.
refused() {
    local got

    got=$(language | grep -m1 "^protoc-gen-stormcell: ")
    if [ "$got" = "protoc-gen-stormcell: $2" ]; then
        echo "ok $1"
    else
        echo "not ok $1: expected '$2', got '$got'"
    fi
}

# holds WHAT FILE TEXT: a file that was made has this line, or part of it.
holds() {
    if grep -qF -- "$3" "$scratch/out/$2"; then
        echo "ok $1"
    else
        echo "not ok $1: no '$3' in $2"
    fi
}

refused 'a field without a comment is refused' "Toy.limit: has no comment; it is the manual that users read" <<END
// A toy.
message Toy { optional uint32 limit = 1; }
END
refused 'a message without a comment is refused' "Toy: has no comment; it is the manual that users read" <<END
message Toy {
  // Limit.
  optional uint32 limit = 1;
}
END
refused 'a default outside its range is refused' "Toy.limit: the default 64 lies outside its range" <<END
// A toy.
message Toy {
  // Limit.
  optional uint32 limit = 1 [default = 64, (stormcell.range) = {min: 1, max: 10}];
}
END
refused 'half a range is refused' "Toy.limit: a range needs both min and max" <<END
// A toy.
message Toy {
  // Limit.
  optional uint32 limit = 1 [(stormcell.range) = {max: 10}];
}
END
refused 'a unit on the wrong type is refused' "Toy.window_ns: a field that ends in _ns must be an int64" <<END
// A toy.
message Toy {
  // Window.
  optional uint32 window_ns = 1;
}
END
refused 'two fields with one key are refused' "Toy: the key 'share' stands for two things" <<END
// A toy.
message Toy {
  // Time.
  optional int64 share_ns = 1;
  // Share.
  optional double share_ratio = 2;
}
END
refused 'a key that old YAML reads as a boolean is refused' "Toy.on: old YAML reads the key 'on' as a boolean" <<END
// A toy.
message Toy {
  // Switch.
  optional bool on = 1;
}
END
refused 'one word for two values is refused' "Toy.Kind: the word 'a' stands for two values" <<END
// A toy.
message Toy {
  // Kind.
  optional Kind kind = 1;
  enum Kind {
    KIND_A = 0;  // one
    KIND_a = 1;  // the other
  }
}
END
refused 'a word without a meaning is refused' "Toy.Kind.KIND_B: has no comment" <<END
// A toy.
message Toy {
  // Kind.
  optional Kind kind = 1;
  enum Kind {
    KIND_A = 0;  // one

    KIND_B = 1;
  }
}
END
refused 'a shorthand that names no field is refused' "Toy: its shorthand 'limits' is none of its fields" <<END
// A toy.
message Toy {
  option (stormcell.shorthand) = "limits";
  // Limit.
  optional uint32 limit = 1;
}
END
refused 'messages that hold each other are refused' "Toy: messages hold each other in a circle" <<END
// A toy.
message Toy {
  // The same again.
  optional Toy toy = 1;
}
END

message=$(
    language <<END
// A toy: it | has "quotes".
message Toy {
  // The window.
  optional int64 window_ns = 7 [default = 90000000000, (stormcell.range) = {min: 1000000, max: 1e18}];
  // The share.
  optional double share_ratio = 3 [default = 0.025, (stormcell.range) = {min: 0, max: 1}];
  // The parts | by name.
  repeated Part parts = 5;
}

// ------------------------------------------------ parts

// A part. It is small.
message Part {
  required string name = 1;
  // Its colour.
  optional Colour colour = 2 [default = COLOUR_DARK_RED];
}

// Colours.
enum Colour {
  COLOUR_DARK_RED = 0;  // dark
  COLOUR_DEAD = 1;      // none
}
END
)
[ -z "$message" ] && echo "ok a sound language passes" || echo "not ok a sound language passes: $message"
holds "keys lose the unit" param_table.c '{.field = "window_ns", .key = "window", .unit = PARAM_DURATION, .has_range = true,'
holds 'a word loses the prefix up to a bar, not a letter more' param_table.c '{"dark_red", 0, "dark"},'
holds 'quotes survive into C' param_table.c 'A toy: it | has \"quotes\".'
holds 'quotes survive into the schema' scenario.schema.json 'A toy: it | has \"quotes\".'
holds 'a default is spelled in its unit' scenario.schema.json '"default": "90s"'
holds 'bars do not end a cell of the reference' reference.md '| `parts` | The parts \| by name. | [Part](#part), by name |  |  |'
holds 'the reference spells defaults and ranges' reference.md '| `share` | The share. | share | `2.5%` | 0% to 100% |'
holds 'a line of dashes begins a section' reference.md '## Parts'

order=$(grep -o 'field = "[a-z_]*"' "$scratch/out/param_table.c" | head -3 | cut -d'"' -f2 | tr '\n' ' ')
[ "$order" = 'share_ratio parts window_ns ' ] &&
    echo "ok parameters are sorted by tag, as protobuf-c does" || echo "not ok parameters are sorted by tag, as protobuf-c does"

# Every link of the real page leads to a heading, by the rule of Markdown viewers, and no two headings share an anchor.
reference=${BUILD:-build}/gen/reference.md
grep -E '^#+ ' "$reference" | sed -E 's/^#+ //' | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9_\n-' | sort >"$scratch/anchors"
grep -oE '\]\(#[^)]*\)' "$reference" | sed -E 's/^..#(.*).$/\1/' | sort -u | sed 's/^(#//' >"$scratch/links"
[ -z "$(uniq -d "$scratch/anchors")" ] &&
    echo "ok headings of the reference are unique" || echo "not ok headings of the reference are unique"
missing=$(comm -13 <(uniq "$scratch/anchors") "$scratch/links")
[ -z "$missing" ] && [ "$(wc -l <"$scratch/links")" -gt 40 ] && echo "ok every link of the reference leads to a heading" ||
    echo "not ok every link of the reference leads to a heading: $missing"
