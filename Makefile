# stormcell - one Makefile. `make help` lists the targets.
#
# Flavours live in separate folders: build/ is release, build/<flavour>/ the others. `make FLAVOUR=asan` builds one.

FLAVOUR ?= release
BUILD   ?= build
CC      ?= gcc
OUT     := $(BUILD)/$(FLAVOUR)
GEN     := $(BUILD)/gen

# -ffp-contract=off: a fused multiply-add rounds once, so results would differ between machines and compilers.
CFLAGS_ALL := -std=gnu11 -g -ffp-contract=off -fno-strict-aliasing -fno-math-errno -Wall -Wextra -Wshadow -Wstrict-prototypes \
              -Wmissing-prototypes -Wno-missing-field-initializers -Werror=implicit-function-declaration \
              -Iinclude -Isim -I$(GEN) -D_GNU_SOURCE
CFLAGS_release := -O2 -fno-plt
CFLAGS_debug   := -O0
CFLAGS_asan    := -O1 -fsanitize=address -fno-omit-frame-pointer
CFLAGS_ubsan   := -O1 -fsanitize=undefined -fno-sanitize-recover=all
CFLAGS_tsan    := -O1 -fsanitize=thread
CFLAGS_FLAVOUR := $(CFLAGS_$(FLAVOUR))
LIBS := -lyaml -lprotobuf-c -levent_core -lpthread

PROTOS  := scenario control result
GEN_C   := $(PROTOS:%=$(GEN)/%.pb-c.c) $(GEN)/param_table.c
GEN_H   := $(PROTOS:%=$(GEN)/%.pb-c.h)

SOURCES := $(filter-out sim/app/main.c,$(wildcard sim/*/*.c sim/*/*/*.c))
OBJECTS := $(SOURCES:%.c=$(OUT)/%.o) $(GEN_C:$(GEN)/%.c=$(OUT)/gen/%.o)
LIB     := $(OUT)/libstormcell.a
PROGRAM := $(if $(filter release,$(FLAVOUR)),$(BUILD)/stormcell,$(OUT)/stormcell)

UNIT_SOURCES := $(wildcard tests/unit/test_*.c)
UNIT_TESTS   := $(UNIT_SOURCES:%.c=$(OUT)/%)

.PHONY: all
all: $(PROGRAM) ## build the program (build/stormcell)

$(PROGRAM): $(OUT)/sim/app/main.o $(LIB)
	$(CC) $(CFLAGS_FLAVOUR) $(LDFLAGS) -o $@ $^ $(LIBS)

$(LIB): $(OBJECTS)
	@rm -f $@
	ar rcs $@ $^

$(OUT)/%.o: %.c | $(GEN_H)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(CFLAGS_FLAVOUR) $(CFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/gen/%.o: $(GEN)/%.c | $(GEN_H)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(CFLAGS_FLAVOUR) $(CFLAGS) -w -MMD -MP -c -o $@ $<

$(GEN)/%.pb-c.c $(GEN)/%.pb-c.h: proto/%.proto proto/options.proto
	@mkdir -p $(GEN)
	protoc-c -I proto -I /usr/include --c_out=$(GEN) $<

# The generator runs on the machine that builds, whatever CC builds for. One run of protoc writes all that it makes: `&:` says so to
# a parallel make, and protoc leaves the files alone when the plugin refuses.
HOSTCC     ?= gcc
PLUGIN     := $(GEN)/protoc-gen-stormcell
PLUGIN_PB  := google/protobuf/descriptor google/protobuf/compiler/plugin
PLUGIN_SRC := proto/protoc-gen-stormcell.c $(sort $(wildcard proto/gen_*.c))
LANGUAGE   := proto/scenario.proto proto/control.proto
GEN_MADE   := $(GEN)/param_table.c

$(PLUGIN_PB:%=$(GEN)/%.pb-c.c) $(PLUGIN_PB:%=$(GEN)/%.pb-c.h) &:
	@mkdir -p $(GEN)
	protoc-c -I /usr/include --c_out=$(GEN) $(PLUGIN_PB:%=/usr/include/%.proto)

$(PLUGIN): $(PLUGIN_SRC) proto/gen.h include/stormcell/param.h $(PLUGIN_PB:%=$(GEN)/%.pb-c.c)
	$(HOSTCC) -std=gnu11 -O1 -g -Wall -Wextra -D_GNU_SOURCE -Iinclude -I$(GEN) -o $@ $(filter %.c,$^) -lprotobuf-c

# Naming the generated files here keeps make from treating them as intermediate and removing them.
.PHONY: generated
generated: $(GEN_C) $(GEN_H) $(GEN_MADE) ## write all that the proto files make, into build/gen

$(GEN_MADE) &: $(LANGUAGE) proto/options.proto $(PLUGIN)
	protoc -I proto -I /usr/include --plugin=$(PLUGIN) --stormcell_out=$(GEN) $(LANGUAGE)

$(OUT)/tests/%: tests/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(CFLAGS_FLAVOUR) $(CFLAGS) -Itests -MMD -MP -o $@ $< $(LIB) $(LIBS) -lcmocka $(LIBS_$(notdir $@))

-include $(wildcard $(OUT)/gen/*.d $(OUT)/sim/*/*.d $(OUT)/sim/*/*/*.d $(OUT)/tests/*/*.d)

.PHONY: clean
clean: ## remove everything built
	rm -rf $(BUILD)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z][a-z-]*:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 16
