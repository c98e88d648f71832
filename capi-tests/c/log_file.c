/* The default callback, RTMP_LogPrintf and RTMP_LogStatus on a file. */
#include "common.h"

#include <sys/stat.h>

static FILE *file;

static long long on_disk(void)
{
  struct stat status;
  must(fstat(fileno(file), &status) == 0, "fstat");
  return (long long)status.st_size;
}

static void begin(RTMP_LogLevel level)
{
  file = tmpfile();
  must(file != NULL, "tmpfile");
  RTMP_LogSetOutput(file);
  RTMP_LogSetLevel(level);
}

/* Shows what was written, long runs of blanks and of one letter shortened. */
static void end(const char *name)
{
  int byte, last = -1, run = 0;

  printf("--- %s: %lld bytes before the end\n", name, on_disk());
  RTMP_LogSetOutput(NULL);
  fflush(file);
  printf("%lld bytes\n", on_disk());
  rewind(file);
  while ((byte = getc(file)) != EOF) {
    run = byte == last ? run + 1 : 0;
    last = byte;
    if (run < 3)
      putchar(byte);
    else if (run == 3)
      printf("...");
  }
  printf("|\n");
  fclose(file);
}

static char long_text[6001];
const char *no_text; /* not static, or the compiler knows its value and complains */

static void long_printf(int length, int with_newline)
{
  char name[64];
  begin(RTMP_LOGERROR);
  RTMP_LogPrintf("%.*s%s", length, long_text, with_newline ? "\n" : "");
  snprintf(name, sizeof name, "printf of %d%s", length, with_newline ? " and a newline" : "");
  end(name);
}

int main(void)
{
  memset(long_text, 'a', sizeof long_text - 1);

  begin(RTMP_LOGDEBUG2);
  for (int level = RTMP_LOGCRIT; level <= RTMP_LOGDEBUG2; level++)
    RTMP_Log(level, "level %d", level);
  RTMP_Log(RTMP_LOGALL, "too much");
  RTMP_Log(-1, "negative");
  RTMP_Log(RTMP_LOGERROR, "%s", "");
  RTMP_Log(RTMP_LOGERROR, "newline\n");
  RTMP_Log(RTMP_LOGERROR, "%s", no_text);
  RTMP_Log(RTMP_LOGERROR, "cut%chere", 0);
  end("levels");

  begin(RTMP_LOGDEBUG2);
  RTMP_LogStatus("status");
  RTMP_Log(RTMP_LOGDEBUG, "a no-name property");
  RTMP_LogSetLevel(RTMP_LOGALL);
  RTMP_Log(RTMP_LOGDEBUG, "a no-name property");
  end("nameless");

  begin(RTMP_LOGERROR);
  RTMP_Log(RTMP_LOGERROR, "%s", long_text);
  end("long message");
  begin(RTMP_LOGERROR);
  RTMP_LogStatus("%s", long_text);
  end("long status");
  RTMP_LogSetOutput(NULL);
  long_printf(5999, 0);
  long_printf(5999, 1);
  long_printf(2045, 1);
  long_printf(2046, 0);
  long_printf(2046, 1);

  begin(RTMP_LOGWARNING);
  RTMP_LogStatus("one\r");
  RTMP_LogStatus("two\r");
  RTMP_Log(RTMP_LOGDEBUG, "not wanted");
  RTMP_Log(RTMP_LOGWARNING, "after status");
  RTMP_Log(RTMP_LOGWARNING, "once more");
  RTMP_LogStatus("three");
  RTMP_LogPrintf("after status");
  RTMP_LogPrintf(" on the same line\n");
  RTMP_LogStatus("four\n");
  RTMP_LogPrintf("after a whole line\n");
  RTMP_LogStatus("%s", "");
  RTMP_LogPrintf("after an empty status\n");
  end("status lines");

  begin(RTMP_LOGCRIT);
  RTMP_LogStatus("not shown");
  RTMP_LogPrintf("not shown\n");
  RTMP_Log(RTMP_LOGCRIT, "shown");
  end("silence");

  begin(RTMP_LOGINFO);
  RTMP_LogPrintf("not ");
  RTMP_LogPrintf("complete");
  end("no newline");
  return 0;
}
