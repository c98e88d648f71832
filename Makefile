# Builds, installs and checks librtmp. Needs cargo, a C compiler and GNU make.
#
#   make                 the shared and the static library, and librtmp.pc
#   make install         with prefix, libdir, sodir, incdir, mandir and DESTDIR as below
#   make demo            lets unmodified programs of a Debian system use the library
#   make bench           measures speed and memory beside the original's, and rewrites docs/performance.md
#   make check           every check there is
#   make fuzz            each fuzz target for 10 seconds
#   make clean
#
# With features=--no-default-features the library has no TLS, with profile=small it is optimised for size.

VERSION := $(shell sed -n 's/^version = "\([0-9]*\.[0-9]*\).*/\1/p;/^\[lib\]/q' Cargo.toml)
SOVERSION = 1

prefix = /usr/local
libdir = $(prefix)/lib
sodir = $(libdir)
incdir = $(prefix)/include/librtmp
mandir = $(prefix)/man
DESTDIR =

CARGO = cargo
RUSTC = rustc
INSTALL = install

# How the library is optimised (Cargo.toml), and options of cargo that choose its features.
profile = library
features =
# Where cargo puts what it builds.
built = $(or $(CARGO_TARGET_DIR),target)/$(profile)

ifeq ($(shell uname -s),Darwin)
shared = librtmp.dylib
installed = librtmp.$(SOVERSION).dylib
else
shared = librtmp.so
installed = librtmp.so.$(SOVERSION)
endif

triple = $(shell $(RUSTC) -vV | sed -n 's/^host: //p')

headers = $(addprefix include/librtmp/,amf.h http.h log.h rtmp.h)

# The file for pkg-config depends on the directories given on the command line.
pkgconfig = sed -e 's|@prefix@|$(prefix)|' -e 's|@libdir@|$(libdir)|' \
	-e 's|@incdir@|$(patsubst %/,%,$(dir $(incdir)))|' -e 's|@VERSION@|$(VERSION)|' \
	-e "s|@LIBS@|$$(cat $(built)/native-libs)|" librtmp.pc.in

all: library
	$(pkgconfig) > $(built)/librtmp.pc

# native-libs: what a static link needs besides the archive, a property of Rust's standard library.
library:
	$(CARGO) rustc --locked --lib --profile $(profile) --crate-type cdylib,staticlib $(features)
	printf '' | $(RUSTC) --crate-type staticlib --crate-name native --print native-static-libs -o $(built)/native.a - 2>&1 \
		| sed -n 's/.*native-static-libs: //p' > $(built)/native-libs

# Root often has no cargo: then what was built before is installed.
install: $(if $(shell command -v $(CARGO)),library)
	$(INSTALL) -d '$(DESTDIR)$(libdir)/pkgconfig' '$(DESTDIR)$(sodir)' '$(DESTDIR)$(incdir)' '$(DESTDIR)$(mandir)/man3'
	$(INSTALL) -m 755 $(built)/$(shared) '$(DESTDIR)$(sodir)/$(installed)'
	ln -sf $(installed) '$(DESTDIR)$(sodir)/$(shared)'
	$(INSTALL) -m 644 $(built)/librtmp.a '$(DESTDIR)$(libdir)'
	$(pkgconfig) > '$(DESTDIR)$(libdir)/pkgconfig/librtmp.pc'
	$(INSTALL) -m 644 $(headers) '$(DESTDIR)$(incdir)'
	$(INSTALL) -m 644 docs/librtmp.3 '$(DESTDIR)$(mandir)/man3'

demo:
	capi-tests/setup demo
	$(MAKE) all
	capi-tests/demo $(built)/$(shared)

bench:
	capi-tests/setup bench
	$(MAKE) all
	capi-tests/bench/run --library $(built)/$(shared) --report docs/performance.md

check:
	capi-tests/setup check
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) test --locked --all-targets
	$(MAKE) all
	# The optimised library is another program to C than the one with debug assertions.
	LIBRARY_DIRECTORY='$(abspath $(built))' $(CARGO) test --locked --test abi --test capi
	# A test that compares with the original must hold for the original itself.
	DIFFERENTIAL_SEATS=original,original $(CARGO) test --locked --test differential
	cd fuzz && $(CARGO) fmt --check && $(CARGO) clippy --release --locked -- -D warnings
	$(MAKE) fuzz
	# FFmpeg is built with what an installation provides.
	$(MAKE) install prefix='$(CURDIR)/target/stage' DESTDIR=
	capi-tests/programs/run --library $(built)/$(shared) --pc target/stage/lib/pkgconfig --both-original
	capi-tests/programs/run --library $(built)/$(shared) --pc target/stage/lib/pkgconfig
	capi-tests/examples/run --library $(built)/$(shared) --pc target/stage/lib/pkgconfig
	capi-tests/hostile/run --library $(built)/$(shared)
	# A part of it in tools that look at each access to memory, that of an instrumented library as well (stable rustc takes
	# the flag then).
	RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address $(CARGO) build --release --locked --target $(triple) --target-dir target/sanitized
	capi-tests/hostile/run --library target/sanitized/$(triple)/release/$(shared) --tool sanitizers --every 20
	capi-tests/hostile/run --library $(built)/$(shared) --tool valgrind --every 100
	# Several threads on one handle, calls stopped from outside, servers and networks that fail.
	capi-tests/stress/run --library $(built)/$(shared)
	capi-tests/stress/run --library $(built)/$(shared) --check sanitizers --case steady --case sudden --case stop
	capi-tests/stress/run --library target/sanitized/$(triple)/release/$(shared) --check sanitizers --case calls
	# Only that the benchmark works: speed never decides.
	capi-tests/bench/run --library $(built)/$(shared) --smoke

fuzz:
	fuzz/run

clean:
	$(CARGO) clean

.PHONY: all library install demo bench check fuzz clean
