/* kinds - the rows of the registry: one for each control, X(name) */
#ifndef CONTROL_KINDS_H
#define CONTROL_KINDS_H

#define CONTROL_KINDS(X)                                                                                                           \
    X(static_limit)                                                                                                                \
    X(bounded_queue)                                                                                                               \
    X(retry_filter)                                                                                                                \
    X(backoff)                                                                                                                     \
    X(breaker)                                                                                                                     \
    X(bulkhead)

#define X(name) extern const struct control_kind control_##name;
CONTROL_KINDS(X)
#undef X

#endif
