/* What any thread may ask at any moment; and what a program has the library call, which asks as well. */
#include "calls.h"

static unsigned long turns, lines;

static unsigned long turn(void)
{
  return __atomic_add_fetch(&turns, 1, __ATOMIC_RELAXED);
}

static void ask_why(void)
{
  RTMP_ERROR error = { .size = sizeof error };
  must(RTMP_GetError(r, &error) && error.size == sizeof error, "RTMP_GetError");
  must(error.kind >= RTMP_ERR_NONE && error.kind <= RTMP_ERR_MEMORY, "a kind");
  must(error.phase >= RTMP_PHASE_IDLE && error.phase <= RTMP_PHASE_STREAMING, "a phase");
  must(memchr(error.text, '\0', sizeof error.text) && memchr(error.code, '\0', sizeof error.code), "texts");
  must(error.kind != RTMP_ERR_NONE || (!error.phase && !error.system && !*error.text), "nothing");
}

/* With structs that are too short, too. */
static void ask_how(unsigned long number)
{
  RTMP_STATS stats[2] = { { .size = (uint32_t)(number % 4 ? sizeof stats[0] : number % (sizeof stats + 1)) } };
  if (RTMP_GetStats(r, stats))
    must(stats[0].size >= sizeof stats[0] && stats[0].phase <= RTMP_PHASE_STREAMING, "RTMP_GetStats");
}

static void ask_what_it_can(void)
{
  RTMP_CAPABILITIES can = { .size = sizeof can };
  uint32_t codec, flags;
  must(RTMP_GetCapabilities(r, &can) || can.said == 0, "RTMP_GetCapabilities");
  for (int list = RTMP_FOURCCS_LISTED; list <= RTMP_FOURCCS_AUDIO; list++) {
    must(RTMP_GetFourCcInfo(r, list, RTMP_FOURCC_HEVC, &flags) || flags == 0, "RTMP_GetFourCcInfo");
    for (uint32_t i = 0; RTMP_GetFourCc(r, list, i, &codec, &flags); i++)
      must(codec != 0 && i < 100, "RTMP_GetFourCc");
    must(codec == 0 && flags == 0, "nothing behind the last");
  }
}

static void ask_where_to(void)
{
  RTMP_RECONNECT request = { .size = sizeof request };
  if (!RTMP_GetReconnectRequest(r, &request)) {
    must(request.state == RTMP_RECONNECT_NONE && !*request.url, "no request");
    return;
  }
  must(request.state == RTMP_RECONNECT_REQUESTED || request.state == RTMP_RECONNECT_REFUSED, "a request");
  must(request.count > 0 && memchr(request.url, '\0', sizeof request.url), "its URL");
  must(request.app <= strlen(request.url), "its application");
}

/* May be called while the library calls a function of the program's. */
static void ask_inside(void)
{
  ask_why();
  ask_how(1);
}

void ask_all(void)
{
  ask_why();
  ask_how(turn());
  ask_what_it_can();
  ask_where_to();
  RTMP_IsConnected(r);
  RTMP_IsTimedout(r);
  must(RTMP_GetDuration(r) >= 0, "RTMP_GetDuration");
  must(RTMP_Socket(r) >= -1, "RTMP_Socket");
  must(RTMP_LibVersion() == RTMP_LIB_VERSION, "RTMP_LibVersion");
  RTMP_GetTime();
}

/* --- what the library calls --- */

void count_lines(int level, const char *format, va_list arguments)
{
  (void)level, (void)format, (void)arguments;
  __atomic_fetch_add(&lines, 1, __ATOMIC_RELAXED);
}

static int on_socket(void *user, int fd)
{
  must(user == &turns && fd >= 0, "what onSocket is told");
  ask_inside();
  if (turn() % 101 == 0)
    RTMP_Cancel(r);
  return turn() % 31 != 0;
}

static int on_wait(void *user)
{
  must(user == &turns, "what onWait is told");
  ask_inside();
  if (turn() % 1009 == 0)
    RTMP_Cancel(r);
  return turn() % 1013 == 0;
}

static void on_event(void *user, const RTMP_EVENT *event)
{
  unsigned long number = turn();
  must(user == &turns && event->size == sizeof *event, "what onEvent is told");
  must(event->kind >= RTMP_EVENT_STATUS && event->kind <= RTMP_EVENT_PHASE, "a kind of event");
  if (event->object)
    must(AMF_CountProp((AMFObject *)event->object) >= 0, "an object");
  ask_inside();
  if (number % 3 == 0)
    RTMP_SendCtrl(r, 3, 1, 300);
  if (number % 503 == 0)
    RTMP_Cancel(r);
}

void configure(RTMP_CONFIG *config, unsigned seed)
{
  static char text[32];
  static AMFObjectProperty property = { { (char *)"xreqid", 6 }, AMF_NUMBER, { 7 }, 0 };
  static AMFObject properties = { 1, &property };
  static const int times[] = { 0, 0, 1500, -1 };
  memset(config, 0, sizeof *config);
  if (!*text)
    snprintf(text, sizeof text, "127.0.0.1:%d", server.port);
  config->size = sizeof *config;
  config->flags = seed % 8;
  config->sendTimeout = times[seed / 8 % 4];
  config->receiveTimeout = times[seed / 8 % 3];
  config->connectTimeout = times[seed / 16 % 3];
  config->family = seed % 3 ? 0 : 4;
  config->sendBuffer = seed % 5 ? 0 : 8192;
  config->connectTo = seed % 3 == 1 ? text : NULL;
  config->connectProperties = seed % 2 ? &properties : NULL;
  config->user = &turns;
  config->onSocket = on_socket;
  config->onWait = seed % 4 ? on_wait : NULL;
  config->onEvent = seed % 7 ? on_event : NULL;
}
