/* Publishes H.264 as encoders give it (Annex B), message by message:   publish_h264 FILE.h264 FRAMES_A_SECOND URL
 *
 * It shows what RTMP wants of H.264: the parameter sets once, in front (the "AVC sequence header"), then each picture as
 * one message, its NAL units behind their lengths in place of start codes. The encoder may not reorder pictures
 * (x264: bframes=0); with B-frames the composition time would have to be filled in. */
#define _POSIX_C_SOURCE 200809L
#include <librtmp/log.h>
#include <librtmp/rtmp.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AVC_STRING(text) { (char *)(text), sizeof(text) - 1 }

enum { SLICE = 1, IDR = 5, SPS = 7, PPS = 8, DELIMITER = 9 };
enum { CHUNK_STREAM = 4, KEY_FRAME = 0x17, INTER_FRAME = 0x27, SEQUENCE_HEADER = 0, PICTURE = 1 };

struct nal {
  const unsigned char *bytes;
  size_t size;
};

struct publisher {
  RTMP *r;
  double frames_a_second;
  unsigned long pictures;   /* sent */
  struct nal sps, pps;      /* the newest */
  int has_begun;            /* the sequence header is sent */
  uint32_t start;           /* when that was */
  unsigned char *picture;   /* NAL units behind their lengths */
  size_t size;
  int has_slice, is_key;    /* of the picture that is being put together */
};

/* --- messages --- */

static uint32_t now(const struct publisher *p)
{
  return (uint32_t)((double)p->pictures * 1000 / p->frames_a_second + 0.5);
}

/* Sends head and body as one message of the stream. */
static int send_message(struct publisher *p, int type, const void *head, size_t head_size, const void *body, size_t size)
{
  RTMPPacket packet = { 0 };
  int is_sent;
  if (!RTMPPacket_Alloc(&packet, (uint32_t)(head_size + size)))
    return 0;
  memcpy(packet.m_body, head, head_size);
  memcpy(packet.m_body + head_size, body, size);
  packet.m_nBodySize = (uint32_t)(head_size + size);
  packet.m_packetType = (uint8_t)type;
  packet.m_nChannel = CHUNK_STREAM;
  packet.m_nInfoField2 = p->r->m_stream_id;
  packet.m_nTimeStamp = now(p);
  /* The first message of a chunk stream says everything, the others leave out what is the same. */
  packet.m_headerType = p->has_begun ? RTMP_PACKET_SIZE_MEDIUM : RTMP_PACKET_SIZE_LARGE;
  is_sent = RTMP_SendPacket(p->r, &packet, FALSE);
  RTMPPacket_Free(&packet);
  return is_sent;
}

static int send_metadata(struct publisher *p)
{
  static const AVal instruction = AVC_STRING("@setDataFrame"), name = AVC_STRING("onMetaData"),
                    codec = AVC_STRING("videocodecid"), rate = AVC_STRING("framerate");
  char text[256], *limit = text + sizeof text, *end = text;
  end = AMF_EncodeString(end, limit, &instruction);
  end = AMF_EncodeString(end, limit, &name);
  *end++ = AMF_OBJECT;
  end = AMF_EncodeNamedNumber(end, limit, &codec, 7);
  end = AMF_EncodeNamedNumber(end, limit, &rate, p->frames_a_second);
  end = AMF_EncodeInt24(end, limit, AMF_OBJECT_END);
  return send_message(p, RTMP_PACKET_TYPE_INFO, text, (size_t)(end - text), NULL, 0);
}

/* The next number of a NAL unit, in Exp-Golomb code, H.264 9.1. The first ones of an SPS need no unescaping. */
static unsigned read_number(const struct nal *nal, size_t *bit)
{
  unsigned value = 1;
  int zeros = 0;
  while (*bit < nal->size * 8 && zeros < 16 && !(nal->bytes[*bit / 8] >> (7 - *bit % 8) & 1)) {
    zeros++;
    ++*bit;
  }
  for (++*bit; zeros > 0 && *bit < nal->size * 8; zeros--, ++*bit)
    value = value << 1 | (nal->bytes[*bit / 8] >> (7 - *bit % 8) & 1);
  return value - 1;
}

/* What the High profiles add to the record: how colours are sampled, in how many bits. */
static unsigned char *put_format(unsigned char *end, const struct nal *sps)
{
  size_t bit = 32; /* behind type, profile, compatibility and level */
  unsigned chroma;
  read_number(sps, &bit);
  chroma = read_number(sps, &bit);
  bit += chroma == 3;
  *end++ = (unsigned char)(0xfc | chroma);
  *end++ = (unsigned char)(0xf8 | read_number(sps, &bit));
  *end++ = (unsigned char)(0xf8 | read_number(sps, &bit));
  *end++ = 0;
  return end;
}

/* AVCDecoderConfigurationRecord, ISO/IEC 14496-15. */
static int send_sequence_header(struct publisher *p)
{
  const unsigned char *sps = p->sps.bytes;
  unsigned char record[1024], *end = record;
  if (p->sps.size < 4 || p->sps.size + p->pps.size + 9 > sizeof record)
    return 0;
  /* Version, profile, compatibility, level; lengths of 4 bytes; one SPS; one PPS. */
  const unsigned char head[] = { KEY_FRAME, SEQUENCE_HEADER, 0, 0, 0, 1, sps[1], sps[2], sps[3], 0xff, 0xe1 };
  *end++ = (unsigned char)(p->sps.size >> 8);
  *end++ = (unsigned char)p->sps.size;
  memcpy(end, sps, p->sps.size);
  end += p->sps.size;
  *end++ = 1;
  *end++ = (unsigned char)(p->pps.size >> 8);
  *end++ = (unsigned char)p->pps.size;
  memcpy(end, p->pps.bytes, p->pps.size);
  end += p->pps.size;
  if (sps[1] == 100 || sps[1] == 110 || sps[1] == 122 || sps[1] == 144)
    end = put_format(end, &p->sps);
  return send_message(p, RTMP_PACKET_TYPE_VIDEO, head, sizeof head, record, (size_t)(end - record));
}

