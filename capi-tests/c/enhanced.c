/* Enhanced RTMP for programs: what the server can do, and what audio and video say about themselves. */
#include "peer.h"

#include <stdarg.h>

/* In reading order; one is used at a time. */
static const char *name_of(uint32_t four_cc)
{
  static char name[5];

  if (four_cc == RTMP_FOURCC_ANY)
    return "*";
  for (int i = 0; i < 4; i++)
    name[i] = (char)(four_cc >> (24 - 8 * i));
  return four_cc ? name : "legacy";
}

/* --- The server's answer. */

static void print_list(RTMP *r, const char *name, int list, uint32_t count)
{
  uint32_t four_cc, flags, index = 0;

  printf("%s:", name);
  while (RTMP_GetFourCc(r, list, index, &four_cc, &flags)) {
    printf(" %s=%u", name_of(four_cc), flags);
    index++;
  }
  printf("%s\n", index == count ? "" : ", but there are others");
}

static void print_info(RTMP *r, int list, uint32_t four_cc, const char *end)
{
  uint32_t flags = GARBAGE;
  int is_known = RTMP_GetFourCcInfo(r, list, four_cc, &flags);

  printf("%s %s %u%s", name_of(four_cc), is_known ? "known" : "unknown", flags, end);
}

static void print_answer(RTMP *r)
{
  struct {
    RTMP_CAPABILITIES it;
    unsigned char later[8], after[8]; /* of a later version, and not of the struct at all */
  } c;

  SPOIL(c);
  c.it.size = sizeof c.it + sizeof c.later;
  if (!RTMP_GetCapabilities(r, &c.it)) {
    printf("no answer, said %u, fields %s\n", c.it.said, c.it.capsEx || c.it.listed ? "left" : "zero");
    return;
  }
  printf("said %x, enhanced %d, capsEx %u, size %s, later fields %s, bytes behind %s\n", c.it.said,
         (c.it.said & RTMP_SAID_ENHANCED) != 0, c.it.capsEx,
         c.it.size == sizeof c.it + sizeof c.later ? "kept" : "changed",
         memcmp(c.later, "\0\0\0\0\0\0\0", sizeof c.later) ? "left" : "zero",
         all_garbage(c.after, sizeof c.after) ? "untouched" : "OVERWRITTEN");
  print_list(r, "listed", RTMP_FOURCCS_LISTED, c.it.listed);
  print_list(r, "video", RTMP_FOURCCS_VIDEO, c.it.videoInfos);
  print_list(r, "audio", RTMP_FOURCCS_AUDIO, c.it.audioInfos);
  print_info(r, RTMP_FOURCCS_VIDEO, RTMP_FOURCC_HEVC, " ");
  print_info(r, RTMP_FOURCCS_VIDEO, RTMP_FOURCC_AV1, " ");
  print_info(r, RTMP_FOURCCS_AUDIO, RTMP_FOURCC_OPUS, " ");
  print_info(r, RTMP_FOURCCS_AUDIO, RTMP_FOURCC_FLAC, "\n");
}

static void *read_media(void *r)
{
  char flv[1000];
  while (RTMP_Read(r, flv, sizeof flv) > 0)
    ;
  return NULL;
}

static void answer(int enhanced)
{
  char url[] = "rtmp://host/app/stream live=1 timeout=50";
  struct peer peer = { .enhanced = enhanced, .media = 200 };
  RTMP *r = RTMP_Alloc();
  pthread_t reader;

  RTMP_Init(r);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  print_answer(r);
  r->m_sb.sb_socket = peer_start_as(&peer);
  must(RTMP_Connect1(r, NULL), "RTMP_Connect1");
  must(RTMP_ConnectStream(r, 0), "RTMP_ConnectStream");
  must(pthread_create(&reader, NULL, read_media, r) == 0, "pthread_create");
  /* Beside another thread, at any moment. */
  print_answer(r);
  must(pthread_join(reader, NULL) == 0, "pthread_join");
  RTMP_Close(r);
  print_answer(r);
  peer_wait(&peer);
  RTMP_Free(r);
}

