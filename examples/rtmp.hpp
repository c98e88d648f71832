// An RTMP connection that closes itself, throws, and calls functions of C++. For C++17 and later. Copy this file into your
// program, or what you need of it.
#ifndef RTMP_HPP
#define RTMP_HPP

#include <librtmp/rtmp.h>

#ifndef RTMP_EVENT_PHASE
#error "the original librtmp has nothing of this: please take the headers of librtmp-rs"
#endif

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rtmp {

// Why a connection failed. what() is for people; programs decide by kind().
class Error : public std::runtime_error {
public:
  Error(const RTMP_ERROR &reason, const char *otherwise)
      : std::runtime_error(reason.text[0] ? reason.text : otherwise), reason_(reason)
  {
  }
  int kind() const noexcept { return reason_.kind; }            // RTMP_ERR_*
  int phase() const noexcept { return reason_.phase; }          // RTMP_PHASE_*
  int system() const noexcept { return reason_.system; }        // an errno, or 0
  int detail() const noexcept { return reason_.detail; }        // belongs to the kind
  const char *code() const noexcept { return reason_.code; }    // the server's, such as "NetStream.Publish.BadName"

private:
  RTMP_ERROR reason_;
};

// What has happened. It ends with the call: copy what is to stay.
struct Event {
  int kind;                     // RTMP_EVENT_*
  int phase;                    // RTMP_PHASE_*
  std::string_view code;        // of a status
  std::string_view description;
  const RTMP_EVENT &all;
};

// What a connection is to be like. What a function throws ends the connection, and comes out of the call that was under way.
struct Settings {
  std::vector<std::pair<std::string, std::string>> options;  // as in an address: {"outChunk", "65536"}
  std::chrono::milliseconds connectTimeout{0}, receiveTimeout{0}, sendTimeout{0}; // 0: the usual ones
  std::string connectTo;                                     // host[:port] in place of the address's
  std::uint32_t flags = 0;                                   // RTMP_CONFIG_*
  std::function<bool(int)> onSocket;                         // with each socket; false: it is not to be used
  std::function<bool()> onWait;                              // while a call waits, by any thread; true: gives up
  std::function<void(const Event &)> onEvent;                // in the thread that reads
};

class Connection {
public:
  // Connects, and returns when media may flow.
  static Connection play(const std::string &url, Settings settings = {}) { return {url, std::move(settings), false}; }
  static Connection publish(const std::string &url, Settings settings = {}) { return {url, std::move(settings), true}; }

  // Reads the next bytes of an FLV file; 0 at the end.
  std::size_t read(char *bytes, int size)
  {
    const int got = RTMP_Read(handle(), bytes, size);
    // 0 is the end of the stream, or nothing more comes: the reason tells.
    if (got < 0 || (got == 0 && state_->reason().kind != RTMP_ERR_NONE))
      state_->fail("nothing can be read");
    return static_cast<std::size_t>(got);
  }

  // Publishes the next bytes of an FLV file.
  void write(const char *bytes, std::size_t size)
  {
    if (RTMP_Write(handle(), bytes, static_cast<int>(size)) != static_cast<int>(size))
      state_->fail("nothing can be written");
  }

  // Any thread may call these two while the connection is there.

  // Ends what another thread waits for in read or write, which throw then.
  void cancel() noexcept { RTMP_Cancel(handle()); }

  RTMP_STATS stats() const noexcept
  {
    RTMP_STATS stats{};
    stats.size = sizeof stats;
    RTMP_GetStats(handle(), &stats);
    return stats;
  }

  // For the functions that this class does not have.
  RTMP *handle() const noexcept { return state_->handle; }

private:
  // The library keeps pointers to the texts and to the block of settings: they stay where they are when a Connection is moved.
  struct State {
    State(const std::string &address, Settings &&wishes) : url(address), settings(std::move(wishes)), handle(RTMP_Alloc())
    {
      if (!handle)
        throw std::bad_alloc();
      RTMP_Init(handle);
    }
    ~State()
    {
      RTMP_Close(handle);
      RTMP_Free(handle);
    }
    State(const State &) = delete;
    State &operator=(const State &) = delete;

    bool configure() noexcept
    {
      config.size = sizeof config;
      config.flags = settings.flags;
      config.connectTimeout = static_cast<int>(settings.connectTimeout.count());
      config.receiveTimeout = static_cast<int>(settings.receiveTimeout.count());
      config.sendTimeout = static_cast<int>(settings.sendTimeout.count());
      config.connectTo = settings.connectTo.empty() ? nullptr : settings.connectTo.c_str();
      config.user = this;
      if (settings.onSocket)
        config.onSocket = onSocket;
      if (settings.onWait)
        config.onWait = onWait;
      if (settings.onEvent)
        config.onEvent = onEvent;
      return RTMP_Configure(handle, &config) != 0;
    }

    bool setOptions() noexcept
    {
      for (auto &[name, value] : settings.options) {
        const AVal option{name.data(), static_cast<int>(name.size())};
        AVal argument{value.data(), static_cast<int>(value.size())};
        if (!RTMP_SetOpt(handle, &option, &argument))
          return false;
      }
      return true;
    }

    RTMP_ERROR reason() const noexcept
    {
      RTMP_ERROR reason{};
      reason.size = sizeof reason;
      RTMP_GetError(handle, &reason);
      return reason;
    }

    [[noreturn]] void fail(const char *otherwise)
    {
      {
        const std::lock_guard<std::mutex> locked(mutex);
        if (thrown)
          std::rethrow_exception(std::exchange(thrown, nullptr));
      }
      throw Error(reason(), otherwise);
    }

    // Nothing may be thrown through C: it is kept until C++ is reached again, which is soon.
    void keep() noexcept
    {
      const std::lock_guard<std::mutex> locked(mutex);
      if (!thrown)
        thrown = std::current_exception();
      RTMP_Cancel(handle);
    }

    static int onSocket(void *user, int fd) noexcept
    {
      State &state = *static_cast<State *>(user);
      try {
        return state.settings.onSocket(fd);
      } catch (...) {
        state.keep();
        return 0;
      }
    }

    static int onWait(void *user) noexcept
    {
      State &state = *static_cast<State *>(user);
      try {
        return state.settings.onWait();
      } catch (...) {
        state.keep();
        return 1;
      }
    }

    static void onEvent(void *user, const RTMP_EVENT *event) noexcept
    {
      State &state = *static_cast<State *>(user);
      const auto view = [](const AVal &text) {
        return std::string_view(text.av_val, static_cast<std::size_t>(text.av_len));
      };
      try {
        state.settings.onEvent({event->kind, event->phase, view(event->code), view(event->description), *event});
      } catch (...) {
        state.keep();
      }
    }

    std::string url;
    Settings settings;
    RTMP *const handle;
    RTMP_CONFIG config{};
    std::mutex mutex; // of what follows: two threads may wait
    std::exception_ptr thrown;
  };

  Connection(const std::string &url, Settings &&settings, bool publishes)
      : state_(std::make_unique<State>(url, std::move(settings)))
  {
    if (!RTMP_SetupURL(handle(), state_->url.data()))
      throw std::invalid_argument("this is no address: " + url);
    if (!state_->configure() || !state_->setOptions())
      throw std::invalid_argument("there is a setting that means nothing");
    if (publishes)
      RTMP_EnableWrite(handle());
    if (!RTMP_Connect(handle(), nullptr) || !RTMP_ConnectStream(handle(), 0))
      state_->fail("cannot connect");
  }

  std::unique_ptr<State> state_;
};

} // namespace rtmp

#endif
