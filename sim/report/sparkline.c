/* sparkline - a series in one line of text */
#include "report/sparkline.h"

#include <string.h>

#include "stormcell/must.h"

static const char *const blocks[] = {"\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83", "\xe2\x96\x84",
                                     "\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88"};

/* The lowest block is for 0 alone, so that little can be told from nothing. */
static const char *block_of(double value, double top)
{
    int height;

    if (value != value)
        return " ";
    if (value <= 0 || top <= 0)
        return blocks[0];
    height = 1 + (int)(value / top * 7);
    return blocks[height > 7 ? 7 : height];
}

/* The value that stands for values[from..to-1]: not-a-number when there is none. */
static double of_stretch(const double *values, size_t from, size_t to, int least)
{
    double value = __builtin_nan("");

    for (size_t i = from; i < to; i++)
        if (values[i] == values[i] && (value != value || (least ? values[i] < value : values[i] > value)))
            value = values[i];
    return value;
}

char *sparkline(const double *values, size_t count, unsigned columns, double top, int least)
{
    char *text = xcalloc(columns + 1, 3), *at = text;

    for (unsigned c = 0; c < columns && count; c++) {
        size_t from = count * c / columns, to = count * (c + 1) / columns;

        at = stpcpy(at, block_of(of_stretch(values, from, to > from ? to : from + 1, least), top));
    }
    return text;
}
