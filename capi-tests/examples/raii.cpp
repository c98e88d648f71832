// What a program may do with examples/rtmp.hpp:   raii PORT
//
// At the port is a server that begins to play, and then is silent.
#include "rtmp.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <type_traits>

static_assert(!std::is_copy_constructible_v<rtmp::Connection> && !std::is_copy_assignable_v<rtmp::Connection>);
static_assert(std::is_nothrow_move_constructible_v<rtmp::Connection> && std::is_nothrow_move_assignable_v<rtmp::Connection>);

namespace {

struct Ours {
  int number;
};

[[noreturn]] void give_up(const char *what)
{
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

void expect(bool is_so, const char *what)
{
  if (!is_so)
    give_up(what);
}

std::string url;

void drain(rtmp::Connection &stream)
{
  char block[4096];
  while (stream.read(block, sizeof block) > 0) {
  }
}

// What a function throws comes out, though C is in between.
void comes_out(rtmp::Settings settings, const char *what)
{
  try {
    auto stream = rtmp::Connection::play(url, std::move(settings));
    drain(stream);
  } catch (const Ours &thrown) {
    expect(thrown.number == 4711, what);
    return;
  }
  give_up(what);
}

void functions()
{
  rtmp::Settings settings;
  settings.onSocket = [](int) -> bool { throw Ours{4711}; };
  comes_out(settings, "onSocket");
  settings = {};
  settings.onWait = []() -> bool { throw Ours{4711}; };
  comes_out(settings, "onWait");
  settings = {};
  settings.onEvent = [](const rtmp::Event &event) {
    if (event.code == "NetStream.Play.Start")
      throw Ours{4711};
  };
  comes_out(settings, "onEvent");
}

template <typename Exception> Exception thrown_by(const std::string &address, rtmp::Settings settings, const char *what)
{
  try {
    auto stream = rtmp::Connection::play(address, std::move(settings));
    drain(stream);
  } catch (const Exception &thrown) {
    return thrown;
  }
  give_up(what);
}

void refusals()
{
  rtmp::Settings settings;
  settings.onSocket = [](int) { return false; };
  expect(thrown_by<rtmp::Error>(url, settings, "no socket").kind() == RTMP_ERR_BIND, "the kind without a socket");
  settings = {};
  settings.onWait = [] { return true; };
  expect(thrown_by<rtmp::Error>(url, settings, "given up").kind() == RTMP_ERR_CANCELLED, "the kind of what is given up");
  settings = {};
  settings.receiveTimeout = std::chrono::milliseconds(100);
  expect(thrown_by<rtmp::Error>(url, settings, "a time limit").kind() == RTMP_ERR_TIMEOUT, "the kind of a time limit");
  settings = {};
  settings.options = {{"outChunk", "many"}};
  thrown_by<std::invalid_argument>(url, settings, "an option that means nothing");
  thrown_by<std::invalid_argument>("nothing://", {}, "no address");
}

// The block of settings and the address stay where they are.
void moves()
{
  std::atomic<int> statuses{0};
  const std::string port = url.substr(url.rfind(':') + 1, url.find("/app") - url.rfind(':') - 1);
  rtmp::Settings settings;
  settings.connectTo = "127.0.0.1:" + port;
  settings.onEvent = [&](const rtmp::Event &event) { statuses += event.kind == RTMP_EVENT_STATUS; };
  auto first = rtmp::Connection::play("rtmp://elsewhere.invalid/app/stream", settings);
  auto second = std::move(first);
  first = rtmp::Connection::play(url);
  std::thread other([&] {
    expect(second.stats().bytes_in > 3072, "bytes that came");
    second.cancel();
  });
  try {
    drain(second);
    give_up("not cancelled");
  } catch (const rtmp::Error &error) {
    expect(error.kind() == RTMP_ERR_CANCELLED && error.phase() == RTMP_PHASE_STREAMING, "the kind of what is cancelled");
  }
  other.join();
  expect(statuses == 1, "statuses");
}

} // namespace

int main(int count, char **words)
{
  expect(count == 2, "usage: raii PORT");
  url = std::string("rtmp://127.0.0.1:") + words[1] + "/app/stream";
  functions();
  refusals();
  moves();
  std::puts("fine");
  return 0;
}
