// An RTMP connection that closes itself, for C++11 and later. Copy this file into your program, or what you need of it.
#ifndef RTMP_HPP
#define RTMP_HPP

extern "C" {
#include <librtmp/rtmp.h>

// librtmp-rs has these functions, the original has not: their addresses are null there.
void RTMP_Cancel(RTMP *r) __attribute__((weak));
const char *RTMP_LastError(RTMP *r) __attribute__((weak));
}

#include <cstddef>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

namespace rtmp {

// Why a connection failed: the reason that the library gives, where it does.
class Error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

class Connection {
public:
  // Connects, and returns when media may flow. Options may follow the address: "rtmp://host/app/stream timeout=10".
  static Connection play(const std::string &url) { return Connection(url, false); }
  static Connection publish(const std::string &url) { return Connection(url, true); }

  // Reads the next bytes of an FLV file; 0 at the end.
  std::size_t read(char *bytes, int size)
  {
    const int got = RTMP_Read(handle(), bytes, size);
    if (got < 0 || (got == 0 && RTMP_IsTimedout(handle())))
      fail("nothing can be read");
    return static_cast<std::size_t>(got);
  }

  // Publishes the next bytes of an FLV file.
  void write(const char *bytes, std::size_t size)
  {
    if (RTMP_Write(handle(), bytes, static_cast<int>(size)) != static_cast<int>(size))
      fail("nothing can be written");
  }

  // Ends what another thread waits for in read or write, which throw then. False: this librtmp cannot.
  bool cancel() noexcept
  {
    if (!RTMP_Cancel)
      return false;
    RTMP_Cancel(handle());
    return true;
  }

  // For the functions that this class does not have.
  RTMP *handle() const noexcept { return state_->handle; }

private:
  // The library keeps pointers to the address, and writes to it: it stays where it is when a Connection is moved.
  struct State {
    explicit State(const std::string &address) : url(address), handle(RTMP_Alloc())
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

    std::string url;
    RTMP *const handle;
  };

  Connection(const std::string &url, bool publishes) : state_(new State(url))
  {
    if (!RTMP_SetupURL(handle(), &state_->url[0]))
      throw Error("this is no address: " + url);
    if (publishes)
      RTMP_EnableWrite(handle());
    if (!RTMP_Connect(handle(), nullptr) || !RTMP_ConnectStream(handle(), 0))
      fail("cannot connect");
  }

  [[noreturn]] void fail(const char *otherwise) const
  {
    const std::string reason = RTMP_LastError ? RTMP_LastError(handle()) : "";
    throw Error(reason.empty() ? otherwise : reason);
  }

  std::unique_ptr<State> state_;
};

} // namespace rtmp

#endif