/* The call closes the connection then: the answer is kept, and freed by RTMP_Close. */
static void refusal(void)
{
  char url[] = "rtmp://host/app/stream timeout=50";
  struct peer peer = { .enhanced = TRUE, .refuses = TRUE };
  RTMP *r = RTMP_Alloc();

  RTMP_Init(r);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  r->m_sb.sb_socket = peer_start_as(&peer);
  must(RTMP_Connect1(r, NULL), "RTMP_Connect1");
  must(!RTMP_ConnectStream(r, 0) && !RTMP_IsConnected(r), "refused");
  print_answer(r);
  RTMP_Close(r);
  print_answer(r);
  peer_wait(&peer);
  RTMP_Free(r);
}

/* --- Media. */

struct media {
  int type;
  size_t size;
  const char *bytes, *expected;
};

#define VIDEO(text) RTMP_PACKET_TYPE_VIDEO, sizeof(text) - 1, text
#define AUDIO(text) RTMP_PACKET_TYPE_AUDIO, sizeof(text) - 1, text
#define DATA(type) type, 5, "\x17\1\0\0\0"

/* Content, frame type, what else is said of the message; and its tracks, two of which are asked for. */
static const struct media all_media[] = {
  { VIDEO("\x90hvc1config"),
    "1 1, extended, configuration, codec 0, layout 1, hvc1 track 0, 0 ms, 0 ns; hvc1 0 at 5+6, 0 ms" },
  { VIDEO("\x91hvc1\0\0\x21" "data"),
    "4 1, extended, key, codec 0, layout 1, hvc1 track 0, 33 ms, 0 ns; hvc1 0 at 5+7, 33 ms" },
  { VIDEO("\xa1hvc1\xff\xff\xdf" "data"),
    "4 2, extended, codec 0, layout 1, hvc1 track 0, -33 ms, 0 ns; hvc1 0 at 5+7, -33 ms" },
  { VIDEO("\xa3hvc1data"),
    "4 2, extended, codec 0, layout 1, hvc1 track 0, 0 ms, 0 ns; hvc1 0 at 5+4, 0 ms" },
  { VIDEO("\x92hvc1"),
    "6 1, extended, codec 0, layout 1, hvc1 track 0, 0 ms, 0 ns; hvc1 0 at 5+0, 0 ms" },
  { VIDEO("\x91" "av01data"),
    "4 1, extended, key, codec 0, layout 1, av01 track 0, 0 ms, 0 ns; av01 0 at 5+4, 0 ms" },
  { VIDEO("\x84hvc1\2\0\x9" "colorInfo"),
    "5 0, extended, codec 0, layout 1, hvc1 track 0, 0 ms, 0 ns; hvc1 0 at 5+12, 0 ms" },
  { VIDEO("\xd1\0"),
    "7 5, extended, codec 0, layout 0, legacy track 0, 0 ms, 0 ns; legacy 0 at 2+0, 0 ms" },
  { VIDEO("\x96\0av01\1data"),
    "1 1, extended, configuration, codec 0, layout 2, av01 track 1, 0 ms, 0 ns; av01 1 at 7+4, 0 ms" },
  { VIDEO("\x97\2\0\1\xf4\1hvc1\0\0\0data"),
    "4 1, extended, key, codec 0, layout 1, hvc1 track 0, 0 ms, 500 ns; hvc1 0 at 10+7, 0 ms" },
  { VIDEO("\xb1vp09data"),
    "4 3, extended, droppable, codec 0, layout 1, vp09 track 0, 0 ms, 0 ns; vp09 0 at 5+4, 0 ms" },
  { VIDEO("\x96\x11hvc1\1\0\0\5\0\0\7ab\2\0\0\4\xff\xff\xff" "c"),
    "4 1, extended, key, codec 0, layout 3, hvc1 track 1, 7 ms, 0 ns; hvc1 1 at 10+5, 7 ms hvc1 2 at 19+4, -1 ms" },
  { VIDEO("\x96\x21" "avc1\0\0\0\3\0\0\x28" "av01\5\0\0\2de"),
    "4 1, extended, key, codec 0, layout 4, avc1 track 0, 40 ms, 0 ns; avc1 0 at 10+3, 40 ms av01 5 at 21+2, 0 ms" },
  { VIDEO("\x17\0\0\0\0config"),
    "1 1, key, configuration, codec 7, layout 0, legacy track 0, 0 ms, 0 ns; legacy 0 at 1+10, 0 ms" },
  { VIDEO("\x17\1\0\0\x28" "data"),
    "4 1, key, codec 7, layout 0, legacy track 0, 40 ms, 0 ns; legacy 0 at 1+8, 40 ms" },
  { VIDEO("\x27\1\xff\xff\xff" "data"),
    "4 2, codec 7, layout 0, legacy track 0, -1 ms, 0 ns; legacy 0 at 1+8, -1 ms" },
  { VIDEO("\x22" "data"),
    "4 2, codec 2, layout 0, legacy track 0, 0 ms, 0 ns; legacy 0 at 1+4, 0 ms" },
  { VIDEO("\x37\1\0\0\0data"),
    "4 3, droppable, codec 7, layout 0, legacy track 0, 0 ms, 0 ns; legacy 0 at 1+8, 0 ms" },
  { VIDEO("\x52\0"),
    "7 5, codec 2, layout 0, legacy track 0, 0 ms, 0 ns; legacy 0 at 1+1, 0 ms" },
  { AUDIO(""),
    "8 0, codec 0, layout 0, legacy track 0, 0 ms, 0 ns; legacy 0 at 0+0, 0 ms" },
  { AUDIO("\xaf\0\x12\x10"),
    "1 0, configuration, codec 10, layout 0, legacy track 0, 0 ms, 0 ns; legacy 0 at 1+3, 0 ms" },
  { AUDIO("\xaf\1data"),
    "4 0, codec 10, layout 0, legacy track 0, 0 ms, 0 ns; legacy 0 at 1+5, 0 ms" },
  { AUDIO("\x2f" "data"),
    "4 0, codec 2, layout 0, legacy track 0, 0 ms, 0 ns; legacy 0 at 1+4, 0 ms" },
  { AUDIO("\x90OpusOpusHead"),
    "1 0, extended, configuration, codec 0, layout 1, Opus track 0, 0 ms, 0 ns; Opus 0 at 5+8, 0 ms" },
  { AUDIO("\x92mp4a"),
    "6 0, extended, codec 0, layout 1, mp4a track 0, 0 ms, 0 ns; mp4a 0 at 5+0, 0 ms" },
  { AUDIO("\x94" "fLaC\1\2\0\0\0\3"),
    "3 0, extended, configuration, codec 0, layout 1, fLaC track 0, 0 ms, 0 ns; fLaC 0 at 5+6, 0 ms" },
  { AUDIO("\x95\x11" "ac-3\1\0\0\1a\2\0\0\0"),
    "4 0, extended, codec 0, layout 3, ac-3 track 1, 0 ms, 0 ns; ac-3 1 at 10+1, 0 ms ac-3 2 at 15+0, 0 ms" },
  { VIDEO(""), "unclassified" },
  { VIDEO("\x98hvc1data"), "unclassified" },
  { VIDEO("\x91hvc"), "unclassified" },
  { VIDEO("\x91hvc1\0\0"), "unclassified" },
  { VIDEO("\x97\xff\xff\xff"), "unclassified" },
  { VIDEO("\x96\x11hvc1\1\xff\xff\xff"), "unclassified" },
  { VIDEO("\x96\6hvc1\1"), "unclassified" },
  { AUDIO("\x93Opus"), "unclassified" },
  { DATA(RTMP_PACKET_TYPE_INFO), "unclassified" },
  { DATA(9 + 256), "unclassified" },
  { DATA(-1), "unclassified" },
};

