/* protoc-gen-stormcell - the plugin that makes the language known to programs, editors and people
 *
 * protoc pipes a CodeGeneratorRequest in and takes a CodeGeneratorResponse out. From scenario.proto and control.proto come
 *
 *     param_table.c         the tables of stormcell/param.h, for the loader and `explain`
 *     scenario.schema.json  JSON Schema 2020-12, for editors
 *     schema_text.c         the same inside the program, for `stormcell schema`
 *     reference.md          the manual page of the language
 *
 * The same input gives the same bytes.
 */
#include "gen.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef Google__Protobuf__Compiler__CodeGeneratorRequest request_proto;
typedef Google__Protobuf__Compiler__CodeGeneratorResponse response_proto;
typedef Google__Protobuf__Compiler__CodeGeneratorResponse__File output_proto;

static const struct {
    const char *name;
    void (*write)(const struct gen_model *m, FILE *out);
} outputs[] = {
    {"param_table.c", gen_write_params},
    {"scenario.schema.json", gen_write_schema},
    {"schema_text.c", gen_write_schema_text},
    {"reference.md", gen_write_reference},
};
enum { OUTPUTS = sizeof outputs / sizeof *outputs };

static uint8_t *read_all(FILE *in, size_t *length)
{
    uint8_t *data = NULL;
    size_t size = 0;

    *length = 0;
    do {
        if (*length == size) {
            size = size ? 2 * size : 65536;
            data = realloc(data, size);
            if (!data)
                gen_refuse("out of memory");
        }
        *length += fread(data + *length, 1, size - *length, in);
    } while (!feof(in) && !ferror(in));
    if (ferror(in))
        gen_refuse("cannot read the request");
    return data;
}

static char *write_one(size_t i, const struct gen_model *model)
{
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    if (!out)
        gen_refuse("out of memory");
    outputs[i].write(model, out);
    if (fclose(out) != 0)
        gen_refuse("out of memory");
    return text;
}

int main(void)
{
    size_t length;
    uint8_t *data = read_all(stdin, &length);
    request_proto *request = google__protobuf__compiler__code_generator_request__unpack(NULL, length, data);
    response_proto response = GOOGLE__PROTOBUF__COMPILER__CODE_GENERATOR_RESPONSE__INIT;
    output_proto files[OUTPUTS], *pointers[OUTPUTS];
    struct gen_model model;

    if (!request)
        gen_refuse("protoc's request cannot be read");
    model = gen_read(request);
    for (size_t i = 0; i < OUTPUTS; i++) {
        files[i] = (output_proto)GOOGLE__PROTOBUF__COMPILER__CODE_GENERATOR_RESPONSE__FILE__INIT;
        files[i].name = gen_format("%s", outputs[i].name);
        files[i].content = write_one(i, &model);
        pointers[i] = &files[i];
    }
    response.n_file = OUTPUTS;
    response.file = pointers;
    data = gen_take(google__protobuf__compiler__code_generator_response__get_packed_size(&response), 1);
    length = google__protobuf__compiler__code_generator_response__pack(&response, data);
    return fwrite(data, 1, length, stdout) == length && fflush(stdout) == 0 ? 0 : 1;
}
