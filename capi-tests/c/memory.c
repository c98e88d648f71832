/* Memory runs out: each single allocation of a session fails once, all behind one fail, all long ones fail, or the system
 * gives no more. Each try is a process of its own, whose server is this one. No try may end by a signal; what a call
 * returns is failure or success; everything is released; and the next connection of the same process works. */
#include "failing.h"
#include "tries.h"

#include <sys/mman.h>
#include <sys/resource.h>

enum { LONG = 15000000, MIDDLE = 20000, PATIENCE = 50 };

/* What a try tells its parent. */
struct report {
  long seen;   /* allocations while they counted */
  long blocks; /* that were not freed in the end */
  int words;   /* lines that say that memory ran out */
  int result;  /* what the scenario gave */
};

static struct report *report;
static int level; /* of the lines that a try logs */
static int whole; /* messages of the first connection of a try that came whole */

static void hear(int importance, const char *format, va_list arguments)
{
  char line[2048];
  (void)importance;
  vsnprintf(line, sizeof line, format, arguments);
  report->words += strstr(line, "Couldn't allocate memory") != NULL;
}

/* --- The server. */

enum media { SHORT_MEDIA, LONG_MESSAGE, LONG_AGGREGATE };

static int send_long(RTMP *r, int type, char *body, unsigned size)
{
  static char announcement[RTMP_MAX_HEADER_SIZE + 4];
  RTMPPacket packet = { 0 };

  packet.m_nChannel = 2;
  packet.m_packetType = RTMP_PACKET_TYPE_CHUNK_SIZE;
  packet.m_body = announcement + RTMP_MAX_HEADER_SIZE;
  packet.m_nBodySize = 4;
  AMF_EncodeInt32(packet.m_body, packet.m_body + 4, 0xffffff);
  if (!RTMP_SendPacket(r, &packet, FALSE))
    return FALSE;
  r->m_outChunkSize = 0xffffff;
  packet.m_nChannel = 6;
  packet.m_packetType = (uint8_t)type;
  packet.m_nInfoField2 = 1;
  packet.m_body = body;
  packet.m_nBodySize = size;
  return RTMP_SendPacket(r, &packet, FALSE);
}

static int send_media(RTMP *r, enum media media)
{
  static char body[RTMP_MAX_HEADER_SIZE + LONG];
  char *start = body + RTMP_MAX_HEADER_SIZE, *limit = body + sizeof body, *end = start;
  enum { INNER = 1000000 };

  if (media == SHORT_MEDIA)
    return peer_media(r, 20);
  memset(start, 0x27, LONG);
  if (media == LONG_MESSAGE)
    return send_long(r, RTMP_PACKET_TYPE_VIDEO, start, LONG);
  for (int i = 0; i < 14; i++) {
    *end++ = RTMP_PACKET_TYPE_VIDEO;
    end = AMF_EncodeInt24(end, limit, INNER);
    memset(end, 0, 7);
    end = AMF_EncodeInt32(end + 7 + INNER, limit, INNER + 11);
  }
  return send_long(r, RTMP_PACKET_TYPE_FLASH_VIDEO, start, (unsigned)(end - start));
}

/* Serves a connection to its end. Returns how many media messages came whole: each of them has one byte all over. */
static int serve(int fd, enum media media)
{
  RTMP *r = RTMP_Alloc();
  RTMPPacket packet = { 0 };
  struct peer peer = { .enhanced = TRUE };
  int whole = 0;

  RTMP_Init(r);
  r->m_sb.sb_socket = fd;
  if (RTMP_Serve(r))
    while (RTMP_IsConnected(r) && RTMP_ReadPacket(r, &packet)) {
      if (!RTMPPacket_IsReady(&packet))
        continue;
      if (packet.m_packetType == RTMP_PACKET_TYPE_INVOKE) {
        int is_play = memmem(packet.m_body, packet.m_nBodySize, "\2\0\4play", 7) != NULL;
        if (is_play ? !peer_status(r, "NetStream.Play.Start") || !send_media(r, media) : !peer_command(&peer, r, &packet))
          break;
      } else if (packet.m_packetType == RTMP_PACKET_TYPE_CHUNK_SIZE) {
        r->m_inChunkSize = (int)AMF_DecodeInt32(packet.m_body);
      } else if (packet.m_packetType == RTMP_PACKET_TYPE_VIDEO) {
        must(packet.m_nBodySize > 0, "an empty message");
        for (unsigned i = 1; i < packet.m_nBodySize; i++)
          must(packet.m_body[i] == packet.m_body[0], "a message that is not whole");
        whole++;
      }
      RTMPPacket_Free(&packet);
    }
  RTMPPacket_Free(&packet);
  RTMP_Close(r);
  RTMP_Free(r);
  return whole;
}

