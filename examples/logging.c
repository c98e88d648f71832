/* Shows a program's user what the library says while it plays:   logging LEVEL URL
 *
 * LEVEL is critical, error, warning, info or debug. The log's callback runs on whichever thread logs, in the middle of a
 * call: it only puts the line into a pipe. The user interface, here the main thread, reads there, as it reads its other
 * events. */
#define _POSIX_C_SOURCE 200809L
#include <librtmp/log.h>
#include <librtmp/rtmp.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* librtmp-rs has this function, the original has not: the address is NULL there. The declaration makes the program run
 * on both; who needs ours includes our header and calls it. */
extern const char *RTMP_LastError(RTMP *r) __attribute__((weak));

static const char *const levels[] = { "critical", "error", "warning", "info", "debug" };

enum { LEVELS = sizeof levels / sizeof levels[0] };

/* Not longer than PIPE_BUF (512 at least): so lines of several threads do not mix. */
struct line {
  int level;
  char text[500];
};

static int lines[2];

static void put(const struct line *line)
{
  /* A pipe that is full, of a user interface that stands still, loses the line rather than time. */
  if (write(lines[1], line, sizeof *line) < 0)
    return;
}

static void on_log(int level, const char *format, va_list arguments)
{
  struct line line = { .level = level };
  /* The library has looked at its level; what the program logs for itself may need another. */
  vsnprintf(line.text, sizeof line.text, format, arguments);
  put(&line);
}

static void *play(void *url)
{
  static char block[64 * 1024];
  RTMP *r = RTMP_Alloc();
  int got = -1;

  if (r) {
    RTMP_Init(r);
    if (RTMP_SetupURL(r, url) && RTMP_Connect(r, NULL) && RTMP_ConnectStream(r, 0))
      while ((got = RTMP_Read(r, block, sizeof block)) > 0)
        ;
    if (got < 0 && RTMP_LastError) {
      struct line line = { .level = RTMP_LOGERROR };
      snprintf(line.text, sizeof line.text, "reason: %s", RTMP_LastError(r));
      put(&line);
    }
    RTMP_Close(r);
    RTMP_Free(r);
  }
  /* The user interface reads the end of the pipe. */
  close(lines[1]);
  return NULL;
}

int main(int count, char **words)
{
  pthread_t player;
  struct line line;
  int level = 0;

  while (count == 3 && level < LEVELS && strcmp(words[1], levels[level]) != 0)
    level++;
  if (count != 3 || level == LEVELS) {
    fprintf(stderr, "usage: %s critical|error|warning|info|debug URL\n", words[0]);
    return 2;
  }
  if (pipe(lines) != 0 || fcntl(lines[1], F_SETFL, O_NONBLOCK) != 0)
    return 1;
  RTMP_LogSetLevel((RTMP_LogLevel)level);
  RTMP_LogSetCallback(on_log);
  if ((errno = pthread_create(&player, NULL, play, words[2])) != 0)
    return 1;
  while (read(lines[0], &line, sizeof line) == (ssize_t)sizeof line)
    printf("%-8s %s\n", levels[line.level < LEVELS ? line.level : LEVELS - 1], line.text);
  pthread_join(player, NULL);
  return 0;
}
