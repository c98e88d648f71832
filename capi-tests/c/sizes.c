/* Structs that begin with their size in the program: of all sizes, at all places, up to the end of what is mapped. The original
 * has none of them. */
#include "common.h"

#include <errno.h>
#include <sys/mman.h>

/* The first versions, which stay: of machines with pointers of 64 bits, and of 32. */
#define IS_WIDE (sizeof(void *) == 8)
_Static_assert(sizeof(RTMP_ERROR) == 1108, "RTMP_ERROR");
_Static_assert(sizeof(RTMP_STATS) == 128, "RTMP_STATS");
_Static_assert(sizeof(RTMP_WANT) == 16, "RTMP_WANT");
_Static_assert(sizeof(RTMP_CAPABILITIES) == 32, "RTMP_CAPABILITIES");
_Static_assert(sizeof(RTMP_RECONNECT) == 3152, "RTMP_RECONNECT");
_Static_assert(sizeof(RTMP_PAYLOAD) == 56, "RTMP_PAYLOAD");
_Static_assert(sizeof(RTMP_TRACK) == 24, "RTMP_TRACK");
_Static_assert(sizeof(RTMP_CONFIG) == (IS_WIDE ? 88 : 56), "RTMP_CONFIG");
_Static_assert(sizeof(RTMP_EVENT) == (IS_WIDE ? 64 : 36), "RTMP_EVENT");

/* No struct is longer, whatever it says. */
#define LONGEST 4096

/* Two pages, and one behind them that is nobody's. */
static unsigned char *end;
static size_t room;
static unsigned faults;

static void wrong(const char *name, unsigned size, const char *what)
{
  fprintf(stderr, "%s of %u bytes: %s\n", name, size, what);
  faults++;
}

static void map(void)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  unsigned char *begin = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  must(begin != MAP_FAILED, "mmap");
  room = 2 * page;
  end = begin + room;
  must(mprotect(end, page, PROT_NONE) == 0, "mprotect");
}

/* --- what fills them --- */

/* Enhanced RTMP: coded frames of HEVC, in one track. */
static const char frame[] = "\x91hvc1\0\0\0frame";

static int get_error(RTMP *r, void *place) { return RTMP_GetError(r, place); }
static int get_stats(RTMP *r, void *place) { return RTMP_GetStats(r, place); }
static int want(RTMP *r, void *place) { return RTMP_Want(r, place); }
static int get_capabilities(RTMP *r, void *place) { return RTMP_GetCapabilities(r, place); }
static int get_request(RTMP *r, void *place) { return RTMP_GetReconnectRequest(r, place); }

static int classify(RTMP *r, void *place)
{
  return RTMP_ClassifyPayload(r ? RTMP_PACKET_TYPE_VIDEO : RTMP_PACKET_TYPE_INFO, frame, sizeof frame - 1, place);
}

static int get_track(RTMP *r, void *place)
{
  return (int)RTMP_GetPayloadTracks(r ? RTMP_PACKET_TYPE_VIDEO : RTMP_PACKET_TYPE_INFO, frame, sizeof frame - 1, place, 1);
}

/* What is left where there is nothing to tell (or no handle): zeros, or what was there. */
enum left { ZEROS, ALL };

