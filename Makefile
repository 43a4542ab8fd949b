# stormcell - one Makefile. `make help` lists the targets.
#
# `make demo` and `make test` set a fresh Debian or Ubuntu machine up by themselves.
# Flavours live in separate folders: build/<flavour>/, and the program of the release flavour is build/stormcell.
# `make FLAVOUR=asan` builds another one; `make V=1` shows the commands.

FLAVOUR ?= release
BUILD   ?= build
PREFIX  ?= /usr/local
OUT     := $(BUILD)/$(FLAVOUR)
GEN     := $(BUILD)/gen

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

# As many compilers at once as there are processors, unless -j says otherwise.
PROCESSORS := $(shell nproc 2>/dev/null || echo 2)
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(PROCESSORS)
endif
MAKEFLAGS += --no-print-directory

# ------------------------------------------------------------------------------------------------ what it needs

# Debian and Ubuntu packages. The first list builds the program, the second one tests it.
PACKAGES_BUILD := gcc libc6-dev make protobuf-compiler protobuf-c-compiler libprotobuf-dev libprotoc-dev libprotobuf-c-dev \
                  libyaml-dev libevent-dev
PACKAGES_TEST  := clang clang-format libcmocka-dev libgsl-dev librandom123-dev
# A package by itself in newer releases, a part of clang in older ones.
PACKAGES_IF_KNOWN := libclang-rt-dev

# ------------------------------------------------------------------------------------------------ flavours

ifeq ($(origin CC),default)
CC := gcc
endif

# -ffp-contract=off: a fused multiply-add rounds once, so results would differ between machines and compilers.
CFLAGS_ALL := -std=gnu11 -g -ffp-contract=off -fno-strict-aliasing -fno-math-errno -Wall -Wextra -Wshadow -Wstrict-prototypes \
              -Wmissing-prototypes -Wno-missing-field-initializers -Wno-unused-parameter -Werror=implicit-function-declaration \
              -Iinclude -Isim -I$(GEN) -D_GNU_SOURCE
# The program is optimised as a whole when it is linked; tests link the same objects as they are, which is quicker.
# Records are written field by field and read the same way soon after; stores that gcc joins make such a read wait.
CFLAGS_release := -O3 -fno-tree-slp-vectorize -fno-plt -flto=auto -flto-partition=one -ffat-lto-objects
CFLAGS_debug   := -O0
CFLAGS_asan    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_ubsan   := -O1 -fsanitize=undefined -fno-sanitize-recover=all
CFLAGS_tsan    := -O1 -fsanitize=thread
# The other compiler at its highest level: its results must be the same bytes.
CFLAGS_clang   := -O3
CC_clang       := clang
# For libFuzzer.
CFLAGS_fuzz    := -O1 -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer
CC_fuzz        := clang

FLAVOURS := release debug asan ubsan tsan clang fuzz
ifeq ($(filter $(FLAVOUR),$(FLAVOURS)),)
$(error FLAVOUR=$(FLAVOUR) is none of: $(FLAVOURS))
endif
CFLAGS_FLAVOUR := $(CFLAGS_$(FLAVOUR))
CFLAGS_TESTS   := $(filter-out -flto%,$(CFLAGS_FLAVOUR)) $(if $(filter release,$(FLAVOUR)),-fno-lto)
COMPILER       := $(or $(CC_$(FLAVOUR)),$(CC))
LIBS := -lyaml -lprotobuf-c -levent_core -lpthread -lm

# $(call say,cc,file) names the step; V=1 shows the command instead.
Q   := $(if $(V),,@)
say  = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

# ------------------------------------------------------------------------------------------------ sources

PROTOS  := scenario control result
GEN_C   := $(PROTOS:%=$(GEN)/%.pb-c.c) $(GEN)/param_table.c $(GEN)/schema_text.c \
           $(GEN)/template_text.c
GEN_H   := $(PROTOS:%=$(GEN)/%.pb-c.h)