/* What is to be compared with. */
static char said[400];

static void say(const char *format, ...)
{
  size_t count = strlen(said);
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(said + count, sizeof said - count, format, arguments);
  va_end(arguments);
}

static void say_tracks(const struct media *m, const char *body, uint32_t expected)
{
  GUARDED(struct { RTMP_TRACK one[2]; }) t;
  uint32_t count;

  SPOIL(t);
  t.it.one[0].size = sizeof t.it.one[0];
  count = RTMP_GetPayloadTracks(m->type, body, (uint32_t)m->size, t.it.one, 2);
  must(count == (expected < 2 ? expected : 2), "as many tracks as there are, and as fit");
  for (uint32_t i = 0; i < count; i++) {
    const RTMP_TRACK *track = &t.it.one[i];
    say(" %s %u at %u+%u, %d ms", name_of(track->fourCc), track->trackId, track->offset, track->length,
        track->compositionTime);
    must(track->offset + track->length <= m->size, "inside the body");
  }
  must(!strcmp(UNTOUCHED(t), "untouched"), "guards of tracks");
}

static int check(const struct media *m)
{
  /* Memory of its own, of which checkers know the end. */
  char *body = m->size ? malloc(m->size) : NULL;
  GUARDED(RTMP_PAYLOAD) p;
  const RTMP_PAYLOAD *it = &p.it;

  for (size_t i = 0; i < m->size; i++)
    body[i] = m->bytes[i];
  SPOIL(p);
  p.it.size = sizeof p.it;
  said[0] = 0;
  if (RTMP_ClassifyPayload(m->type, body, (uint32_t)m->size, &p.it))
    say("%u %u,%s%s%s%s codec %u, layout %u, %s track %u, %d ms, %u ns;", it->content, it->frameType,
        it->isExtended ? " extended," : "", it->isKey ? " key," : "", it->isConfiguration ? " configuration," : "",
        it->isDroppable ? " droppable," : "", it->codec, it->layout, name_of(it->fourCc), it->trackId,
        it->compositionTime, it->nanoOffset);
  else
    say("unclassified%s", it->content || it->nanoOffset || it->tracks ? ", but not zero" : "");
  say_tracks(m, body, it->tracks);
  must(!strcmp(UNTOUCHED(p), "untouched"), "guards");
  if (strcmp(said, m->expected))
    printf("type %d, byte %02x: %s\n  expected: %s\n", m->type, (unsigned char)m->bytes[0], said, m->expected);
  free(body);
  return !strcmp(said, m->expected);
}

