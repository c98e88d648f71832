/* Two threads call what there is to call, in random order, on one handle, while a third asks why it failed and how it goes,
 * and its server does what it likes: nothing may crash, hang, race or leak. Only the documented rules are kept: one thread
 * reads, one writes, any thread may close, cancel and ask; a handle is set up and freed when nobody is inside.
 *
 *   calls rtmp|rtmps|rtmpe SECONDS SEED [CERTIFICATE KEY]
 *
 * A round has a seed of its own, which is printed when something goes wrong: with that as SEED the first round makes the
 * same calls (how the threads meet is another matter). SECONDS 0: one round. */
#include "careless.h"

#include "../c/common.h"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#define CALLS 60
/* No call takes this long: seconds. */
#define PATIENCE 60

enum role { READER, WRITER };

struct thread {
  enum role role;
  unsigned seed;
  const char *call; /* the one it is inside */
  unsigned long calls;
};

static RTMP *r;
static struct careless server;
static struct thread threads[2] = { { .role = READER }, { .role = WRITER } };
static unsigned round_seed;
static unsigned long lines;

/* --- what is said when it fails --- */

static void say_seed(void)
{
  char text[160];
  int count = snprintf(text, sizeof text, "calls: seed %u, reader in %s, writer in %s\n", round_seed,
                       __atomic_load_n(&threads[0].call, __ATOMIC_RELAXED),
                       __atomic_load_n(&threads[1].call, __ATOMIC_RELAXED));
  if (write(STDERR_FILENO, text, (size_t)count) < 0)
    _exit(1);
}

static void die(int number)
{
  say_seed();
  signal(number, SIG_DFL);
  raise(number);
}

/* Of the sanitizers, if one of them is there. */
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

