/* A log callback with a genuine va_list, that may do anything. */
#include "common.h"

#include <stdarg.h>

static const char own_format[] = "%s %d %.2f %c %lx";
static RTMP *poked;
static int deep;
static unsigned sum;
static int count;

static void to_stdout(int level, const char *format, va_list arguments)
{
  char text[2048];
  int length = vsnprintf(text, sizeof text, format, arguments);
  printf("[%d] %d '%.100s'%s\n", level, length, text, format == own_format ? " own format" : "");
}

/* As a language binding does: no limit. Lines are many: only their sum is shown. */
static void unlimited(int level, const char *format, va_list arguments)
{
  char text[2048];
  int length = vsprintf(text, format, arguments);
  sum = sum * 31 + fingerprint(text, (size_t)length) + (unsigned)level;
  count++;
}

/* Logs by itself, and changes the settings. */
static void restless(int level, const char *format, va_list arguments)
{
  to_stdout(level, format, arguments);
  if (deep++ < 3) {
    RTMP_Log(RTMP_LOGWARNING, "inside %d", deep);
    RTMP_LogSetLevel(RTMP_LOGDEBUG);
    RTMP_Log(RTMP_LOGDEBUG, "deeper %d", deep);
    RTMP_LogSetCallback(to_stdout);
  }
}

/* Changes the handle of the call that logs. */
static void poking(int level, const char *format, va_list arguments)
{
  (void)level;
  (void)format;
  (void)arguments;
  poked->m_inChunkSize = 101;
  poked->m_nServerBW = 102;
  poked->m_bSendCounter = 103;
  poked->Link.timeout = 104;
}

static void own_messages(void)
{
  RTMP_LogSetCallback(to_stdout);
  RTMP_LogSetLevel(RTMP_LOGINFO);
  RTMP_Log(RTMP_LOGERROR, own_format, "text", 42, 2.5, 'x', 0xfedcba98l);
  RTMP_Log(RTMP_LOGINFO, "%s", "info");
  RTMP_Log(RTMP_LOGDEBUG, "%s", "not wanted");
  RTMP_Log(-1, "%s", "negative");
  RTMP_Log(RTMP_LOGERROR, "%d %d %d %d %d %d %d %d %g %g %g %g %g %g %g %g %g %g", 1, 2, 3, 4, 5, 6, 7, 8, 1.5, 2.5,
           3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5);
  RTMP_Log(RTMP_LOGERROR, "%s", "ends with a newline\n");
  RTMP_LogSetLevel((RTMP_LogLevel)-1);
  RTMP_Log(77, "level %d", 77);
  printf("level %d\n", (int)RTMP_LogGetLevel());
  RTMP_debuglevel = RTMP_LOGCRIT;
  RTMP_Log(RTMP_LOGERROR, "%s", "not wanted");
  RTMP_Log(RTMP_LOGCRIT, "%s", "critical");
}

static void messages_of_the_library(void)
{
  static const AVal name = AVC("key"), value = AVC("value");
  AMFObject object = { 0, NULL };
  AMFObjectProperty property = { .p_type = AMF_STRING };
  RTMPPacket packet = { 0 };
  unsigned char bytes[70000];
  char url[] = "nonsense";
  RTMP *r = RTMP_Alloc();

  RTMP_LogSetCallback(to_stdout);
  RTMP_LogSetLevel(RTMP_LOGALL);
  property.p_name = name;
  property.p_vu.p_aval = value;
  AMF_AddProp(&object, &property);
  AMF_Dump(&object);
  AMF_Reset(&object);
  RTMPPacket_Dump(&packet);
  RTMP_Init(r);
  printf("setup: %d\n", RTMP_SetupURL(r, url));
  RTMP_Free(r);
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (unsigned char)(i * 7);
  for (unsigned long length = 0; length < 50; length += length % 16 < 2 ? 1 : 14) {
    printf("%lu bytes\n", length);
    RTMP_LogHex(RTMP_LOGDEBUG, bytes, length);
    RTMP_LogHexString(RTMP_LOGDEBUG2, bytes, length);
  }
  RTMP_LogHexString(RTMP_LOGDEBUG2, NULL, 5);
  RTMP_LogSetCallback(unlimited);
  RTMP_LogHexString(RTMP_LOGDEBUG2, bytes, 65600);
  RTMP_LogHex(RTMP_LOGDEBUG, bytes, 65600);
  printf("%d lines, sum %08x\n", count, sum);
  RTMP_LogSetLevel(RTMP_LOGINFO);
  RTMP_LogHexString(RTMP_LOGDEBUG, bytes, 16);
  RTMP_LogHex(RTMP_LOGDEBUG, bytes, 16);
}

static void while_it_runs(void)
{
  /* A chunk size, a window size and a ping come in. */
  static const unsigned char messages[] = "\2\0\0\0\0\0\4\1\0\0\0\0\0\0\10\0"
                                          "\2\0\0\0\0\0\4\5\0\0\0\0\0\0\20\0"
                                          "\2\0\0\0\0\0\6\4\0\0\0\0\0\6\0\0\0\1";
  RTMPPacket packet = { 0 };
  int pair[2];

  make_pair(pair);
  poked = RTMP_Alloc();
  RTMP_Init(poked);
  poked->m_sb.sb_socket = pair[0];
  must(write(pair[1], messages, sizeof messages - 1) == sizeof messages - 1, "write");
  RTMP_LogSetCallback(poking);
  RTMP_LogSetLevel(RTMP_LOGALL);
  for (int i = 0; i < 3; i++) {
    printf("read %d", RTMP_ReadPacket(poked, &packet));
    poked->m_inChunkSize = 128;
    printf(", handled %d", RTMP_ClientPacket(poked, &packet));
    printf(": %d %d %d %d\n", poked->m_inChunkSize, poked->m_nServerBW, poked->m_bSendCounter, poked->Link.timeout);
    poked->m_inChunkSize = 128;
    RTMPPacket_Free(&packet);
  }
  RTMP_LogSetCallback(to_stdout);
  RTMP_LogSetLevel(RTMP_LOGERROR);
  close(pair[1]);
  RTMP_Close(poked);
  RTMP_Free(poked);
}

int main(void)
{
  own_messages();
  RTMP_LogSetCallback(restless);
  RTMP_LogSetLevel(RTMP_LOGWARNING);
  RTMP_Log(RTMP_LOGERROR, "%s", "outside");
  messages_of_the_library();
  while_it_runs();
  return 0;
}