SOURCES := $(filter-out sim/app/main.c,$(wildcard sim/*/*.c sim/*/*/*.c))
OBJECTS := $(SOURCES:%.c=$(OUT)/%.o) $(GEN_C:$(GEN)/%.c=$(OUT)/gen/%.o)
LIB     := $(OUT)/libstormcell.a
PROGRAM := $(if $(filter release,$(FLAVOUR)),$(BUILD)/stormcell,$(OUT)/stormcell)

# ------------------------------------------------------------------------------------------------ the program

.PHONY: all
all: $(PROGRAM) ## build the program (build/stormcell)

$(PROGRAM): $(OUT)/sim/app/main.o $(LIB)
	$(call say,link,$@)
	$(Q)$(COMPILER) $(CFLAGS_FLAVOUR) $(LDFLAGS) -o $@ $^ $(LIBS)

$(LIB): $(OBJECTS) $(OUT)/members
	$(call say,ar,$@)
	$(Q)rm -f $@ && ar rcs $@ $(OBJECTS)

$(OUT)/%.o: %.c $(OUT)/flags | $(GEN_H)
	$(call say,cc,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILER) $(CFLAGS_ALL) $(CFLAGS_FLAVOUR) $(CFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/gen/%.o: $(GEN)/%.c $(OUT)/flags | $(GEN_H)
	$(call say,cc,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILER) $(CFLAGS_ALL) $(CFLAGS_FLAVOUR) $(CFLAGS) -w -MMD -MP -c -o $@ $<

# Other flags make other objects; a source that is gone must leave the archive.
REMEMBERED_flags   = $(COMPILER) $(CFLAGS_ALL) $(CFLAGS_FLAVOUR) $(CFLAGS)
REMEMBERED_members = $(sort $(OBJECTS))
$(OUT)/flags $(OUT)/members: always
	@mkdir -p $(@D)
	@printf '%s\n' '$(REMEMBERED_$(@F))' | cmp -s - $@ || printf '%s\n' '$(REMEMBERED_$(@F))' > $@
.PHONY: always

# ------------------------------------------------------------------------------------------------ what is generated from proto/

$(GEN)/%.pb-c.c $(GEN)/%.pb-c.h: proto/%.proto proto/options.proto
	@mkdir -p $(GEN)
	$(call say,gen,$<)
	$(Q)protoc-c -I proto -I /usr/include --c_out=$(GEN) $<

# The generator runs on the machine that builds, whatever CC builds for. One run of protoc writes all that it makes: `&:` says so to
# a parallel make, and protoc leaves the files alone when the plugin refuses.
HOSTCC     ?= gcc
PLUGIN     := $(GEN)/protoc-gen-stormcell
PLUGIN_PB  := google/protobuf/descriptor google/protobuf/compiler/plugin
PLUGIN_SRC := proto/protoc-gen-stormcell.c $(sort $(wildcard proto/gen_*.c)) sim/base/json.c sim/base/must.c \
              sim/measure/metric_names.c
LANGUAGE   := proto/scenario.proto proto/control.proto
GEN_MADE   := $(GEN)/param_table.c $(GEN)/schema_text.c $(GEN)/scenario.schema.json $(GEN)/reference.md

$(PLUGIN_PB:%=$(GEN)/%.pb-c.c) $(PLUGIN_PB:%=$(GEN)/%.pb-c.h) &:
	$(call say,gen,$(GEN)/google)
	@mkdir -p $(GEN)
	$(Q)protoc-c -I /usr/include --c_out=$(GEN) $(PLUGIN_PB:%=/usr/include/%.proto)

$(PLUGIN): $(PLUGIN_SRC) proto/gen.h $(addprefix include/stormcell/,param.h json.h must.h metric.h) $(PLUGIN_PB:%=$(GEN)/%.pb-c.c)
	$(call say,link,$@)
	$(Q)$(HOSTCC) -std=gnu11 -O1 -g -Wall -Wextra -D_GNU_SOURCE -Iinclude -I$(GEN) -o $@ $(filter %.c,$^) -lprotobuf-c

# Naming the generated files here keeps make from treating them as intermediate and removing them.
.PHONY: generated
generated: $(GEN_C) $(GEN_H) $(GEN_MADE) ## write all that the proto files make, into build/gen

$(GEN_MADE) &: $(LANGUAGE) proto/options.proto $(PLUGIN)
	$(call say,gen,$(GEN))
	$(Q)protoc -I proto -I /usr/include --plugin=$(PLUGIN) --stormcell_out=$(GEN) $(LANGUAGE)

# What `stormcell init` prints: the smallest scenario, line by line as text of C.
$(GEN)/template_text.c: scenarios/hello.yaml
	@mkdir -p $(GEN)
	$(call say,gen,$<)
	$(Q){ echo '#include "stormcell/template.h"' && echo 'const char template_text[] =' && \
	  sed -e 's/[\\"]/\\&/g' -e 's/.*/    "&\\n"/' $< && echo '    ;'; } > $@

# ------------------------------------------------------------------------------------------------ tests

# Every tests/<kind>/test_*.c is a cmocka program that links the archive, every tests/e2e/*.sh a script; tests/run.sh runs and
# counts them.
TEST_KINDS := unit law golden errors control determinism e2e
programs_of = $(patsubst %.c,$(OUT)/%,$(wildcard $(1:%=tests/%/test_*.c)))

TESTS       := $(call programs_of,$(TEST_KINDS))
TESTS_LONG  := $(call programs_of,long)
TESTS_ASAN  := $(call programs_of,unit errors)
TEST_SHELL  := $(wildcard tests/e2e/*.sh)
FUZZERS     := $(patsubst %.c,$(OUT)/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCHES     := $(patsubst %.c,$(OUT)/%,$(wildcard tests/bench/bench_*.c))

# Libraries that one test needs beside its own archive: LIBS_test_<noun> := -lgsl ...
LIBS_GSL := -lgsl -lgslcblas
LIBS_test_dist := $(LIBS_GSL)

$(OUT)/tests/fuzz/%: tests/fuzz/%.c $(LIB)
	$(call say,cc,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILER) $(CFLAGS_ALL) $(CFLAGS_FLAVOUR) $(CFLAGS) -fsanitize=fuzzer -Itests -MMD -MP -MF $@.d -MT $@ -o $@ $< \
		$(LIB) $(LIBS)

# Benchmarks are linked like the program.
$(OUT)/tests/bench/%: CFLAGS_TESTS = $(CFLAGS_FLAVOUR)

$(OUT)/tests/%: tests/%.c $(LIB)
	$(call say,cc,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILER) $(CFLAGS_ALL) $(CFLAGS_TESTS) $(CFLAGS) -Itests -MMD -MP -MF $@.d -MT $@ -o $@ $< \
		$(LIB) $(LIBS_$(notdir $@)) $(LIBS) -lcmocka

# Determinism tests compare the release with the program of these flavours: STORMCELL_TWINS names them, separated by spaces.
TWIN_FLAVOURS := debug clang asan

RUN_TESTS := STORMCELL_TWINS='$(TWIN_FLAVOURS:%=$(BUILD)/%/stormcell)' tests/run.sh --jobs $(PROCESSORS)

.PHONY: test
test: ## set up, build, and run all tests but the long ones
	@$(MAKE) setup
	@$(MAKE) FLAVOUR=release all tests
	@$(MAKE) FLAVOUR=asan all tests-asan
	@$(MAKE) twins
	@$(MAKE) FLAVOUR=fuzz fuzzers
	@$(RUN_TESTS) $(TESTS:$(OUT)/%=$(BUILD)/release/%) $(TEST_SHELL) \
		$(TESTS_ASAN:$(OUT)/%=$(BUILD)/asan/%) $(FUZZERS:$(OUT)/%=$(BUILD)/fuzz/%)

.PHONY: test-long
test-long: ## the tests that take too long for every day
	@$(MAKE) setup
	@$(MAKE) FLAVOUR=release all tests-long
	@$(RUN_TESTS) --timeout 3600 $(TESTS_LONG:$(OUT)/%=$(BUILD)/release/%) $(wildcard tests/long/*.sh)

.PHONY: asan-test
asan-test: ## unit and error tests under the address and undefined-behaviour sanitizers
	@$(MAKE) FLAVOUR=asan all tests-asan
	@$(RUN_TESTS) $(TESTS_ASAN:$(OUT)/%=$(BUILD)/asan/%)

# `make test-unit`, `make test-law` ...: one kind, in the flavour that FLAVOUR names.
.PHONY: $(TEST_KINDS:%=test-%)
$(TEST_KINDS:%=test-%): test-%:
	@$(MAKE) $(if $(filter-out unit,$*),$(PROGRAM)) $(call programs_of,$*)
	@STORMCELL=$(PROGRAM) $(RUN_TESTS) $(call programs_of,$*) $(wildcard tests/$*/*.sh)
test-unit: ## one kind of tests, also test-law, test-golden, test-errors, test-control, test-determinism, test-e2e

.PHONY: twins
test-determinism: twins
twins:
	@set -e; for flavour in $(TWIN_FLAVOURS); do $(MAKE) FLAVOUR=$$flavour all; done

.PHONY: tests tests-asan tests-long fuzzers
tests: $(TESTS)
tests-asan: $(TESTS_ASAN)
tests-long: $(TESTS_LONG)
fuzzers: $(FUZZERS)

.PHONY: golden
golden: ## renew the golden files of tests/golden, and show what changed
	@$(MAKE) FLAVOUR=release $(BUILD)/stormcell $(BUILD)/release/tests/golden/test_golden
	@STORMCELL=$(BUILD)/stormcell $(BUILD)/release/tests/golden/test_golden --renew

.PHONY: fuzz
FUZZ_SECONDS ?= 600
fuzz: ## search for inputs that break the loader, for FUZZ_SECONDS (600)
	@$(MAKE) FLAVOUR=fuzz fuzzers
	@FUZZ_SECONDS=$(FUZZ_SECONDS) $(RUN_TESTS) --timeout $$(($(FUZZ_SECONDS) + 120)) $(FUZZERS:$(OUT)/%=$(BUILD)/fuzz/%)

.PHONY: bench
bench: ## speed, as ratios within one run
	@$(MAKE) FLAVOUR=release all benches
	@for bench in $(BENCHES:$(OUT)/%=$(BUILD)/release/%); do STORMCELL=$(BUILD)/stormcell $$bench || exit; done
.PHONY: benches
benches: $(BENCHES)

# ------------------------------------------------------------------------------------------------ the look of the house

.PHONY: lint
lint: ## layers, headers, globals, format and words
	@$(MAKE) setup
	@$(MAKE) FLAVOUR=release $(BUILD)/release/libstormcell.a
	@CC='$(CC)' CFLAGS='$(CFLAGS_ALL) $(CFLAGS)' OBJECTS='$(OBJECTS:$(OUT)/%=$(BUILD)/release/%)' MAKE='$(MAKE)' tests/lint/all.sh

.PHONY: format
format: ## lay the sources out as .clang-format says
	@tests/lint/format.sh --files | xargs clang-format -i

# ------------------------------------------------------------------------------------------------ for people

.PHONY: demo
demo: ## set up, build, and compare the strategies of the Exchange failure of 2014
	@$(MAKE) setup PACKAGES_TEST= PACKAGES_IF_KNOWN=
	@$(MAKE) FLAVOUR=release all
	$(BUILD)/stormcell compare scenarios/exchange-2014.yaml

.PHONY: setup
setup: ## install the packages that are missing (SETUP=no: leave the machine alone)
	@$(if $(filter no,$(SETUP)),:,.ci/setup $(PACKAGES_BUILD) $(PACKAGES_TEST) --if-known $(PACKAGES_IF_KNOWN))

.PHONY: install
install: all ## copy the program and the scenarios below PREFIX (/usr/local)
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/stormcell
	install -d $(DESTDIR)$(PREFIX)/share/stormcell/scenarios $(DESTDIR)$(PREFIX)/share/doc/stormcell
	cp -R scenarios/. $(DESTDIR)$(PREFIX)/share/stormcell/scenarios
	install -m 644 LICENSE README.md $(DESTDIR)$(PREFIX)/share/doc/stormcell

.PHONY: reference
reference: $(GEN)/reference.md ## renew scenarios/REFERENCE.md from the comments in proto/
	@mkdir -p scenarios
	cp $< scenarios/REFERENCE.md

.PHONY: lint-reference
lint-reference: $(GEN)/reference.md
	@cmp -s $< scenarios/REFERENCE.md || \
	  { echo "scenarios/REFERENCE.md: differs from the comments in proto/; run \`make reference\`" >&2; exit 1; }

.PHONY: clean
clean: ## remove everything built
	rm -rf $(BUILD)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z][a-z-]*:.*## ' Makefile | sed -E 's/:.*## /\t/' | sort | expand -t 16

# What was included when it was compiled last.
-include $(OBJECTS:.o=.d) $(OUT)/sim/app/main.d $(wildcard $(OUT)/tests/*/*.d)