static void say_seed_at_the_end(void)
{
  static const int deadly[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
  if (__sanitizer_set_death_callback)
    __sanitizer_set_death_callback(say_seed);
  /* The sanitizers have handlers of their own for what is no call of abort. */
  for (size_t i = 0; i < (__sanitizer_set_death_callback ? 1 : sizeof deadly / sizeof *deadly); i++)
    signal(deadly[i], die);
}

/* --- the calls --- */

static void look(const RTMPPacket *packet)
{
  AMFObject object, *nested = &object;
  AMFObjectProperty property;
  static const AVal duration = { (char *)"duration", 8 };
  if (packet->m_packetType != RTMP_PACKET_TYPE_INFO && packet->m_packetType != RTMP_PACKET_TYPE_INVOKE)
    return;
  if (!packet->m_body)
    return;
  if (AMF_Decode(nested, packet->m_body, (int)packet->m_nBodySize, FALSE) >= 0) {
    RTMP_FindFirstMatchingProperty(nested, &duration, &property);
    AMF_Dump(nested);
  }
  /* What came before a fault is there too. */
  AMF_Reset(nested);
}

static void read_packet(unsigned number)
{
  RTMPPacket packet = { 0 };
  /* A message that is not complete stays with the library. */
  if (RTMP_ReadPacket(r, &packet) && RTMPPacket_IsReady(&packet)) {
    look(&packet);
    if (number % 2)
      RTMP_ClientPacket(r, &packet);
    RTMPPacket_Free(&packet);
  }
}

static void next_media(void)
{
  RTMPPacket packet = { 0 };
  if (RTMP_GetNextMediaPacket(r, &packet) == 1)
    look(&packet);
  RTMPPacket_Free(&packet);
}

static void send_packet(unsigned number)
{
  static const unsigned char types[] = { 8, 9, 18, 20, 4 };
  char bytes[RTMP_MAX_HEADER_SIZE + 700] = { 0 };
  RTMPPacket packet = { 0 };
  packet.m_headerType = (uint8_t)(number % 4);
  packet.m_packetType = types[number % sizeof types];
  packet.m_nChannel = 2 + (int)(number % 9);
  packet.m_nTimeStamp = number;
  packet.m_nInfoField2 = 1;
  packet.m_nBodySize = number % 700;
  packet.m_body = bytes + RTMP_MAX_HEADER_SIZE;
  RTMP_SendPacket(r, &packet, (int)(number / 4 % 2));
}

static void write_flv(unsigned number)
{
  static const char tag[] = "\11\0\0\12\0\0\50\0\0\0\0\27\1\0\0\0frame\0\0\0\25";
  int size = (int)sizeof tag - 1, cut = (int)(number % (unsigned)size);
  if (RTMP_Write(r, tag, cut) == cut)
    RTMP_Write(r, tag + cut, size - cut);
}

static void count_lines(int level, const char *format, va_list arguments)
{
  (void)level, (void)format, (void)arguments;
  __atomic_fetch_add(&lines, 1, __ATOMIC_RELAXED);
}

#define CALL(name, ...) do { __atomic_store_n(&self->call, name, __ATOMIC_RELAXED); __VA_ARGS__; } while (0)

static void read_something(struct thread *self, unsigned number)
{
  static char buffer[70000];
  switch (number % 20) {
  case 0: case 1: CALL("RTMP_Connect", RTMP_Connect(r, NULL)); break;
  case 2: CALL("RTMP_ConnectStream", RTMP_ConnectStream(r, (int)(number / 20 % 2))); break;
  case 3: CALL("RTMP_ReconnectStream", RTMP_ReconnectStream(r, 0)); break;
  case 4: case 5: case 6: case 7: CALL("RTMP_ReadPacket", read_packet(number / 20)); break;
  case 8: case 9: case 10: CALL("RTMP_GetNextMediaPacket", next_media()); break;
  default: CALL("RTMP_Read", RTMP_Read(r, buffer, number % 3 ? (int)sizeof buffer : 50)); break;
  }
}

static void write_something(struct thread *self, unsigned number)
{
  switch (number % 10) {
  case 0: CALL("RTMP_SendCtrl", RTMP_SendCtrl(r, 3, 1, number)); break;
  case 1: CALL("RTMP_SendPause", RTMP_SendPause(r, (int)(number / 8 % 2), 40)); break;
  case 2: CALL("RTMP_SendSeek", RTMP_SendSeek(r, (int)(number % 10000))); break;
  case 3: CALL("RTMP_Pause", RTMP_Pause(r, (int)(number / 8 % 2))); break;
  case 4: CALL("RTMP_DeleteStream", RTMP_DeleteStream(r)); break;
  case 5: CALL("RTMP_SendCreateStream", RTMP_SendCreateStream(r)); break;
  case 6: CALL("RTMP_UpdateBufferMS", RTMP_SetBufferMS(r, 3000); RTMP_UpdateBufferMS(r)); break;
  case 7:
    /* It rests for a second. */
    if (number % 40 == 7)
      CALL("RTMP_ToggleStream", RTMP_ToggleStream(r));
    break;
  case 8: CALL("RTMP_SendPacket", send_packet(number)); break;
  default: CALL("RTMP_Write", write_flv(number)); break;
  }
}

/* With structs that are too short, too. */
static void get_stats(unsigned number)
{
  RTMP_STATS stats[2];
  stats[0].size = (uint32_t)(number % (sizeof stats + 1));
  must(RTMP_GetStats(r, stats) == FALSE || stats[0].size >= sizeof stats[0], "RTMP_GetStats");
}

static void ask_or_end(struct thread *self, unsigned number)
{
  switch (number % 16) {
  case 0: CALL("RTMP_Close", RTMP_Close(r)); break;
  case 1: CALL("RTMP_Cancel", RTMP_Cancel(r)); break;
  case 2: CALL("RTMP_LogSetLevel", RTMP_LogSetLevel(number / 16 % 2 ? RTMP_LOGALL : RTMP_LOGCRIT)); break;
  case 3: CALL("RTMP_LogSetCallback", RTMP_LogSetCallback(count_lines)); break;
  case 4: CALL("RTMP_IsConnected", RTMP_IsConnected(r)); break;
  case 5: CALL("RTMP_IsTimedout", RTMP_IsTimedout(r)); break;
  case 6: CALL("RTMP_GetDuration", RTMP_GetDuration(r)); break;
  case 7: CALL("RTMP_Socket", RTMP_Socket(r)); break;
  case 8: case 9: CALL("RTMP_GetStats", get_stats(number / 16)); break;
  default: break;
  }
}

static void *call_all(void *argument)
{
  struct thread *self = argument;
  unsigned seed = self->seed;
  for (int i = 0; i < CALLS; i++) {
    unsigned number = (unsigned)rand_r(&seed);
    if (number % 8 == 0)
      ask_or_end(self, number / 8);
    else if (self->role == READER)
      read_something(self, number / 8);
    else
      write_something(self, number / 8);
    __atomic_fetch_add(&self->calls, 1, __ATOMIC_RELAXED);
  }
  CALL("nothing", (void)0);
  return NULL;
}

/* Any thread may ask at any moment, whatever the others are at; runs until `is_over`. */
static void *ask(void *is_over)
{
  while (!__atomic_load_n((int *)is_over, __ATOMIC_ACQUIRE)) {
    RTMP_ERROR error = { .size = sizeof error };
    must(RTMP_GetError(r, &error) && error.size == sizeof error, "RTMP_GetError");
    must(error.kind >= RTMP_ERR_NONE && error.kind <= RTMP_ERR_MEMORY, "a kind");
    must(error.phase >= RTMP_PHASE_IDLE && error.phase <= RTMP_PHASE_STREAMING, "a phase");
    must(memchr(error.text, '\0', sizeof error.text) && memchr(error.code, '\0', sizeof error.code), "texts");
    must(error.kind != RTMP_ERR_NONE || (!error.phase && !error.system && !*error.text), "nothing");
    RTMP_STATS stats = { .size = sizeof stats };
    must(!RTMP_GetStats(r, &stats) || stats.phase <= RTMP_PHASE_STREAMING, "RTMP_GetStats");
    RTMP_RECONNECT request = { .size = sizeof request };
    must(!RTMP_GetReconnectRequest(r, &request), "nobody asks to reconnect");
    sched_yield();
  }
  return NULL;
}

/* --- the rounds --- */

/* Ends the program when a thread makes no more calls; runs until `is_over`. */
static void *watch(void *is_over)
{
  const struct timespec moment = { 0, 100000000 };
  unsigned long seen = 0;
  int idle = 0;
  while (!__atomic_load_n((int *)is_over, __ATOMIC_ACQUIRE)) {
    unsigned long now = __atomic_load_n(&threads[0].calls, __ATOMIC_RELAXED)
                        + __atomic_load_n(&threads[1].calls, __ATOMIC_RELAXED);
    idle = now == seen ? idle + 1 : 0;
    seen = now;
    if (idle == 10 * PATIENCE) {
      fprintf(stderr, "no call has ended for %d seconds\n", PATIENCE);
      say_seed();
      signal(SIGABRT, SIG_DFL);
      abort();
    }
    nanosleep(&moment, NULL);
  }
  return NULL;
}

static void play_round(const char *scheme)
{
  char url[160];
  pthread_t running[2], asking;
  int is_over = 0;
  snprintf(url, sizeof url, "%s://127.0.0.1:%d/app/play timeout=1 tlsVerify=0%s", scheme, server.port,
           round_seed % 3 ? "" : " live=1");
  __atomic_store_n(&server.seed, round_seed, __ATOMIC_RELAXED);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  if (round_seed % 2)
    RTMP_EnableWrite(r);
  else
    r->Link.protocol &= ~RTMP_FEATURE_WRITE;
  must(pthread_create(&asking, NULL, ask, &is_over) == 0, "pthread_create");
  if (RTMP_Connect(r, NULL))
    RTMP_ConnectStream(r, 0);
  for (int i = 0; i < 2; i++) {
    threads[i].seed = 2 * round_seed + (unsigned)i;
    must(pthread_create(&running[i], NULL, call_all, &threads[i]) == 0, "pthread_create");
  }
  for (int i = 0; i < 2; i++)
    pthread_join(running[i], NULL);
  /* Its text stands in the handle: it is asked for when nobody else is inside. */
  must(RTMP_LastError(r) != NULL, "RTMP_LastError");
  RTMP_Close(r);
  must(!RTMP_IsConnected(r) && RTMP_Socket(r) == -1, "closed");
  __atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
  pthread_join(asking, NULL);
}

int main(int argc, char **argv)
{
  unsigned rounds = 0;
  int is_over = 0, transport = -1;
  pthread_t watcher;
  time_t end;

  must(argc >= 4 && (transport = transport_named(argv[1])) >= 0, "arguments");
  signal(SIGPIPE, SIG_IGN);
  say_seed_at_the_end();
  RTMP_LogSetCallback(count_lines);
  server.transport = (enum transport)transport;
  if (server.transport == TLS)
    must(argc == 6 && (server.tls = RTMP_TLS_AllocServerContext(argv[4], argv[5])) != NULL, "certificate and key");
  careless_start(&server);
  r = RTMP_Alloc();
  RTMP_Init(r);
  must(pthread_create(&watcher, NULL, watch, &is_over) == 0, "pthread_create");
  end = time(NULL) + (time_t)strtoul(argv[2], NULL, 10);
  round_seed = (unsigned)strtoul(argv[3], NULL, 10);
  do {
    play_round(argv[1]);
    round_seed++;
    rounds++;
  } while (time(NULL) < end);
  RTMP_Free(r);
  careless_end(&server);
  RTMP_TLS_FreeServerContext(server.tls);
  __atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
  pthread_join(watcher, NULL);
  printf("%u rounds to seed %u, %lu calls, %lu connections, %lu messages of the server\n", rounds, round_seed - 1,
         threads[0].calls + threads[1].calls, server.connections, server.messages);
  return 0;
}