/* RTMP_SendPacket reads nothing: what the server says (pings, that it refuses) is for who sends packets to read. */
static int listen_to_server(RTMP *r)
{
  struct pollfd socket = { .fd = RTMP_Socket(r), .events = POLLIN };
  RTMPPacket packet = { 0 };
  while (r->m_sb.sb_size > 0 || poll(&socket, 1, 0) > 0) {
    if (!RTMP_ReadPacket(r, &packet))
      return 0;
    if (RTMPPacket_IsReady(&packet)) {
      RTMP_ClientPacket(r, &packet);
      RTMPPacket_Free(&packet);
    }
  }
  return RTMP_IsConnected(r);
}

/* --- pictures --- */

static void wait_for(const struct publisher *p)
{
  uint32_t passed = RTMP_GetTime() - p->start, due = now(p);
  if (due > passed) {
    struct timespec time = { (due - passed) / 1000, (long)((due - passed) % 1000) * 1000000 };
    nanosleep(&time, NULL);
  }
}

static int send_picture(struct publisher *p)
{
  const unsigned char head[] = { p->is_key ? KEY_FRAME : INTER_FRAME, PICTURE, 0, 0, 0 };
  if (!p->has_slice)
    return 1;
  if (!p->has_begun) {
    /* Nothing can be shown before the parameter sets are known. */
    if (!p->sps.size || !p->pps.size || !send_metadata(p) || !send_sequence_header(p))
      return 0;
    p->has_begun = 1;
    p->start = RTMP_GetTime();
  }
  wait_for(p);
  if (!send_message(p, RTMP_PACKET_TYPE_VIDEO, head, sizeof head, p->picture, p->size))
    return 0;
  p->pictures++;
  p->size = 0;
  p->has_slice = p->is_key = 0;
  return listen_to_server(p->r);
}

static int add(struct publisher *p, struct nal nal)
{
  int type = nal.bytes[0] & 0x1f, is_slice = type >= SLICE && type <= IDR;
  /* A picture ends where the next one's first slice (its first number, 0, is a single 1 bit) or anything but a slice
   * begins. */
  if (p->has_slice && (!is_slice || (nal.size > 1 && nal.bytes[1] & 0x80)) && !send_picture(p))
    return 0;
  if (type == SPS)
    p->sps = nal;
  else if (type == PPS)
    p->pps = nal;
  else if (type != DELIMITER) {
    unsigned char *to = realloc(p->picture, p->size + 4 + nal.size);
    if (!to)
      return 0;
    p->picture = to;
    for (int shift = 24; shift >= 0; shift -= 8)
      to[p->size++] = (unsigned char)(nal.size >> shift);
    memcpy(to + p->size, nal.bytes, nal.size);
    p->size += nal.size;
    p->has_slice |= is_slice;
    p->is_key |= type == IDR;
  }
  return 1;
}

/* The next start code (00 00 01), or the end. */
static const unsigned char *next_start(const unsigned char *at, const unsigned char *end)
{
  for (; end - at >= 3; at++)
    if (at[0] == 0 && at[1] == 0 && at[2] == 1)
      return at;
  return end;
}

static int publish(struct publisher *p, const unsigned char *bytes, size_t size)
{
  const unsigned char *end = bytes + size, *at = next_start(bytes, end);
  while (at < end) {
    const unsigned char *from = at + 3, *to = at = next_start(from, end);
    /* Zeros in front of a start code belong to it. */
    while (to > from && to[-1] == 0)
      to--;
    if (to > from && !add(p, (struct nal){ from, (size_t)(to - from) }))
      return 0;
  }
  return send_picture(p);
}

static unsigned char *load(const char *name, size_t *size)
{
  FILE *file = fopen(name, "rb");
  unsigned char *bytes = NULL;
  long length;
  if (file && fseek(file, 0, SEEK_END) == 0 && (length = ftell(file)) > 0 && (bytes = malloc((size_t)length))) {
    rewind(file);
    *size = fread(bytes, 1, (size_t)length, file);
  }
  if (file)
    fclose(file);
  return bytes;
}

int main(int count, char **words)
{
  struct publisher p = { 0 };
  unsigned char *bytes;
  size_t size;
  int is_fine;

  if (count != 4 || (p.frames_a_second = atof(words[2])) <= 0) {
    fprintf(stderr, "usage: %s FILE.h264 FRAMES_A_SECOND URL\n", words[0]);
    return 2;
  }
  if (!(bytes = load(words[1], &size)) || !(p.r = RTMP_Alloc())) {
    perror(words[1]);
    return 1;
  }
  /* The original librtmp lets a server that goes end the program. */
  signal(SIGPIPE, SIG_IGN);
  RTMP_Init(p.r);

  is_fine = RTMP_SetupURL(p.r, words[3]);
  RTMP_EnableWrite(p.r);
  is_fine = is_fine && RTMP_Connect(p.r, NULL) && RTMP_ConnectStream(p.r, 0) && publish(&p, bytes, size);
  printf("%lu pictures\n", p.pictures);

  RTMP_Close(p.r);
  RTMP_Free(p.r);
  free(p.picture);
  free(bytes);
  return is_fine ? 0 : 1;
}
