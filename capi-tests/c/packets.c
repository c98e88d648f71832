/* Who owns the body of a packet: the three ways in which programs make packets to send. */
#include "common.h"

#define SIZE 300

static RTMP *sender;
static int receiver;

static void begin(void)
{
  int pair[2];
  make_pair(pair);
  sender = RTMP_Alloc();
  RTMP_Init(sender);
  sender->m_sb.sb_socket = pair[0];
  receiver = pair[1];
}

static void end(const char *name)
{
  size_t count;
  unsigned char *bytes;

  RTMP_Close(sender);
  RTMP_Free(sender);
  bytes = read_all(receiver, &count);
  close(receiver);
  printf("%s: %zu bytes, sum %08x\n", name, count, fingerprint(bytes, count));
  print_hex("begin", bytes, count < 24 ? count : 24);
  free(bytes);
}

static void fill(RTMPPacket *packet, int type, uint32_t time)
{
  packet->m_nChannel = 5;
  packet->m_headerType = RTMP_PACKET_SIZE_LARGE;
  packet->m_packetType = (uint8_t)type;
  packet->m_nTimeStamp = time;
  packet->m_nInfoField2 = 1;
  packet->m_nBodySize = SIZE;
  for (int i = 0; i < SIZE; i++)
    packet->m_body[i] = (char)i;
}

static void send_and_look(RTMPPacket *packet, int queue)
{
  char *body = packet->m_body;
  int sent = RTMP_SendPacket(sender, packet, queue);
  /* What a send leaves in the body is not compared: the original writes the headers of chunks into it. */
  printf("sent %d, header type %d, body %s\n", sent, packet->m_headerType, packet->m_body == body ? "kept" : "moved");
}

static void allocated(void)
{
  RTMPPacket packet;

  begin();
  RTMPPacket_Reset(&packet);
  printf("alloc %d\n", RTMPPacket_Alloc(&packet, SIZE));
  for (uint32_t i = 0; i < 3; i++) {
    fill(&packet, RTMP_PACKET_TYPE_VIDEO, 1000 * i);
    packet.m_headerType = i ? RTMP_PACKET_SIZE_MEDIUM : RTMP_PACKET_SIZE_LARGE;
    send_and_look(&packet, TRUE);
  }
  RTMPPacket_Free(&packet);
  end("allocated");
}

static void on_the_stack(void)
{
  GUARDED(struct { char bytes[RTMP_MAX_HEADER_SIZE + SIZE]; }) room;
  RTMPPacket packet;

  begin();
  SPOIL(room);
  memset(&packet, GARBAGE, sizeof packet); /* m_chunk, m_nBytesRead and m_hasAbsTimestamp stay so */
  packet.m_body = room.it.bytes + RTMP_MAX_HEADER_SIZE;
  fill(&packet, RTMP_PACKET_TYPE_AUDIO, 0x1234567);
  send_and_look(&packet, FALSE);
  printf("guards %s\n", UNTOUCHED(room));
  /* The body is gone when the connection is closed: nothing may remember it. */
  memset(&room.it, 0, sizeof room.it);
  end("on the stack");
}

static void one_block(void)
{
  RTMPPacket *packet;

  begin();
  for (uint32_t i = 0; i < 3; i++) {
    packet = malloc(sizeof *packet + RTMP_MAX_HEADER_SIZE + SIZE);
    must(packet != NULL, "malloc");
    memset(packet, 0, sizeof *packet + RTMP_MAX_HEADER_SIZE);
    packet->m_body = (char *)packet + sizeof *packet + RTMP_MAX_HEADER_SIZE;
    fill(packet, RTMP_PACKET_TYPE_INFO, 100 + i);
    send_and_look(packet, TRUE);
    free(packet);
  }
  end("one block");
}

/* A command that is queued is remembered by name only. */
static void queued(void)
{
  static const AVal name = AVC("someCall");
  char room[RTMP_MAX_HEADER_SIZE + 64], *limit = room + sizeof room, *end_of_body;
  RTMPPacket packet = { 0 };

  begin();
  packet.m_body = room + RTMP_MAX_HEADER_SIZE;
  end_of_body = AMF_EncodeString(packet.m_body, limit, &name);
  end_of_body = AMF_EncodeNumber(end_of_body, limit, 7);
  *end_of_body++ = AMF_NULL;
  packet.m_nChannel = 3;
  packet.m_headerType = RTMP_PACKET_SIZE_MEDIUM;
  packet.m_packetType = RTMP_PACKET_TYPE_INVOKE;
  packet.m_nBodySize = (uint32_t)(end_of_body - packet.m_body);
  printf("sent %d", RTMP_SendPacket(sender, &packet, TRUE));
  memset(room, 0, sizeof room);
  printf(", calls %d: %s, number %d\n", sender->m_numCalls, sender->m_methodCalls[0].name.av_val,
         sender->m_methodCalls[0].num);
  printf("sent again %d\n", RTMP_SendPacket(sender, &packet, FALSE));
  RTMP_DropRequest(sender, 0, TRUE);
  printf("calls %d\n", sender->m_numCalls);
  end("queued");
}

/* A received body may move to another packet and be freed there. */
static void moved(void)
{
  static const unsigned char message[] = "\3\0\0\0\0\0\5\22\1\0\0\0hello";
  RTMPPacket packet = { 0 }, other = { 0 };
  int pair[2];
  RTMP *r = RTMP_Alloc();

  make_pair(pair);
  RTMP_Init(r);
  r->m_sb.sb_socket = pair[0];
  must(write(pair[1], message, sizeof message - 1) == sizeof message - 1, "write");
  printf("read %d", RTMP_ReadPacket(r, &packet));
  printf(", ready %d, size %u\n", RTMPPacket_IsReady(&packet), packet.m_nBodySize);
  other.m_body = packet.m_body;
  packet.m_body = NULL;
  RTMPPacket_Free(&packet);
  close(pair[1]);
  RTMP_Close(r);
  RTMP_Free(r);
  printf("%.5s\n", other.m_body);
  other.m_body[-RTMP_MAX_HEADER_SIZE] = 1;
  RTMPPacket_Free(&other);
}

int main(void)
{
  allocated();
  on_the_stack();
  one_block();
  queued();
  moved();
  return 0;
}
