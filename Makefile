# Builds, installs and checks librtmp. Needs cargo, a C compiler and GNU make.
#
#   make                 the shared and the static library, and librtmp.pc
#   make install         what was built (or builds it first), below prefix and DESTDIR
#   make uninstall       removes what was installed
#   make dist            an archive of the sources with all crates, which builds without network
#   make demo            lets unmodified programs of a Debian system use the library
#   make package         Debian packages, and the proof that they take the place of Debian's own (packaging/README.md)
#   make bench           measures speed and memory beside the original's, and rewrites docs/performance.md
#   make check           every check there is but those of make cross
#   make cross           the library on six other machines that Debian knows (as root), and its code for other systems
#   make fuzz            each fuzz target for 10 seconds
#   make clean
#
# docs/packaging.md explains the variables: directories, target= and CROSS_COMPILE= for another system, features=, profile=,
# debug=, cargoflags=.

nothing :=
blank := $(nothing) $(nothing)
# A text as one word of the shell.
special = ' " $$ & ; ( ) < > | * ? `
is_special = $(strip $(subst $(blank),<,$(findstring $(blank),$(1)))$(foreach letter,$(special),$(findstring $(letter),$(1))))
quote = $(if $(is_special),'$(subst ','\'',$(1))',$(1))

# The directory of this file. The list has a blank before each name.
sources := $(shell cd "$$(dirname "$$(printf %s $(call quote,$(MAKEFILE_LIST)) | sed 's/^ //')")" && pwd -P)

ifneq ($(sources),$(CURDIR))

# Called in another directory (make -f): the same as in the sources, but what is built and installed goes there.
below = $(if $(filter /%,$(firstword $(1))),$(1),$(CURDIR)/$(1))
delegate = $(MAKE) -C $(call quote,$(sources)) CARGO_TARGET_DIR=$(call quote,$(call below,$(or $(CARGO_TARGET_DIR),target))) \
	$(if $(DESTDIR),DESTDIR=$(call quote,$(call below,$(DESTDIR))))
goals = $(or $(MAKECMDGOALS),all)
$(goals):
	$(delegate) $@
.PHONY: $(goals)
.NOTPARALLEL:

else

version := $(shell sed -n 's/^version = "\(.*\)"/\1/p;/^\[lib\]/q' Cargo.toml)
VERSION = $(basename $(version))
soversion = 1

prefix = /usr/local
exec_prefix = $(prefix)
libdir = $(exec_prefix)/lib
sodir = $(libdir)
pkgconfigdir = $(libdir)/pkgconfig
includedir = $(prefix)/include
incdir = $(includedir)/librtmp
datarootdir = $(prefix)/share
mandir = $(datarootdir)/man
docdir = $(datarootdir)/doc/librtmp
DESTDIR =

# Where files go now.
LIBDIR = $(DESTDIR)$(libdir)
SODIR = $(DESTDIR)$(sodir)
PKGCONFIGDIR = $(DESTDIR)$(pkgconfigdir)
INCDIR = $(DESTDIR)$(incdir)
MANDIR = $(DESTDIR)$(mandir)
DOCDIR = $(DESTDIR)$(docdir)

CARGO = cargo
RUSTC = rustc
INSTALL = install
TAR = tar

