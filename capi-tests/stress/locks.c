/* What ThreadSanitizer has to see of Rust's locks. The standard library comes compiled without it: the fast paths of a
 * mutex, which are inlined, are instrumented with the library, but not the slow path behind them nor the wait of a
 * condition variable. These two take their place (see the script `tsan`); their words are those of std::sys::sync. */
#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FREE, LOCKED, CONTENDED };

static void wait_while(uint32_t *word, uint32_t value)
{
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

/* Mutex::lock_contended */
void seen_lock(uint32_t *mutex)
{
  while (__atomic_exchange_n(mutex, CONTENDED, __ATOMIC_ACQUIRE) != FREE)
    wait_while(mutex, CONTENDED);
}

/* Condvar::wait */
void seen_wait(uint32_t *condition, uint32_t *mutex)
{
  uint32_t seen = __atomic_load_n(condition, __ATOMIC_RELAXED);
  if (__atomic_exchange_n(mutex, FREE, __ATOMIC_RELEASE) == CONTENDED)
    syscall(SYS_futex, mutex, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
  wait_while(condition, seen);
  seen_lock(mutex);
}