static const struct kind {
  const char *name;
  unsigned size;
  int (*get)(RTMP *r, void *place);
  enum left left;
  int has_always_something;
} kinds[] = {
  { "RTMP_ERROR", sizeof(RTMP_ERROR), get_error, ALL, TRUE },
  { "RTMP_STATS", sizeof(RTMP_STATS), get_stats, ALL, TRUE },
  { "RTMP_WANT", sizeof(RTMP_WANT), want, ALL, TRUE },
  { "RTMP_CAPABILITIES", sizeof(RTMP_CAPABILITIES), get_capabilities, ZEROS, FALSE },
  { "RTMP_RECONNECT", sizeof(RTMP_RECONNECT), get_request, ZEROS, FALSE },
  { "RTMP_PAYLOAD", sizeof(RTMP_PAYLOAD), classify, ZEROS, TRUE },
  { "RTMP_TRACK", sizeof(RTMP_TRACK), get_track, ALL, TRUE },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

/* --- one struct --- */

static int is_all(const unsigned char *bytes, size_t count, unsigned char value)
{
  for (size_t i = 0; i < count; i++)
    if (bytes[i] != value)
      return 0;
  return 1;
}

/* A struct that says that it has `size` bytes, and has `there`, so many bytes in front of the end. */
static unsigned char *make(uint32_t size, size_t there, size_t behind)
{
  unsigned char *place = end - behind - there;
  memset(end - room, GARBAGE, room);
  memcpy(place, &size, sizeof size);
  return place;
}

static int is_changed(const unsigned char *place, uint32_t size, size_t used)
{
  return memcmp(place, &size, sizeof size) || !is_all(end - room, (size_t)(place - (end - room)), GARBAGE)
         || !is_all(place + used, (size_t)(end - place) - used, GARBAGE);
}

/* Has it filled, or not, where nothing is mapped behind it (or `behind` bytes are). `expected` has as many bytes as the first
 * version, NULL: nothing is told. */
static void fill(const struct kind *kind, RTMP *r, uint32_t size, size_t behind, const unsigned char *expected)
{
  int is_taken = size >= kind->size && size <= LONGEST;
  /* Of one that is refused the size alone is there. */
  unsigned char *place = make(size, is_taken ? size : sizeof size, behind);
  int result = kind->get(r, place);
  size_t used = !is_taken || (!expected && kind->left == ALL) ? sizeof size : size;

  if (result != (is_taken && expected))
    wrong(kind->name, size, "is it filled?");
  if (is_changed(place, size, used))
    wrong(kind->name, size, "more is written than it says");
  if (used > sizeof size && expected
      && (memcmp(place + 4, expected + 4, kind->size - 4) || !is_all(place + kind->size, size - kind->size, 0)))
    wrong(kind->name, size, "what it is filled with");
  if (used > sizeof size && !expected && !is_all(place + 4, size - 4, 0))
    wrong(kind->name, size, "it is not zero");
}

static unsigned all_sizes(const struct kind *kind, RTMP *r, const unsigned char *expected)
{
  const uint32_t sizes[] = {
    0, 1, 3, 4, 5, kind->size / 2, kind->size - 4, kind->size - 1, kind->size, kind->size + 1, kind->size + 2, kind->size + 3,
    kind->size + 4, kind->size + 8, kind->size + 17, 2 * kind->size <= LONGEST ? 2 * kind->size : 4000, LONGEST - 1, LONGEST,
    LONGEST + 1, 65536, 0x7fffffff, 0x80000000, UINT32_MAX - 1, UINT32_MAX,
  };
  unsigned count = 0;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (size_t behind = 0; behind < 5; behind++, count++)
      fill(kind, r, sizes[i], behind, expected);
  return count;
}

static void try_kind(const struct kind *kind, RTMP *fresh, RTMP *known)
{
  unsigned char expected[LONGEST];
  unsigned before = faults, count = 0;
  uint32_t size = kind->size;

  memset(expected, GARBAGE, sizeof expected);
  memcpy(expected, &size, sizeof size);
  must(kind->get(known, expected) == TRUE, kind->name);
  count += all_sizes(kind, known, expected);
  if (!kind->has_always_something)
    count += all_sizes(kind, fresh, NULL);
  count += all_sizes(kind, NULL, NULL);
  must(kind->get(known, NULL) == FALSE && kind->get(NULL, NULL) == FALSE, "NULL");
  printf("%s: %u structs, %u faults\n", kind->name, count, faults - before);
}

/* --- several, which follow each other at the distance that the first one says --- */

static void try_tracks(void)
{
  /* Two tracks of AV1 and HEVC: ManyTracksManyCodecs. */
  static const char many[] = "\x96\x21" "av01\1\0\0\3abc" "hvc1\2\0\0\5\0\0\7de";
  for (unsigned size = sizeof(RTMP_TRACK); size < sizeof(RTMP_TRACK) + 10; size++) {
    unsigned char *place = make(size, 2 * size, 0);
    RTMP_TRACK second;
    uint32_t count = RTMP_GetPayloadTracks(RTMP_PACKET_TYPE_VIDEO, many, sizeof many - 1, (RTMP_TRACK *)(void *)place, 3);
    memcpy(&second, place + size, sizeof second);
    if (count != 2 || second.size != size || second.trackId != 2 || second.fourCc != RTMP_FOURCC_HEVC)
      wrong("RTMP_TRACK[2]", size, "the second");
    if (is_changed(place, size, 2 * size) || !is_all(place + 2 * size - (size - sizeof second), size - sizeof second, 0))
      wrong("RTMP_TRACK[2]", size, "behind the second");
  }
}

/* --- one that is read --- */

static int on_event_size;

static void on_event(void *user, const RTMP_EVENT *event)
{
  (void)user;
  on_event_size = event->size == sizeof *event;
}

static void try_config(RTMP *r)
{
  static const uint32_t sizes[] = {
    0, 1, 3, 4, sizeof(RTMP_CONFIG) - 1, sizeof(RTMP_CONFIG), sizeof(RTMP_CONFIG) + 1, sizeof(RTMP_CONFIG) + 3,
    sizeof(RTMP_CONFIG) + 8, LONGEST - 1, LONGEST, LONGEST + 1, 0x80000000, UINT32_MAX,
  };
  static char host[] = "host:1935";
  unsigned before = faults;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (size_t behind = 0; behind < 5; behind++) {
      int is_taken = sizes[i] >= sizeof(RTMP_CONFIG) && sizes[i] <= LONGEST;
      RTMP_CONFIG config = { .size = sizes[i], .family = 6, .connectTo = host };
      unsigned char *place = make(sizes[i], is_taken ? sizes[i] : sizeof sizes[i], behind);
      if (is_taken)
        memcpy(place, &config, sizeof config);
      errno = 0;
      if (RTMP_Configure(r, (const RTMP_CONFIG *)(const void *)place) != is_taken || errno != (is_taken ? 0 : EINVAL))
        wrong("RTMP_CONFIG", sizes[i], "is it taken?");
      if (is_taken ? memcmp(place, &config, sizeof config) != 0 || is_changed(place, sizes[i], sizeof config)
                   : is_changed(place, sizes[i], sizeof sizes[i]))
        wrong("RTMP_CONFIG", sizes[i], "it is changed");
      must(RTMP_Configure(r, NULL), "it is forgotten");
    }
  must(RTMP_Configure(NULL, NULL) == FALSE, "NULL");
  printf("RTMP_CONFIG: %u faults\n", faults - before);
}

/* --- a handle whose server has told all there is --- */

static char *encode_status(char *into, char *limit)
{
  static const AVal names[] = { { (char *)"level", 5 }, { (char *)"code", 4 } };
  static const AVal values[] = { { (char *)"status", 6 }, { (char *)"NetConnection.Connect.ReconnectRequest", 38 } };
  static const AVal name = { (char *)"onStatus", 8 };
  into = AMF_EncodeNumber(AMF_EncodeString(into, limit, &name), limit, 0);
  *into++ = AMF_NULL;
  *into++ = AMF_OBJECT;
  for (int i = 0; i < 2; i++)
    into = AMF_EncodeNamedString(into, limit, &names[i], &values[i]);
  return AMF_EncodeInt24(into, limit, AMF_OBJECT_END);
}

static char *encode_answer(char *into, char *limit)
{
  static const AVal name = { (char *)"_result", 7 }, capsEx = { (char *)"capsEx", 6 };
  into = AMF_EncodeNumber(AMF_EncodeString(into, limit, &name), limit, 1);
  *into++ = AMF_NULL;
  *into++ = AMF_OBJECT;
  return AMF_EncodeInt24(AMF_EncodeNamedNumber(into, limit, &capsEx, 5), limit, AMF_OBJECT_END);
}

static char *encode_connect(char *into, char *limit)
{
  static const AVal name = { (char *)"connect", 7 };
  return AMF_EncodeNumber(AMF_EncodeString(into, limit, &name), limit, 1);
}

static RTMPPacket command(char *(*encode)(char *into, char *limit))
{
  static char bytes[RTMP_MAX_HEADER_SIZE + 200];
  RTMPPacket packet = { 0 };
  packet.m_nChannel = 3;
  packet.m_packetType = RTMP_PACKET_TYPE_INVOKE;
  packet.m_body = bytes + RTMP_MAX_HEADER_SIZE;
  packet.m_nBodySize = packet.m_nBytesRead = (uint32_t)(encode(packet.m_body, bytes + sizeof bytes) - packet.m_body);
  return packet;
}

/* The other end of its connection. */
static int inform(RTMP *r)
{
  static char url[64];
  static RTMP_CONFIG config = { .size = sizeof config, .onEvent = on_event };
  int pair[2];
  RTMPPacket packet = command(encode_connect);
  make_pair(pair);
  strcpy(url, "rtmp://host/app/stream reconnect=report");
  must(RTMP_SetupURL(r, url) && RTMP_Configure(r, &config), "set-up");
  r->m_sb.sb_socket = pair[0];
  must(RTMP_SendPacket(r, &packet, TRUE), "RTMP_SendPacket");
  packet = command(encode_answer);
  RTMP_ClientPacket(r, &packet);
  packet = command(encode_status);
  RTMP_ClientPacket(r, &packet);
  printf("RTMP_EVENT: %s\n", on_event_size ? "as long as it says" : "OTHERS");
  return pair[1];
}

int main(void)
{
  RTMP *fresh = RTMP_Alloc(), *known = RTMP_Alloc();
  int peer;
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  map();
  RTMP_Init(fresh);
  RTMP_Init(known);
  try_config(fresh);
  peer = inform(known);
  for (size_t i = 0; i < KINDS; i++)
    try_kind(&kinds[i], fresh, known);
  try_tracks();
  RTMP_Close(known);
  RTMP_Close(fresh);
  RTMP_Free(known);
  RTMP_Free(fresh);
  close(peer);
  printf("%u faults\n", faults);
  return 0;
}
