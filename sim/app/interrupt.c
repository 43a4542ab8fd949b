/* interrupt - Ctrl-C: one line, exit status 130, and no half-written files
 *
 * Nothing is worth saving of a run that is cut short, so the handler says so and ends the program. While files are being written
 * the signal waits: a set of result files is whole, or it is the one of before.
 */
#include <signal.h>
#include <unistd.h>

#include "app/app.h"

enum { EXIT_INTERRUPTED = 130 };

/* Only what a handler may call. The carriage return writes over the progress of a terminal. */
static void stop(int signal)
{
    static const char line[] = "\rstormcell: interrupted\n";
    size_t skip = isatty(STDERR_FILENO) ? 0 : 1;

    (void)signal;
    if (write(STDERR_FILENO, line + skip, sizeof line - 1 - skip) < 0)
        _exit(EXIT_WORLD);
    _exit(EXIT_INTERRUPTED);
}

void interrupt_listen(void)
{
    struct sigaction now, ours = {.sa_handler = stop};

    /* A shell that starts us in the background has us ignore Ctrl-C; so it stays. */
    if (sigaction(SIGINT, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
        sigaction(SIGINT, &ours, NULL);
}

/* Results are written when all other threads have ended. */
static void set_mask(int how)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(how, &set, NULL);
}

void interrupt_hold(void)
{
    set_mask(SIG_BLOCK);
}

void interrupt_release(void)
{
    set_mask(SIG_UNBLOCK);
}