/* --- What the tries do. Each gives what its last call returned. */

static char *put_tag(char *at, char *limit, int type, int time, int byte, int size)
{
  *at++ = (char)type;
  at = AMF_EncodeInt24(at, limit, size);
  at = AMF_EncodeInt24(at, limit, time);
  memset(at, 0, 4);
  memset(at + 4, byte, (size_t)size);
  return AMF_EncodeInt32(at + 4 + size, limit, 11 + size);
}

static char tags[2 * LONG];

static int released(RTMP *r, int result)
{
  must(RTMP_LastError(r) != NULL, "a text");
  AMF_Reset(&r->Link.extras);
  RTMP_Close(r);
  RTMP_Free(r);
  return result;
}

/* A handle that is connected, or NULL. */
static RTMP *connected(const char *scheme, int writes)
{
  static const struct timeval moment = { 0, 200000 };
  static char url[400];
  RTMP *r = RTMP_Alloc();

  if (!r)
    return NULL;
  RTMP_Init(r);
  snprintf(url, sizeof url, "%s://joe:pass@127.0.0.1:%d/app/stream timeout=20 conn=O:1 conn=NN:n:1 conn=O:0 app=a\\20b", scheme,
           port);
  if (RTMP_SetupURL(r, url)) {
    if (writes)
      RTMP_EnableWrite(r);
    if (RTMP_Connect(r, NULL)) {
      /* Who has missed an answer for want of memory need not wait long for another. */
      if (failing_on)
        setsockopt(RTMP_Socket(r), SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment);
      if (RTMP_ConnectStream(r, 0))
        return r;
    }
  }
  released(r, FALSE);
  return NULL;
}

static int play_over(const char *scheme)
{
  static char flv[50000];
  RTMP *r = connected(scheme, FALSE);
  int got, total = 0;

  if (!r)
    return -1;
  while ((got = RTMP_Read(r, flv, sizeof flv)) > 0)
    total += got;
  return released(r, got == 0 && total == 13 + 10 * (50 + 15) + 10 * (250 + 15));
}

static int play(void) { return play_over("rtmp"); }
static int play_encrypted(void) { return play_over("rtmpe"); }

static int publish_over(const char *scheme)
{
  char *limit = tags + sizeof tags, *end = tags, *at = tags;
  RTMP *r = connected(scheme, TRUE);
  RTMPPacket packet = { 0 };
  int good = TRUE;

  if (!r)
    return -1;
  for (int i = 0; i < 6; i++)
    end = put_tag(end, limit, i == 2 ? 18 : 9, i * 40, 'a' + i, i == 4 ? MIDDLE : 300);
  for (int step = 1; at < end; step = step * 2 + 1) {
    int size = end - at < step ? (int)(end - at) : step;
    good &= RTMP_Write(r, at, size) == size;
    at += size;
  }
  packet.m_nChannel = 7;
  packet.m_packetType = RTMP_PACKET_TYPE_VIDEO;
  packet.m_nInfoField2 = r->m_stream_id;
  packet.m_nTimeStamp = 1000;
  good &= RTMPPacket_Alloc(&packet, 3 * MIDDLE);
  if (packet.m_body) {
    memset(packet.m_body, 'x', packet.m_nBodySize = 3 * MIDDLE);
    good &= RTMP_SendPacket(r, &packet, FALSE);
  }
  RTMPPacket_Free(&packet);
  return released(r, good);
}

static int publish(void) { return publish_over("rtmp"); }
static int publish_encrypted(void) { return publish_over("rtmpe"); }

