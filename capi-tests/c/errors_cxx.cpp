// The same program in C++.
#include "errors.c"
