/* Where the library calls a function of the program.
 *
 * An exception of C++ that leaves such a function would have to pass through Rust code, which it cannot: the process would
 * end. It is stopped here, and the library goes on as if the function had returned 0. That takes a frame with a personality
 * routine, which C compilers do not make: hence the few lines of assembler, for the architecture on which they are tested.
 * Elsewhere the function is called directly. */
#include <stdint.h>

#include "callback.h"

#if defined __x86_64__ && defined __ELF__ && !defined __ILP32__

#include <unwind.h>

void librtmp_rs_discard(struct _Unwind_Exception *exception);
_Unwind_Reason_Code librtmp_rs_personality(int version, _Unwind_Action actions, uint64_t class,
                                           struct _Unwind_Exception *exception, struct _Unwind_Context *context);

/* Where the code goes on with an exception, behind the call. */
extern const char librtmp_rs_stopped[] __attribute__((visibility("hidden")));

/* Those of the program's C++ runtime, if it has one. */
extern void *__cxa_begin_catch(void *) __attribute__((weak));
extern void __cxa_end_catch(void) __attribute__((weak));

static const uint64_t RUST = 0x4d4f5a0052555354; /* "MOZ\0RUST" */

/* The last letters are the language's, the first the maker's; the last byte tells two forms apart. */
static int is_cxx(uint64_t class)
{
  return (class >> 8 & 0xffffff) == 0x432b2b; /* "C++" */
}

_Unwind_Reason_Code librtmp_rs_personality(int version, _Unwind_Action actions, uint64_t class,
                                           struct _Unwind_Exception *exception, struct _Unwind_Context *context)
{
  (void)version;
  /* The end of a thread is no exception, and panics of Rust code are met by the library's own boundary. */
  if ((actions & _UA_FORCE_UNWIND) || class == RUST)
    return _URC_CONTINUE_UNWIND;
  if (actions & _UA_SEARCH_PHASE)
    return _URC_HANDLER_FOUND;
  _Unwind_SetGR(context, __builtin_eh_return_data_regno(0), (uintptr_t)exception);
  _Unwind_SetIP(context, (uintptr_t)librtmp_rs_stopped);
  return _URC_INSTALL_CONTEXT;
}

void librtmp_rs_discard(struct _Unwind_Exception *exception)
{
  if (is_cxx(exception->exception_class) && __cxa_begin_catch && __cxa_end_catch) {
    __cxa_begin_catch(exception);
    __cxa_end_catch();
  } else {
    _Unwind_DeleteException(exception);
  }
}

/* librtmp_rs_call(function, a, b, c, d) */
__asm__(".pushsection .text\n"
        ".hidden librtmp_rs_call\n"
        ".globl librtmp_rs_call\n"
        ".type librtmp_rs_call, @function\n"
        "librtmp_rs_call:\n"
        "  .cfi_startproc\n"
        "  .cfi_personality 0x1b, librtmp_rs_personality\n"
        "  endbr64\n"
        "  subq $8, %rsp\n"
        "  .cfi_adjust_cfa_offset 8\n"
        "  movq %rdi, %rax\n"
        "  movq %rsi, %rdi\n"
        "  movq %rdx, %rsi\n"
        "  movq %rcx, %rdx\n"
        "  movq %r8, %rcx\n"
        "  call *%rax\n"
        "1:\n"
        "  addq $8, %rsp\n"
        "  .cfi_adjust_cfa_offset -8\n"
        "  ret\n"
        "  .cfi_adjust_cfa_offset 8\n"
        ".hidden librtmp_rs_stopped\n"
        ".globl librtmp_rs_stopped\n"
        "librtmp_rs_stopped:\n"
        "  endbr64\n"
        "  movq %rax, %rdi\n"
        "  call librtmp_rs_discard\n"
        "  xorl %eax, %eax\n"
        "  jmp 1b\n"
        "  .cfi_endproc\n"
        ".size librtmp_rs_call, . - librtmp_rs_call\n"
        ".popsection\n");

#else

uintptr_t librtmp_rs_call(callee_fn *function, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)
{
  return function(a, b, c, d);
}

#endif
