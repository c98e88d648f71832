// Functions of RTMP_Configure that throw, whenever they are called: an exception ends where the library called the program, the
// function counts as having given 0, and the call goes on. A server that does nothing before its client was asked whether to wait
// on makes it wait everywhere. Afterwards another thread closes: no lock is left behind. The original has no such function.
#include "certificate.h"
#include "configure.h"

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>

static_assert(std::is_standard_layout<RTMP_CONFIG>::value && std::is_standard_layout<RTMP_EVENT>::value, "structs of C");

namespace {

std::atomic<int> thrown, destroyed;

struct Reason : std::runtime_error {
  Reason() : std::runtime_error("from the program") { thrown++; }
  Reason(const Reason &) = delete;
  Reason(Reason &&other) : std::runtime_error(other) { thrown++; }
  ~Reason() override { destroyed++; }
};

// What one side has to do before the other goes on.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  unsigned long count = 0;

  void open()
  {
    std::lock_guard<std::mutex> lock(mutex);
    count++;
    changed.notify_all();
  }

  // Until it is opened once more.
  void wait()
  {
    std::unique_lock<std::mutex> lock(mutex);
    unsigned long before = count;
    changed.wait(lock, [&] { return count != before; });
  }
};

struct Program {
  bool throws_in_socket = false;
  Gate asked;
  std::atomic<int> sockets{0}, phases{0}, messages{0};

  static int on_socket(void *user, int)
  {
    auto *program = static_cast<Program *>(user);
    program->sockets++;
    if (program->throws_in_socket)
      throw Reason();
    return 1;
  }

  static int on_wait(void *user)
  {
    static_cast<Program *>(user)->asked.open();
    throw Reason();
  }

  static void on_event(void *user, const RTMP_EVENT *event)
  {
    auto *program = static_cast<Program *>(user);
    if (event->kind == RTMP_EVENT_PHASE)
      program->phases |= 1 << event->phase;
    else
      program->messages++;
    // Not all exceptions are objects.
    if (event->kind == RTMP_EVENT_CONTROL)
      throw 5;
    throw Reason();
  }

  RTMP_CONFIG config()
  {
    RTMP_CONFIG config = {};
    config.size = sizeof config;
    config.sendBuffer = 4096;
    config.user = this;
    config.onSocket = on_socket;
    config.onWait = on_wait;
    config.onEvent = on_event;
    return config;
  }
};

void report(const std::string &what)
{
  std::printf("%s, %s thrown, %s, %d in flight\n", what.c_str(), thrown ? "some" : "none",
              thrown == destroyed ? "all destroyed" : "NOT all destroyed", std::uncaught_exceptions());
  thrown = destroyed = 0;
}

// Waits for a question before all that it does.
struct Slow {
  Program *program;
  struct server server;
  void *tls;
  int messages;        // that it sends to a player
  int received = 0;    // that a publisher has sent
  std::thread thread;

  Slow(Program *program, void *tls, int messages) : program(program), tls(tls), messages(messages)
  {
    server_listen(&server);
    thread = std::thread([this] { serve(); });
  }

  ~Slow()
  {
    end();
    close(server.listener);
  }

  void end()
  {
    if (thread.joinable())
      thread.join();
  }

  // Whether an answer to this command is waited for.
  static bool is_awaited(RTMPPacket *packet, const char *last)
  {
    AMFObject command;
    AVal name;
    must(AMF_Decode(&command, packet->m_body, (int)packet->m_nBodySize, FALSE) > 0, "a command");
    AMFProp_GetString(AMF_GetProp(&command, nullptr, 0), &name);
    bool is_one = false;
    for (const char *text : { "connect", "createStream", last })
      is_one |= std::string(text) == std::string(name.av_val, (size_t)name.av_len);
    AMF_Reset(&command);
    return is_one;
  }

  void serve()
  {
    RTMP *r = RTMP_Alloc();
    RTMPPacket packet = RTMPPacket();
    bool is_going;

    RTMP_Init(r);
    r->m_sb.sb_socket = accept(server.listener, nullptr, nullptr);
    server.peer.media = messages;
    program->asked.wait();
    must(!tls || RTMP_TLS_Accept(r, tls), "RTMP_TLS_Accept");
    if (tls)
      program->asked.wait();
    is_going = RTMP_Serve(r);
    while (is_going && RTMP_ReadPacket(r, &packet)) {
      if (!RTMPPacket_IsReady(&packet))
        continue;
      if (packet.m_packetType == RTMP_PACKET_TYPE_INVOKE) {
        bool publishes = is_awaited(&packet, "publish"), plays = is_awaited(&packet, "play");
        if (publishes || plays)
          program->asked.wait();
        // Something that the client's functions are told, but is no status.
        is_going = (!plays || RTMP_SendCtrl(r, 31, 1, 0)) && peer_command(&server.peer, r, &packet);
      } else if (packet.m_packetType == RTMP_PACKET_TYPE_CHUNK_SIZE) {
        r->m_inChunkSize = (int)AMF_DecodeInt32(packet.m_body);
      } else if (packet.m_packetType == RTMP_PACKET_TYPE_VIDEO && received++ == 0) {
        program->asked.wait();
        is_going = peer_status(r, "NetStream.Publish.Idle");
      }
      RTMPPacket_Free(&packet);
    }
    RTMPPacket_Free(&packet);
    RTMP_Close(r);
    RTMP_Free(r);
  }
};

