// Callbacks that throw. An exception ends where the library called the program, and the call goes on; one that is thrown
// inside RTMP_Log, which has nothing of its own to finish, reaches whoever called that. The original is C: an exception leaves
// it in the middle of its work.
#include <librtmp/http.h>
#include <librtmp/log.h>
#include <librtmp/rtmp.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <netinet/in.h>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace {

void must(bool condition, const char *what)
{
  if (!condition) {
    std::fprintf(stderr, "failed: %s\n", what);
    std::exit(2);
  }
}

int thrown, destroyed;

struct Reason : std::runtime_error {
  using std::runtime_error::runtime_error;
  Reason(const Reason &) = default;
  ~Reason() override { destroyed++; }
};

void throws_object(int, const char *, va_list)
{
  thrown++;
  throw Reason("from the callback");
}

void throws_number(int, const char *, va_list)
{
  thrown++;
  destroyed++;
  throw 5;
}

std::size_t throws_from_body(void *, std::size_t, std::size_t, void *)
{
  thrown++;
  throw Reason("from the body");
}

void report(const char *what, int result)
{
  std::printf("%s: %d, %s thrown, %s, %d in flight\n", what, result, thrown ? "some" : "none",
              thrown == destroyed ? "all destroyed" : "NOT all destroyed", std::uncaught_exceptions());
  thrown = destroyed = 0;
}

// Everything that is logged throws.
void play(RTMP_LogCallback *callback, const char *what)
{
  static const unsigned char messages[] = {
    2, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 6, 0, 0, 0, 1, 4, 0, 0, 0, 0, 0, 5, 9, 1, 0, 0, 0, 0x27, 1, 2, 3, 4,
  };
  int pair[2], packets = 0;
  RTMP r;
  RTMPPacket packet = {};

  must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
  RTMP_LogSetLevel(RTMP_LOGALL);
  RTMP_LogSetCallback(callback);
  RTMP_Init(&r);
  r.m_sb.sb_socket = pair[0];
  must(send(pair[1], messages, sizeof messages, 0) == sizeof messages, "send");
  shutdown(pair[1], SHUT_WR);
  while (RTMP_ReadPacket(&r, &packet)) {
    packets += RTMPPacket_IsReady(&packet);
    RTMP_ClientPacket(&r, &packet);
    RTMPPacket_Free(&packet);
  }
  RTMP_Close(&r);
  close(pair[1]);
  RTMP_LogSetCallback(nullptr);
  report(what, packets);
}

// A failure that is met where the program catches.
void connect()
{
  char url[] = "rtmp://127.0.0.1:1/app/path";
  RTMP r;
  int connected = -1;

  RTMP_LogSetLevel(RTMP_LOGERROR);
  RTMP_LogSetCallback(throws_object);
  RTMP_Init(&r);
  try {
    connected = RTMP_SetupURL(&r, url) && RTMP_Connect(&r, nullptr);
  } catch (const std::exception &) {
    connected = -2;
  }
  RTMP_Close(&r);
  RTMP_LogSetCallback(nullptr);
  report("connecting in vain", connected);
}

void log_by_itself()
{
  int caught = 0;
  RTMP_LogSetCallback(throws_object);
  try {
    RTMP_Log(RTMP_LOGERROR, "text");
  } catch (const Reason &reason) {
    caught = std::string(reason.what()) == "from the callback";
  }
  RTMP_LogSetCallback(nullptr);
  report("caught around RTMP_Log", caught);
}

void *answer(void *listener)
{
  static const char response[] = "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody";
  char request[4096];
  int fd = accept(*static_cast<int *>(listener), nullptr, nullptr);
  must(fd >= 0 && recv(fd, request, sizeof request, 0) > 0, "a request");
  must(send(fd, response, sizeof response - 1, 0) == sizeof response - 1, "send");
  shutdown(fd, SHUT_WR);
  while (recv(fd, request, sizeof request, 0) > 0)
    ;
  close(fd);
  return nullptr;
}

void fetch()
{
  sockaddr_in address = {};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  char date[64] = "";
  HTTP_ctx http = {};
  pthread_t thread;

  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  must(bind(listener, reinterpret_cast<sockaddr *>(&address), size) == 0 && listen(listener, 1) == 0, "listen");
  must(getsockname(listener, reinterpret_cast<sockaddr *>(&address), &size) == 0, "getsockname");
  must(pthread_create(&thread, nullptr, answer, &listener) == 0, "pthread_create");
  std::string url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
  http.date = date;
  int result = HTTP_get(&http, url.c_str(), throws_from_body);
  must(pthread_join(thread, nullptr) == 0, "pthread_join");
  close(listener);
  must(http.size == 4, "the size is counted");
  report("fetched", result);
}

// Functions that only we have, in C++.
void ask()
{
  RTMP r;
  RTMP_RECONNECT request = {};

  RTMP_Init(&r);
  request.size = sizeof request;
  must(!RTMP_GetReconnectRequest(&r, &request) && request.state == RTMP_RECONNECT_NONE, "no request");
  RTMP_Close(&r);
}

} // namespace

int main()
{
  alarm(120); // what hangs is ended
  play(throws_object, "objects");
  play(throws_number, "numbers");
  connect();
  log_by_itself();
  fetch();
  ask();
  return 0;
}