# Where cargo puts what it builds. How it was built is written down beside it, one "name=value" a line.
target_directory := $(or $(CARGO_TARGET_DIR),$(CARGO_BUILD_TARGET_DIR),target)
record = $(built)/librtmp.settings
# Who says `make install` alone means what was built last.
ifeq ($(if $(MAKECMDGOALS),$(filter-out install uninstall,$(MAKECMDGOALS)),all),)
last_record := $(shell exec 2>/dev/null; cd $(call quote,$(target_directory)) && ls -t */librtmp.settings */*/librtmp.settings)
endif
last = $(if $(last_record),$(shell sed -n 's/^$(1)=//p' $(call quote,$(target_directory))/$(firstword $(last_record))))

# How the library is optimised (Cargo.toml), what its debugging information holds (as in cargo's profiles; nothing: none),
# options of cargo that choose its features, and further ones.
profile = $(or $(call last,profile),library)
debug = $(call last,debug)
features = $(call last,features)
cargoflags = --locked
# Empty: the shared library is not installed.
SHARED = $(if $(filter static,$(call last,libraries)),,yes)

# The system that the library is for; nothing: this one. The prefix of its C compiler's name says it as well.
target = $(or $(CARGO_BUILD_TARGET),$(from_compiler),$(call last,target))
compiler_prefix = $(patsubst %-,%,$(notdir $(CROSS_COMPILE)))
from_compiler = $(if $(CROSS_COMPILE),$(or $(rust_$(compiler_prefix)),\
	$(error CROSS_COMPILE=$(CROSS_COMPILE): please name the target as rustc calls it, by target=TRIPLE)))
rust_aarch64-linux-gnu = aarch64-unknown-linux-gnu
rust_arm-linux-gnueabi = arm-unknown-linux-gnueabi
rust_arm-linux-gnueabihf = armv7-unknown-linux-gnueabihf
rust_i686-linux-gnu = i686-unknown-linux-gnu
rust_loongarch64-linux-gnu = loongarch64-unknown-linux-gnu
rust_mips64el-linux-gnuabi64 = mips64el-unknown-linux-gnuabi64
rust_powerpc64le-linux-gnu = powerpc64le-unknown-linux-gnu
rust_riscv64-linux-gnu = riscv64gc-unknown-linux-gnu
rust_s390x-linux-gnu = s390x-unknown-linux-gnu
rust_x86_64-linux-gnu = x86_64-unknown-linux-gnu

# The system of this machine, which cargo takes by another name as well.
triple = $(shell $(RUSTC) -vV | sed -n 's/^host: //p')
chosen_target := $(patsubst host-tuple,$(triple),$(target))
built = $(call quote,$(target_directory)/$(if $(chosen_target),$(patsubst %.json,%,$(notdir $(chosen_target)))/)$(profile))

is_darwin := $(if $(chosen_target),$(findstring -apple-,$(chosen_target)),$(filter Darwin,$(shell uname -s)))
ifneq ($(is_darwin),)
shared = librtmp.dylib
installed = librtmp.$(soversion).dylib
else
shared = librtmp.so
installed = librtmp.so.$(soversion)
endif

# Sets c_flags, link_flags and without_tls.
include build-aux/original.mk

chosen_features = $(strip $(features) $(filter-out $(features),$(without_tls)))
libraries = $(if $(SHARED),shared,static)

settings = profile=$(profile);debug=$(debug);features=$(chosen_features);libraries=$(libraries);target=$(chosen_target);
# What was built last is what is wanted, and no source is newer.
is_built = $(shell [ "$$(tr '\n' ';' 2>/dev/null <$(record))" = $(call quote,$(settings)) ] && [ -e $(built)/librtmp.a ] \
	&& [ -z "$$(find src build.rs Cargo.toml Cargo.lock -newer $(record))" ] && echo yes)
to_build = $(if $(shell command -v $(CARGO)),library,$(if $(filter install,$(MAKECMDGOALS)),\
	$(warning there is no cargo to build what is wanted: installing what is there)))

# The C compiler that was named, for cargo; it links, too. For another system cargo's configuration names it otherwise.
compiler = $(or $(if $(call given,CC),$(CC)),$(if $(CROSS_COMPILE),$(CROSS_COMPILE)gcc))
archiver = $(or $(if $(call given,AR),$(AR)),$(if $(CROSS_COMPILE),$(CROSS_COMPILE)ar))
upper = $(shell echo '$(1)' | tr a-z.- A-Z__)
compiled_for = $(or $(chosen_target),$(triple))
environment = $(if $(strip $(c_flags)),CFLAGS=$(call quote,$(strip $(CFLAGS) $(c_flags)))) \
	$(if $(debug),LIBRTMP_DEBUG=yes $(addprefix CARGO_PROFILE_$(call upper,$(profile))_,DEBUG=$(debug) STRIP=none)) \
	$(if $(compiler),CC_$(subst -,_,$(compiled_for))=$(call quote,$(compiler))) \
	$(if $(archiver),AR_$(subst -,_,$(compiled_for))=$(call quote,$(archiver))) \
	$(if $(filter 1,$(words $(compiler))),CARGO_TARGET_$(call upper,$(compiled_for))_LINKER=$(compiler))

headers = $(addprefix include/librtmp/,amf.h http.h log.h rtmp.h)
documents = README.md CHANGELOG.md $(wildcard LICENSE-* THIRD-PARTY-*)
further_documents = $(wildcard docs/*.md)

# A directory relative to another if it is below it, so that pkg-config can move both.
within = $(subst <,,$(subst <$(2)/,$${$(3)}/,<$(1)))
is_split = $(filter-out $(prefix),$(exec_prefix))
relocatable = $(call within,$(if $(is_split),$(call within,$(1),$(exec_prefix),exec_prefix),$(1)),$(prefix),prefix)
# The headers are included as <librtmp/rtmp.h>.
include_directory = $(shell dirname $(call quote,$(incdir)))

each = $(foreach file,$(notdir $(2)),$(call quote,$(1)/$(file)))
directories = $(call quote,$(LIBDIR)) $(call quote,$(PKGCONFIGDIR)) $(call quote,$(SODIR)) $(call quote,$(INCDIR)) \
	$(call quote,$(MANDIR)/man3) $(call quote,$(DOCDIR)/docs)
directories_record = $(call quote,$(target_directory)/librtmp.directories)
for_target = $(if $(chosen_target),--target $(chosen_target))

# The file for pkg-config depends on the directories given on the command line.
substitute = -e 's|@$(1)@|'$(call quote,$(subst |,\|,$(subst &,\&,$(subst \,\\,$(2)))))'|'
pkgconfig = sed $(call substitute,prefix,$(prefix)) \
	$(call substitute,exec_prefix,$(if $(is_split),$(call within,$(exec_prefix),$(prefix),prefix),$${prefix})) \
	$(call substitute,libdir,$(call relocatable,$(libdir))) \
	$(call substitute,SODIR,$(if $(filter-out $(libdir),$(sodir)),$(blank)-L"$(call relocatable,$(sodir))")) \
	$(call substitute,includedir,$(call relocatable,$(include_directory))) \
	$(call substitute,VERSION,$(VERSION)) -e "s|@LIBS@|$$(cat $(built)/native-libs)|" librtmp.pc.in

all: library
	$(pkgconfig) > $(built)/librtmp.pc

# native-libs: what a static link needs besides the archive, a property of Rust's standard library. Of gcc's library every
# compiler adds the form that suits the program: the shared one, named here, would fail a static program.
library:
	$(environment) build-aux/cargo '$(CARGO)' $(call quote,$(target_directory)) rustc $(cargoflags) --lib \
		--target-dir $(call quote,$(target_directory)) --profile $(profile) $(for_target) \
		--crate-type cdylib,staticlib $(chosen_features) \
		$(if $(strip $(link_flags)),-- $(foreach flag,$(link_flags),-C link-arg=$(flag)))
	@test -e $(built)/librtmp.a || { echo "make: cargo has put the library elsewhere: is there a target in its configuration? \
	Please name it, by target=TRIPLE." >&2; exit 1; }
	build-aux/archive $(built)/librtmp.a $(built)/$(shared)
	printf '' | $(RUSTC) $(for_target) --crate-type staticlib --crate-name native --print native-static-libs \
		-o $(built)/native.a - 2>&1 | sed -n 's/-lgcc_s *//;s/.*native-static-libs: //p' > $(built)/native-libs
	@printf %s $(call quote,$(settings)) | tr ';' '\n' > $(record)

# Root often has no cargo, and must not build into the user's directory: what was built before is installed.
install: $(if $(is_built),,$(to_build))
	@test -e $(built)/librtmp.a || { echo "make: nothing is built, and there is no cargo" >&2; exit 1; }
	build-aux/directories note $(directories_record) $(directories)
	$(INSTALL) -d $(directories)
ifneq ($(SHARED),)
	$(INSTALL) -m 755 $(built)/$(shared) $(call quote,$(SODIR)/$(installed))
	ln -sf $(installed) $(call quote,$(SODIR)/$(shared))
endif
	$(INSTALL) -m 644 $(built)/librtmp.a $(call quote,$(LIBDIR))
	$(pkgconfig) > $(call quote,$(PKGCONFIGDIR)/librtmp.pc)
	chmod 644 $(call quote,$(PKGCONFIGDIR)/librtmp.pc)
	$(INSTALL) -m 644 $(headers) $(call quote,$(INCDIR))
	$(INSTALL) -m 644 docs/librtmp.3 $(call quote,$(MANDIR)/man3)
	$(INSTALL) -m 644 $(documents) $(call quote,$(DOCDIR))
	$(INSTALL) -m 644 $(further_documents) $(call quote,$(DOCDIR)/docs)

uninstall:
	rm -f $(call each,$(SODIR),$(installed) $(shared)) $(call each,$(LIBDIR),librtmp.a) \
		$(call each,$(PKGCONFIGDIR),librtmp.pc) $(call each,$(INCDIR),$(headers)) $(call each,$(MANDIR)/man3,librtmp.3) \
		$(call each,$(DOCDIR),$(documents)) $(call each,$(DOCDIR)/docs,$(further_documents))
	build-aux/directories remove $(directories_record) $(directories)

dist:
	CARGO='$(CARGO)' TAR='$(TAR)' \
		build-aux/dist librtmp-rs-$(version) $(call quote,$(target_directory)/librtmp-rs-$(version).tar.gz)

demo:
	capi-tests/setup demo
	$(MAKE) all
	capi-tests/demo $(built)/$(shared)

package:
	capi-tests/setup package
	packaging/run
.PHONY: package

bench:
	capi-tests/setup bench
	$(MAKE) all
	capi-tests/bench/run --library $(built)/$(shared) --report docs/performance.md

check:
	capi-tests/setup check
	$(CARGO) fmt --check
	$(CARGO) clippy $(cargoflags) --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc $(cargoflags) --no-deps
	# In valgrind programs run on the optimised library, below: the other takes minutes more.
	$(CARGO) test $(cargoflags) --all-targets -- --skip ::valgrind
	$(MAKE) all
	# The optimised library is another program to C than the one with debug assertions.
	LIBRARY_DIRECTORY="$$(cd $(built) && pwd)" $(CARGO) test $(cargoflags) --test abi --test capi
	# A test that compares with the original must hold for the original itself.
	DIFFERENTIAL_SEATS=original,original $(CARGO) test $(cargoflags) --test differential
	$(MAKE) cross-check
	cd fuzz && $(CARGO) fmt --check && $(CARGO) clippy --release --locked -- -D warnings
	# Licences, sources and advisories of all crates.
	packaging/deny
	$(MAKE) fuzz
	# Programs, plugins and FFmpeg are built with what an installation provides.
	$(MAKE) install prefix='$(CURDIR)/target/stage' DESTDIR=
	capi-tests/install/run --library $(built)/$(shared)
	capi-tests/link/run --prefix target/stage
	capi-tests/programs/run --library $(built)/$(shared) --pc target/stage/lib/pkgconfig --both-original
	capi-tests/programs/run --library $(built)/$(shared) --pc target/stage/lib/pkgconfig
	capi-tests/examples/run --library $(built)/$(shared) --pc target/stage/lib/pkgconfig
	capi-tests/ertmp/run --library $(built)/$(shared) --pc target/stage/lib/pkgconfig
	capi-tests/hostile/run --library $(built)/$(shared)
	# Where no call waits the calls of one thread with poll are watched; a part is enough, and one with the smallest queue.
	capi-tests/hostile/run --library $(built)/$(shared) --mode nonblocking --every 12
	capi-tests/hostile/run --library $(built)/$(shared) --mode nonblocking --queue 1 --every 50
	# A part of it in tools that look at each access to memory, that of an instrumented library as well (stable rustc takes
	# the flag then).
	RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address $(CARGO) build --release --locked --target $(triple) --target-dir target/sanitized
	capi-tests/hostile/run --library target/sanitized/$(triple)/release/$(shared) --tool sanitizers --every 20
	capi-tests/hostile/run --library target/sanitized/$(triple)/release/$(shared) --tool sanitizers --mode nonblocking --every 60
	capi-tests/hostile/run --library $(built)/$(shared) --tool valgrind --every 100
	capi-tests/hostile/run --library $(built)/$(shared) --tool valgrind --mode nonblocking --every 200
	# Several threads on one handle, calls stopped from outside, servers and networks that fail.
	capi-tests/stress/run --library $(built)/$(shared)
	capi-tests/stress/run --library $(built)/$(shared) --check sanitizers --case steady --case sudden --case stop
	capi-tests/stress/run --library target/sanitized/$(triple)/release/$(shared) --check sanitizers --case calls
	LIBRARY=$(built)/$(shared) capi-tests/stress/tsan 500 1 4
	# Only that the benchmark works: speed never decides.
	capi-tests/bench/run --library $(built)/$(shared) --smoke

# Machines that differ in the size of pointers, in the sign of char and in the order of bytes.
cross-check: all
	capi-tests/cross/run $(built)/$(shared) i386 arm64 s390x

cross: all
	capi-tests/cross/run $(built)/$(shared) i386 arm64 s390x armhf ppc64el riscv64 systems

fuzz:
	fuzz/run

clean:
	$(CARGO) clean --target-dir $(call quote,$(target_directory))

.PHONY: all library install uninstall dist demo bench check cross cross-check fuzz clean

endif