// By a thread that has nothing to do with the others.
void release(RTMP *r)
{
  std::thread([r] {
    RTMP_STATS stats = {};
    stats.size = sizeof stats;
    must(RTMP_GetStats(r, &stats), "RTMP_GetStats");
    RTMP_SendCtrl(r, 7, 1, 0);
    RTMP_Close(r);
  }).join();
  RTMP_Free(r);
}

void connect(Program &program, RTMP *r, const RTMP_CONFIG &config)
{
  must(RTMP_Configure(r, &config), "RTMP_Configure");
  must(RTMP_Connect(r, nullptr), "RTMP_Connect");
  must(RTMP_ConnectStream(r, 0), "RTMP_ConnectStream");
  must(program.sockets == 1 && program.phases >> RTMP_PHASE_STREAMING == 1, "told");
}

void read(const char *scheme, void *tls)
{
  Program program;
  Slow slow(&program, tls, 20);
  RTMP_CONFIG config = program.config();
  RTMP *r = set_up(&slow.server, scheme, FALSE);
  char flv[1000];
  int got, total = 0;

  connect(program, r, config);
  while ((got = RTMP_Read(r, flv, sizeof flv)) > 0)
    total += got;
  release(r);
  must(program.messages > 3, "events");
  report(std::string(scheme) + ", RTMP_Read: " + std::to_string(total) + " bytes");
}

void read_packets(const char *scheme, void *tls)
{
  Program program;
  Slow slow(&program, tls, 20);
  RTMP_CONFIG config = program.config();
  RTMP *r = set_up(&slow.server, scheme, FALSE);
  RTMPPacket packet = RTMPPacket();
  int media = 0;

  connect(program, r, config);
  while (RTMP_ReadPacket(r, &packet)) {
    if (!RTMPPacket_IsReady(&packet))
      continue;
    media += RTMP_ClientPacket(r, &packet) == 1;
    RTMPPacket_Free(&packet);
  }
  RTMPPacket_Free(&packet);
  release(r);
  report(std::string(scheme) + ", RTMP_ReadPacket and RTMP_ClientPacket: " + std::to_string(media) + " messages");
}

// Writes more than what fits, to a server that takes nothing before it was asked for.
void write(const char *scheme, void *tls)
{
  Program program;
  Slow slow(&program, tls, 0);
  RTMP_CONFIG config = program.config();
  RTMP *r = set_up(&slow.server, scheme, TRUE);
  std::string tag(11 + 100000 + 4, '\x27');
  const unsigned char head[11] = { 9, 100000 >> 16, (100000 >> 8) & 255, 100000 & 255 }, end[4] = { 0, 1, 0x86, 0xab };

  std::memcpy(&tag[0], head, sizeof head);
  std::memcpy(&tag[tag.size() - 4], end, sizeof end);
  connect(program, r, config);
  int before = program.messages, written = 0;
  // What the server says to the first is heard while others are written.
  for (; program.messages == before || written < 5; written++)
    must(RTMP_Write(r, tag.data(), (int)tag.size()) == (int)tag.size(), "RTMP_Write");
  release(r);
  slow.end();
  report(std::string(scheme) + ", RTMP_Write: " + (slow.received == written ? "all came" : "NOT ALL CAME"));
}

int drive(RTMP *r)
{
  int result;
  while ((result = RTMP_Drive(r)) == RTMP_AGAIN) {
    RTMP_WANT want = {};
    want.size = sizeof want;
    must(RTMP_Want(r, &want), "RTMP_Want");
    pollfd place = { want.fd, (short)want.events, 0 };
    must(poll(&place, 1, want.timeout) >= 0, "poll");
  }
  return result;
}

// The thread that connects is the library's own.
void start(const char *scheme, void *tls)
{
  Program program;
  Slow slow(&program, tls, 20);
  RTMP_CONFIG config = program.config();
  RTMP *r = set_up(&slow.server, scheme, FALSE);
  char flv[1000];
  int got, total = 0;

  must(RTMP_Configure(r, &config) && RTMP_Start(r, nullptr, 0), "RTMP_Start");
  must(drive(r) == 1, "RTMP_Drive");
  while ((got = RTMP_Read(r, flv, sizeof flv)) > 0 || got == RTMP_AGAIN) {
    if (got == RTMP_AGAIN)
      drive(r);
    else
      total += got;
  }
  release(r);
  report(std::string(scheme) + ", RTMP_Start and RTMP_Drive: " + std::to_string(total) + " bytes");
}

// As if the function had given 0: the socket is not used.
void refuse(bool starts)
{
  Program program;
  struct server server;

  server_listen(&server);
  program.throws_in_socket = true;
  RTMP_CONFIG config = program.config();
  RTMP *r = set_up(&server, "rtmp", FALSE);
  must(RTMP_Configure(r, &config), "RTMP_Configure");
  int result = starts ? (RTMP_Start(r, nullptr, 0) ? drive(r) : 1) : RTMP_Connect(r, nullptr);
  must(why(r).kind == RTMP_ERR_BIND && why(r).system == EPERM, "why");
  release(r);
  close(server.listener);
  report(std::string("onSocket, ") + (starts ? "RTMP_Start: " : "RTMP_Connect: ") + std::to_string(result));
}

} // namespace

int main()
{
  alarm(200); // what hangs is ended
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  void *context = make_context();
  refuse(false);
  refuse(true);
  for (const char *scheme : { "rtmp", "rtmps" }) {
    void *tls = std::strcmp(scheme, "rtmps") ? nullptr : context;
    read(scheme, tls);
    read_packets(scheme, tls);
    write(scheme, tls);
    start(scheme, tls);
  }
  RTMP_TLS_FreeServerContext(context);
  return 0;
}
