/* The part of the logging functions that needs `va_list` or stdio (spec 03 part 3).
 *
 * The public names are functions of Rust that pass their arguments on (log/jump.rs). Everything in this file is hidden. The settings are
 * single atomic words: no lock is held while the program's callback runs, which may log and change settings itself.
 */
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "callback.h"

enum { CRIT = 0, ALL = 6, CAPACITY = 2047 };

typedef void callback_fn(int level, const char *format, va_list arguments);

/* Programs assign it directly: it is reached through its public symbol. */
extern atomic_uint RTMP_debuglevel;

void librtmp_rs_log_set_callback(callback_fn *callback);
void librtmp_rs_log_set_output(FILE *file);
void librtmp_rs_log(int level, const char *format, ...);
void librtmp_rs_log_printf(const char *format, ...);
void librtmp_rs_log_status(const char *format, ...);
void librtmp_rs_log_line(int level, const char *text);

static _Atomic(callback_fn *) current_callback; /* NULL: `to_file` */
static _Atomic(FILE *) current_output;          /* NULL: stderr */
static atomic_bool newline_pending;             /* a status line stands unfinished on the output */

static unsigned threshold(void)
{
  return atomic_load_explicit(&RTMP_debuglevel, memory_order_relaxed);
}

static FILE *output(void)
{
  FILE *file = atomic_load(&current_output);
  return file ? file : stderr;
}

static const char *level_name(int level)
{
  static const char *const names[] = { "CRIT", "ERROR", "WARNING", "INFO", "DEBUG", "DEBUG2" };
  return level >= CRIT && level < ALL ? names[level] : "ALL";
}

/* The text goes out in one stdio call, so that lines of several threads do not mix. */
static const char *line_start(void)
{
  return atomic_exchange(&newline_pending, 0) ? "\n" : "";
}

/* Formats into `text` and returns the length before cutting, which is negative when the format is wrong. */
static int format_text(char text[CAPACITY], const char *format, va_list arguments)
{
  int length;
  text[0] = '\0';
  length = vsnprintf(text, CAPACITY, format, arguments);
  text[CAPACITY - 1] = '\0';
  return length;
}

/* Puts `count` bytes at `place`; where it goes on. */
static char *append(char *place, const char *text, size_t count)
{
  memcpy(place, text, count);
  return place + count;
}

/* Writes a line to the output file. */
static void write_line(int level, const char *text)
{
  char line[CAPACITY + 16], *end = line;
  const char *start;
  size_t length;

  /* Messages about nameless properties are noise below the last level. */
  if (threshold() < ALL && strstr(text, "no-name"))
    return;
  if ((unsigned)level > threshold())
    return;
  start = line_start();
  end = append(end, start, strlen(start));
  end = append(end, level_name(level), strlen(level_name(level)));
  end = append(end, ": ", 2);
  length = strlen(text);
  end = append(end, text, length < CAPACITY ? length : CAPACITY - 1);
  *end++ = '\n';
  fwrite(line, 1, (size_t)(end - line), output());
}

/* The default callback. */
static void to_file(int level, const char *format, va_list arguments)
{
  char text[CAPACITY];

  format_text(text, format, arguments);
  write_line(level, text);
}

static void dispatch(int level, const char *format, va_list arguments)
{
  callback_fn *callback = atomic_load(&current_callback);
  (callback ? callback : to_file)(level, format, arguments);
}

void librtmp_rs_log_set_callback(callback_fn *callback)
{
  atomic_store(&current_callback, callback);
}

void librtmp_rs_log_set_output(FILE *file)
{
  atomic_store(&current_output, file);
}

void librtmp_rs_log(int level, const char *format, ...)
{
  va_list arguments;

  if (!format || (unsigned)level > threshold())
    return;
  va_start(arguments, format);
  dispatch(level, format, arguments);
  va_end(arguments);
}

void librtmp_rs_log_printf(const char *format, ...)
{
  char text[CAPACITY];
  va_list arguments;
  int length;

  if (!format || threshold() == CRIT)
    return;
  va_start(arguments, format);
  length = format_text(text, format, arguments);
  va_end(arguments);
  fprintf(output(), "%s%s", line_start(), text);
  /* A complete line is shown at once; one that was cut is not complete. */
  if (length > 0 && length < CAPACITY && text[length - 1] == '\n')
    fflush(output());
}

void librtmp_rs_log_status(const char *format, ...)
{
  char text[CAPACITY];
  va_list arguments;

  if (!format || threshold() == CRIT)
    return;
  va_start(arguments, format);
  format_text(text, format, arguments);
  va_end(arguments);
  fputs(text, output());
  fflush(output());
  atomic_store(&newline_pending, 1);
}

/* A call with a `va_list`, as one of words. */
typedef struct {
  callback_fn *callback;
  int level;
  const char *format;
  va_list *arguments;
} pending_line;

static uintptr_t hand_over(uintptr_t place, uintptr_t b, uintptr_t c, uintptr_t d)
{
  pending_line *line = (pending_line *)place;

  (void)b, (void)c, (void)d;
  line->callback(line->level, line->format, *line->arguments);
  return 0;
}

/* A callback wants a `va_list`, which only a variadic function can make. No exception comes out of here. */
static void call_back(callback_fn *callback, int level, const char *format, ...)
{
  va_list arguments;
  pending_line line = { callback, level, format, &arguments };

  va_start(arguments, format);
  librtmp_rs_call(hand_over, (uintptr_t)&line, 0, 0, 0);
  va_end(arguments);
}

/* A finished line of the library, whose level was asked before it was made. */
void librtmp_rs_log_line(int level, const char *text)
{
  callback_fn *callback = atomic_load(&current_callback);
  if (callback)
    call_back(callback, level, "%s", text);
  else
    write_line(level, text);
}