/* Data that has every kind of value, AMF3 too. */
static int amf(void)
{
  static const char data[] = "\3\0\1a\0\0\0\0\0\0\0\0\0\0\1b\2\0\2xy\0\1c\3\0\1d\1\1\0\0\11\0\1e\10\0\0\0\1\0\1f\5\0\0\11"
                             "\0\1g\12\0\0\0\2\5\5\0\1h\13\0\0\0\0\0\0\0\0\0\0"
                             "\0\1i\21\12\43\3k\3m\3n\6\3z\12\13\1\3o\6\0\1\0\0\11";
  static char out[1000];
  AVal name = AVC("added"), found;
  AMFObject object;
  AMFObjectProperty property = { .p_name = name, .p_type = AMF_NUMBER, .p_vu.p_number = 7 };
  int used = AMF_Decode(&object, data + 1, sizeof data - 2, TRUE), good = used > 0;
  char *end;

  AMF_AddProp(&object, &property);
  AMF_Dump(&object);
  end = AMF_Encode(&object, out, out + sizeof out);
  AMFProp_GetString(AMF_GetProp(&object, NULL, 1), &found);
  good &= end != NULL && found.av_len == 2 && AMF_CountProp(&object) == 8;
  AMF_Reset(&object);
  return good;
}

static int setup(void)
{
  static char url[] = "rtmp://joe:pa%40ss@host:99/app/inst/mp4:stream?a=b conn=O:1 conn=NS:t:x\\20y conn=O:0 "
                      "swfUrl=http://h/p.swf pageUrl=http://h token=t playlist=1 jtv=j tcUrl=rtmp://h/a";
  static char copy[sizeof url], path[] = "app/inst/mp4:stream.mp4?slist=x";
  RTMP *r = RTMP_Alloc();
  AVal in = AVC("x.flv"), out = { 0 }, host, playpath, app;
  int protocol, good;
  unsigned int number;

  if (!r)
    return -1;
  RTMP_Init(r);
  memcpy(copy, url, sizeof url);
  good = RTMP_SetupURL(r, copy);
  RTMP_ParsePlaypath(&in, &out);
  good &= out.av_len == 1;
  free(out.av_val);
  memcpy(copy, "rtmp://h/", 9);
  memcpy(copy + 9, path, sizeof path);
  good &= RTMP_ParseURL(copy, &protocol, &host, &number, &playpath, &app);
  free(playpath.av_val);
  return released(r, good);
}

/* A message or aggregate that there is no memory for: what RTMP_Read gives in the end. */
static int play_long(void)
{
  static char flv[70000];
  RTMP *r = connected("rtmp", FALSE);
  int got;

  if (!r)
    return -1;
  if (!failing_size) {
    struct rlimit limit = { 0, RLIM_INFINITY };
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    must(file && fscanf(file, "%ld", &pages) == 1, "statm");
    fclose(file);
    limit.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + LONG + LONG / 3;
    must(setrlimit(RLIMIT_AS, &limit) == 0, "setrlimit");
  }
  while ((got = RTMP_Read(r, flv, sizeof flv)) > 0)
    ;
  must(strstr(RTMP_LastError(r), "allocate memory") != NULL, "a reason");
  return released(r, got);
}

/* A cut tag that there is no memory for is left out, the others are sent: one in front of it, one behind it, and one that
 * is cut in its header. */
static int publish_long(void)
{
  char *limit = tags + sizeof tags, *cut, *end;
  RTMP *r = connected("rtmp", TRUE);
  int good;

  if (!r)
    return -1;
  cut = put_tag(tags, limit, 9, 0, 'a', 300);
  end = put_tag(cut, limit, 9, 10, 'b', LONG);
  end = put_tag(end, limit, 9, 20, 'c', 300);
  good = RTMP_Write(r, tags, (int)(cut - tags) + 6) == cut - tags + 6;
  good &= RTMP_Write(r, cut + 6, 1000) == -1 && errno == ENOMEM;
  for (char *at = cut + 1006; at < end; at += 1000) {
    int size = end - at < 1000 ? (int)(end - at) : 1000;
    good &= RTMP_Write(r, at, size) == size;
  }
  return released(r, good);
}

/* --- The tries. */

struct scenario {
  const char *name;
  int (*run)(void);
  enum media media;
};

