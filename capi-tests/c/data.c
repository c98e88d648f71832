/* The variables of the library, written and read by both sides. */
#include "common.h"

#include <signal.h>

extern const char RTMPProtocolStrings[][7];

static void on_signal(int number)
{
  (void)number;
  RTMP_ctrlC = TRUE;
}

int main(void)
{
  int pair[2];
  char byte;
  RTMP r;

  for (int i = 0; i < 9; i++)
    printf("%d: '%s' '%s'\n", i, RTMPProtocolStringsLower[i], RTMPProtocolStrings[i]);
  print_aval("flash version", &RTMP_DefaultFlashVer);
  printf("ended by a NUL: %d\n", RTMP_DefaultFlashVer.av_val[RTMP_DefaultFlashVer.av_len] == 0);
  printf("level %u\n", RTMP_debuglevel);
  RTMP_debuglevel = RTMP_LOGALL;
  printf("level %u\n", RTMP_LogGetLevel());
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  printf("level %u\n", RTMP_debuglevel);
  printf("version %#x %d\n", (unsigned)RTMP_LibVersion(), RTMP_LibVersion() == RTMP_LIB_VERSION);

  printf("interrupt %d", RTMP_ctrlC);
  RTMP_UserInterrupt();
  printf(" %d", RTMP_ctrlC);
  RTMP_ctrlC = FALSE;
  signal(SIGUSR1, on_signal);
  raise(SIGUSR1);
  printf(" %d\n", RTMP_ctrlC);
  RTMP_ctrlC = FALSE;

  make_pair(pair);
  RTMP_Init(&r);
  r.m_sb.sb_socket = pair[0];
  printf("socket %s, connected %d, timed out %d\n", RTMP_Socket(&r) == pair[0] ? "given" : "other", RTMP_IsConnected(&r),
         RTMP_IsTimedout(&r));
  r.m_fDuration = 12.5;
  printf("duration %g\n", RTMP_GetDuration(&r));
  RTMP_SetBufferMS(&r, 4321);
  printf("buffer %d\n", r.m_nBufferMS);
  RTMP_Close(&r);
  printf("other end: %zd\n", read(pair[1], &byte, 1));
  close(pair[1]);
  return 0;
}
