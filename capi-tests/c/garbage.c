/* Initialisers on memory that holds anything: a handle, a packet, an object. */
#include "common.h"

/* Prints and clears the fields of a copy that begin with a value, and then whatever else is not 0. */
static void without_defaults(RTMP r)
{
  const unsigned char *byte = (const unsigned char *)&r;

  printf("chunks %d and %d, buffer %d, bandwidths %d, %d and %d, ", r.m_inChunkSize, r.m_outChunkSize, r.m_nBufferMS,
         r.m_nServerBW, r.m_nClientBW, r.m_nClientBW2);
  printf("codecs %g and %g, socket %d, age %d, timeout %d, other bytes:", r.m_fAudioCodecs, r.m_fVideoCodecs,
         r.m_sb.sb_socket, r.Link.swfAge, r.Link.timeout);
  r.m_inChunkSize = r.m_outChunkSize = r.m_nBufferMS = r.m_nServerBW = r.m_nClientBW = r.m_nClientBW2 = 0;
  r.m_fAudioCodecs = r.m_fVideoCodecs = 0;
  r.m_sb.sb_socket = r.Link.swfAge = r.Link.timeout = 0;
  for (size_t i = 0; i < sizeof r; i++)
    if (byte[i])
      printf(" %zu=%02x", i, byte[i]);
  printf("\n");
}

static void handle(void)
{
  GUARDED(RTMP) r;

  SPOIL(r);
  RTMP_Init(&r.it);
  printf("after RTMP_Init: ");
  without_defaults(r.it);
  printf("guards %s\n", UNTOUCHED(r));
  RTMP_Close(&r.it);
  printf("closed: socket %d, stream %d, guards %s\n", r.it.m_sb.sb_socket, r.it.m_stream_id, UNTOUCHED(r));
  RTMP_Close(&r.it);
  RTMP_Init(&r.it);
  printf("again: stream %d, timeout %d\n", r.it.m_stream_id, r.it.Link.timeout);
  RTMP_Close(&r.it);
}

static void packet(void)
{
  GUARDED(RTMPPacket) p;
  RTMPChunk *chunk;
  char *body;

  SPOIL(p);
  chunk = p.it.m_chunk;
  body = p.it.m_body;
  RTMPPacket_Reset(&p.it);
  printf("reset: %d %d %d %d %u %d %u %u, chunk %s, body %s, guards %s\n", p.it.m_headerType, p.it.m_packetType,
         p.it.m_hasAbsTimestamp, p.it.m_nChannel, p.it.m_nTimeStamp, p.it.m_nInfoField2, p.it.m_nBodySize,
         p.it.m_nBytesRead, p.it.m_chunk == chunk ? "kept" : "changed", p.it.m_body == body ? "kept" : "changed",
         UNTOUCHED(p));
  SPOIL(p);
  printf("alloc: %d", RTMPPacket_Alloc(&p.it, 100));
  printf(", body size %x, read %u, guards %s\n", p.it.m_nBodySize, p.it.m_nBytesRead, UNTOUCHED(p));
  print_hex("room and first bytes", p.it.m_body - RTMP_MAX_HEADER_SIZE, RTMP_MAX_HEADER_SIZE + 8);
  memset(p.it.m_body - RTMP_MAX_HEADER_SIZE, 1, RTMP_MAX_HEADER_SIZE + 100);
  RTMPPacket_Free(&p.it);
  printf("freed: %s\n", p.it.m_body ? "body left" : "no body");
  RTMPPacket_Free(&p.it);
}

static void out_parameters(void)
{
  static const char url[] = "rtmpe://host:81/app/file.mp4";
  GUARDED(AMFObject) object;
  AVal name, host, app, path;
  int protocol;
  unsigned port;

  SPOIL(object);
  printf("decode: %d", AMF_Decode(&object.it, "\0\0\0", 0, FALSE));
  printf(", %d properties, guards %s\n", object.it.o_num, UNTOUCHED(object));
  AMF_Reset(&object.it);
  memset(&name, GARBAGE, sizeof name);
  memset(&host, GARBAGE, sizeof host);
  memset(&app, GARBAGE, sizeof app);
  memset(&path, GARBAGE, sizeof path);
  memset(&protocol, GARBAGE, sizeof protocol);
  memset(&port, GARBAGE, sizeof port);
  AMF_DecodeString("\0\3abc", &name);
  print_aval("string", &name);
  printf("parse: %d", RTMP_ParseURL(url, &protocol, &host, &port, &path, &app));
  printf(", protocol %d, port %u\n", protocol, port);
  print_aval("host", &host);
  print_aval("app", &app);
  print_aval("playpath", &path);
  free(path.av_val);
}

int main(void)
{
  handle();
  packet();
  out_parameters();
  return 0;
}