/* In the child: the try, then the same with memory. */
static void attempt(const void *argument)
{
  const struct scenario *scenario = argument;
  int has_its_own = scenario->run != publish_long && scenario->run != play_long;
  long blocks;

  alarm(PATIENCE);
  RTMP_LogSetCallback(hear);
  RTMP_LogSetLevel(level);
  blocks = failing_blocks;
  failing_on = 1;
  report->result = scenario->run();
  failing_on = 0;
  report->seen = failing_seen;
  failing_size = 0;
  failing_number = 0;
  must((has_its_own ? scenario->run : play)() == TRUE, "the next time");
  report->blocks = failing_blocks - blocks;
  _exit(0);
}

/* Only the first connection is the one without memory. */
static void serve_one(int fd, int number, const void *argument)
{
  const struct scenario *scenario = argument;
  int count = serve(fd, number ? SHORT_MEDIA : scenario->media);
  if (number == 0)
    whole = count;
}

/* One try: how the child ended. */
static int run(const struct scenario *scenario)
{
  memset(report, 0, sizeof *report);
  whole = 0;
  return try_in_child(attempt, serve_one, scenario);
}

static int fault(const struct scenario *scenario, const char *how, long number, int status)
{
  fprintf(stderr, "%s, %s %ld: %s %d\n", scenario->name, how, number, WIFSIGNALED(status) ? "signal" : "status",
          WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  return 1;
}

/* Lets allocation 1, 1 + `step`, ... fail, alone or with all behind it, until the scenario has no more of them. */
static void one_by_one(const struct scenario *scenario, int from_there, int step)
{
  int faults = 0, status;
  long blocks, all;

  failing_number = 0;
  must((status = run(scenario)) == 0, scenario->name);
  blocks = report->blocks;
  failing_from_there = from_there;
  all = report->seen;
  for (failing_number = 1; failing_number <= all; failing_number += step) {
    status = run(scenario);
    /* A failure may be followed by more than there was without it. */
    all = report->seen > all ? report->seen : all;
    if (status)
      faults += fault(scenario, "allocation", failing_number, status);
    else if (report->blocks != blocks)
      faults += fault(scenario, "blocks", failing_number, (int)(report->blocks - blocks) << 8);
  }
  printf("%s, %s: %d faults of %s\n", scenario->name, from_there ? "no more of them" : "one by one", faults,
         failing_number > 10 ? "many" : "few");
  failing_number = 0;
  failing_from_there = 0;
}

static void long_ones(const struct scenario *scenario, size_t size)
{
  int status;

  failing_size = size;
  status = run(scenario);
  failing_size = 0;
  printf("%s, %s: status %d, result %d, said %s, %d messages\n", scenario->name,
         size ? "long ones fail" : "no more address space", status, report->result, report->words ? "so" : "nothing", whole);
}

int main(void)
{
  static const struct scenario each[] = {
    { "play", play, SHORT_MEDIA },
    { "publish", publish, SHORT_MEDIA },
    { "setup", setup, SHORT_MEDIA },
    { "AMF", amf, SHORT_MEDIA },
    { "play, RTMPE", play_encrypted, SHORT_MEDIA },
    { "publish, RTMPE", publish_encrypted, SHORT_MEDIA },
  };
  static const struct scenario message = { "a long message", play_long, LONG_MESSAGE };
  static const struct scenario aggregate = { "a long aggregate", play_long, LONG_AGGREGATE };
  static const struct scenario tag = { "a long tag", publish_long, SHORT_MEDIA };

  setvbuf(stdout, NULL, _IOLBF, 0);
  report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  must(report != MAP_FAILED, "mmap");
  RTMP_LogSetLevel(RTMP_LOGCRIT); /* the server expects clients to go */
  listen_somewhere();
  /* This process remembers the connection that it served last, and children begin with that. */
  must(run(&each[0]) == 0, "the first time");
  for (size_t i = 0; i < sizeof each / sizeof *each; i++) {
    /* The handshakes of RTMPE take long when the library is not optimised. */
    level = i < 4 ? RTMP_LOGALL : RTMP_LOGERROR;
    one_by_one(&each[i], 0, i < 4 ? 1 : 5);
    level = RTMP_LOGERROR;
    if (i < 4)
      one_by_one(&each[i], 1, 1);
  }
  long_ones(&message, 0);
  long_ones(&aggregate, 0);
  long_ones(&message, 1000000);
  long_ones(&aggregate, 1000000);
  long_ones(&tag, 1000000);
  return 0;
}
