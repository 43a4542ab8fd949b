#include "stormcell/must.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
void die(const char *f, ...) { va_list a; va_start(a, f); vfprintf(stderr, f, a); exit(3); }
void must_announce(const char *r) { (void)r; }
void must_fail(const char *f, int l, const char *w) { fprintf(stderr, "%s:%d: %s\n", f, l, w); abort(); }
void *xmalloc(size_t s) { return malloc(s ? s : 1); }
void *xcalloc(size_t c, size_t s) { return calloc(c ? c : 1, s ? s : 1); }
void *xrealloc(void *o, size_t c, size_t s) { return realloc(o, c * s + 1); }
char *xstrdup(const char *t) { return strdup(t); }
char *xasprintf(const char *f, ...) { va_list a; char *s; va_start(a, f); if (vasprintf(&s, f, a) < 0) abort(); return s; }
