/* test_yaml - trees of nodes with places, and the gaps of libyaml that are closed */
#include "scenario/yaml_tree.h"
#include "stormcell/must.h"
#include "unit/scenario_text.h"

/* A tree written out: {key@line:column: text@line:column, ...}. */
static void spell(const struct node *n, FILE *out)
{
    if (n->kind == NODE_TEXT) {
        fprintf(out, n->plain ? "%s@%u:%u" : "'%s'@%u:%u", n->text, n->at.line, n->at.column);
        return;
    }
    fputs(n->kind == NODE_MAP ? "{" : "[", out);
    for (const struct node *child = n->first; child; child = child->next) {
        if (child->key)
            fprintf(out, "%s: ", child->key);
        spell(child, out);
        if (child->next)
            fputs(", ", out);
    }
    fputs(n->kind == NODE_MAP ? "}" : "]", out);
}

/* The tree of a text, or the lines that refuse it; free it. */
static char *read_text_n(const char *text, size_t length)
{
    struct arena *arena = arena_create();
    struct diag *d = diag_create();
    struct yaml_budget budget = {YAML_NODES_MAX};
    struct node *root = yaml_tree_read(arena, d, "t", text, length, &budget);
    char *spelled = NULL;
    size_t spelled_length;
    FILE *out = open_memstream(&spelled, &spelled_length);

    if (root && !diag_errors(d))
        spell(root, out);
    else
        diag_print(d, out);
    fclose(out);
    diag_free(d);
    arena_free(arena);
    return spelled;
}

static void assert_read(const char *text, const char *expected)
{
    char *found = read_text_n(text, strlen(text));

    assert_string_equal(found, expected);
    free(found);
}

static void every_node_knows_its_place(void **state)
{
    assert_read("a: 1\nb:\n  - x\n  - 'y'\n  - {c: z}\n", "{a: 1@1:4, b: [x@3:5, 'y'@4:5, {c: z@5:9}]}");
    assert_read("# comment\r\na: 1\r\nb: 2\r\n", "{a: 1@2:4, b: 2@3:4}");
    assert_read("\xef\xbb\xbf"
                "a: 1\n",
                "{a: 1@1:4}");
}

static void an_alias_is_a_copy_with_the_places_of_its_anchor(void **state)
{
    assert_read("a: &x {k: 1}\nb: *x\n", "{a: {k: 1@1:11}, b: {k: 1@1:11}}");
    assert_read("a: &x 1\nb: &x 2\nc: *x\n", "{a: 1@1:4, b: 2@2:4, c: 2@2:4}");
}

static void a_merge_key_fills_in_what_is_missing(void **state)
{
    assert_read("a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a}\n", "{a: {x: 1@1:11, y: 2@1:17}, b: {y: 3@2:8, x: 1@1:11}}");
    assert_read("a: &a {x: 1}\nb: &b {x: 2, y: 3}\nc: {<<: [*a, *b]}\n",
                "{a: {x: 1@1:11}, b: {x: 2@2:11, y: 3@2:17}, c: {x: 1@1:11, y: 3@2:17}}");
    assert_read("a: {'<<': 1}\n", "{a: {<<: 1@1:11}}");
    assert_read("a: {<<: []}\n", "t:1:9: expected a mapping after '<<', or a list of mappings\n");
}

static void a_second_document_is_refused(void **state)
{
    assert_read("a: 1\n---\nb: 2\n", "t:2:1: a second document begins here: expected one document in a file\n");
    assert_read("--- \na: 1\n...\n", "{a: 1@2:4}");
}

static void a_key_stands_once(void **state)
{
    assert_read("a: 1\nb: 2\na: 3\n", "t:3:1: duplicate key 'a': it is there already, at line 1, column 1\n");
    assert_read("a: {b: 1, b: 2, b: 3}\n", "t:1:11: duplicate key 'b': it is there already, at line 1, column 5\n"
                                           "t:1:17: duplicate key 'b': it is there already, at line 1, column 5\n");
}

static void anchors_cannot_contain_themselves(void **state)
{
    assert_read("a: &a [*a]\n", "t:1:8: the anchor &a contains itself: expected an alias of something else\n");
    assert_read("&a a: 1\n", "t:1:1: a key cannot have an anchor: expected it before the value\n");
    assert_read("a: *b\n", "t:1:4: no anchor &b: expected one that stands before this alias\n");
}

static void nesting_is_bounded(void **state)
{
    char *text = xmalloc(100001), *found;

    memset(text, '[', 100000);
    text[100000] = '\0';
    assert_read(text, "t:1:65: nested deeper than 64 levels: expected a flatter file\n");
    memset(text + 64, ']', 64);
    text[128] = '\0';
    found = read_text_n(text, 128);
    assert_int_equal(found[0], '[');
    free(found);
    free(text);
}

static void aliases_cannot_nest_deeper_than_text(void **state)
{
    assert_read("a: &a [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"
                "b: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
                "t:2:34: nested deeper than 64 levels: expected a flatter file\n");
}

static void aliases_count_as_what_they_expand_to(void **state)
{
    assert_read(
        "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
        "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n",
        "t:6:8: more than 200000 values when aliases are written out: expected a smaller scenario\n");
}

static void what_is_no_text_is_refused_at_its_byte(void **state)
{
    char *found = read_text_n("a: 1\nb: \0\n", 10);

    assert_string_equal(found, "t:2:4: expected text in UTF-8, found the byte 0x00: is this a YAML file?\n");
    free(found);
    assert_read("a: \xc3\x28\n", "t:1:4: expected text in UTF-8, found the byte 0xc3: is this a YAML file?\n");
    assert_read("\xff\xfe"
                "a\n",
                "t:1:1: expected text in UTF-8, found the byte 0xff: is this a YAML file?\n");
    assert_read("\xc3\xa4: \xe2\x82\xac\x1b\n", "t:1:5: expected text in UTF-8, found the byte 0x1b: is this a YAML file?\n");
    assert_read("a: \xed\xa0\x80\n", "t:1:4: expected text in UTF-8, found the byte 0xed: is this a YAML file?\n");
}

static void places_count_characters_not_bytes(void **state)
{
    assert_read("\xc3\xa4: {\xe2\x82\xac: 1}\n", "{\xc3\xa4: {\xe2\x82\xac: 1@1:8}}");
}

static void an_empty_file_is_no_scenario(void **state)
{
    assert_read("", "t:1:1: the file is empty: expected a scenario\n");
    assert_read("# nothing\n", "t:1:1: the file is empty: expected a scenario\n");
}

static void a_file_over_16_mib_is_refused(void **state)
{
    size_t length = (16u << 20) + 1;
    char *text = xmalloc(length), *found;

    memset(text, '#', length);
    found = read_text_n(text, length);
    assert_string_equal(found, "t:1:1: larger than 16 MiB: expected a scenario\n");
    free(found);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_node_knows_its_place),
        cmocka_unit_test(an_alias_is_a_copy_with_the_places_of_its_anchor),
        cmocka_unit_test(a_merge_key_fills_in_what_is_missing),
        cmocka_unit_test(a_second_document_is_refused),
        cmocka_unit_test(a_key_stands_once),
        cmocka_unit_test(anchors_cannot_contain_themselves),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(aliases_cannot_nest_deeper_than_text),
        cmocka_unit_test(aliases_count_as_what_they_expand_to),
        cmocka_unit_test(what_is_no_text_is_refused_at_its_byte),
        cmocka_unit_test(places_count_characters_not_bytes),
        cmocka_unit_test(an_empty_file_is_no_scenario),
        cmocka_unit_test(a_file_over_16_mib_is_refused),
    };

    return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