/* A body that ends anywhere is not read behind its end. */
static void cut(const struct media *m)
{
  RTMP_PAYLOAD payload;
  RTMP_TRACK tracks[2];

  payload.size = sizeof payload;
  tracks[0].size = sizeof tracks[0];
  for (size_t end = 1; end < m->size; end++) {
    char *part = malloc(end);
    memcpy(part, m->bytes, end);
    RTMP_ClassifyPayload(m->type, part, (uint32_t)end, &payload);
    RTMP_GetPayloadTracks(m->type, part, (uint32_t)end, tracks, 2);
    free(part);
  }
}

/* The room says how many there are, and the size of the first how long each is. */
static void longer_tracks(void)
{
  static const char two[] = "\x96\x11hvc1\1\0\0\3\0\0\7\2\0\0\3\0\0\x8";
  struct longer {
    RTMP_TRACK it;
    uint32_t later;
  } t[3];

  SPOIL(t);
  t[0].it.size = sizeof t[0];
  printf("%u of 3 long ones:", RTMP_GetPayloadTracks(RTMP_PACKET_TYPE_VIDEO, two, sizeof two - 1, &t[0].it, 3));
  for (int i = 0; i < 2; i++)
    printf(" %u %d ms, size %s, later %u;", t[i].it.trackId, t[i].it.compositionTime,
           t[i].it.size == sizeof t[i] ? "kept" : "changed", t[i].later);
  printf(" the third is %s\n", all_garbage((unsigned char *)&t[2], sizeof t[2]) ? "untouched" : "OVERWRITTEN");
  t[0].it.size = sizeof(RTMP_TRACK) - 1;
  printf("too short: %u, no room: %u\n", RTMP_GetPayloadTracks(RTMP_PACKET_TYPE_VIDEO, two, sizeof two - 1, &t[0].it, 3),
         RTMP_GetPayloadTracks(RTMP_PACKET_TYPE_VIDEO, two, sizeof two - 1, NULL, 0));
}

int main(void)
{
  static const uint32_t names[] = {
    RTMP_FOURCC_VP8, RTMP_FOURCC_VP9, RTMP_FOURCC_AV1, RTMP_FOURCC_AVC, RTMP_FOURCC_HEVC, RTMP_FOURCC_VVC,
    RTMP_FOURCC_AC3, RTMP_FOURCC_EAC3, RTMP_FOURCC_OPUS, RTMP_FOURCC_MP3, RTMP_FOURCC_FLAC, RTMP_FOURCC_AAC,
  };
  int right = 0;

  RTMP_LogSetLevel(RTMP_LOGCRIT);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    printf("%s%s", name_of(names[i]), i + 1 < sizeof names / sizeof *names ? " " : "\n");
  answer(TRUE);
  answer(FALSE);
  refusal();
  for (size_t i = 0; i < sizeof all_media / sizeof *all_media; i++) {
    right += check(&all_media[i]);
    cut(&all_media[i]);
  }
  printf("%d of %d messages as expected\n", right, (int)(sizeof all_media / sizeof *all_media));
  longer_tracks();
  return 0;
}
