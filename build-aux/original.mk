# The variables of the original's Makefile. Who passes one means something by it: it has a meaning here, or is refused with a
# word. (prefix, libdir, sodir, incdir, mandir, DESTDIR, INSTALL, CC, CROSS_COMPILE, SHARED and VERSION are in Makefile.)

# The original sets all of these itself: what the environment says under the same names concerned it as little as us.
given = $(filter command override,$(origin $(1)))

# Flags of the C compiler, for the little that is C here.
c_flags = $(if $(call given,OPT),$(OPT)) $(if $(call given,XCFLAGS),$(XCFLAGS)) $(if $(call given,INC),$(INC)) \
	$(if $(call given,XDEF),$(XDEF)) $(if $(call given,DEF),$(DEF))

# Flags of the linker and libraries, for the shared library. LDFLAGS is what distributions pass.
link_flags = $(LDFLAGS) $(if $(call given,XLDFLAGS),$(XLDFLAGS)) $(if $(call given,XLIBS),$(XLIBS))

ifneq ($(call given,OPT),)
$(info OPT=$(OPT): for the C part; the rest is optimised as profile=library or profile=small says)
endif

ifneq ($(call given,SYS),)
ifneq ($(SYS),$(if $(is_darwin),darwin,posix))
$(error SYS=$(SYS): this would build for $(if $(is_darwin),darwin,posix); target=TRIPLE names the system to build for)
endif
endif

# Without CRYPTO the original has neither TLS nor RTMPE; here TLS alone can be left out.
ifneq ($(call given,CRYPTO),)
ifeq ($(CRYPTO),)
$(warning CRYPTO=: leaves TLS out; RTMPE and the layout of RTMP stay)
without_tls = --no-default-features
else
$(warning CRYPTO=$(CRYPTO): TLS is rustls, whatever it says)
endif
endif
ifneq ($(if $(call given,XDEF),$(filter -DNO_SSL -DNO_CRYPTO,$(XDEF))),)
$(warning XDEF=$(XDEF): leaves TLS out; RTMPE and the layout of RTMP stay)
without_tls = --no-default-features
endif

ifneq ($(filter-out 1,$(if $(call given,SO_VERSION),$(SO_VERSION))$(if $(call given,SOVERSION),$(SOVERSION))),)
$(error The library is librtmp.so.1: another number would be another interface)
endif
ifneq ($(filter-out librtmp.so.1 librtmp.1.dylib,$(if $(call given,SONAME),$(SONAME))),)
$(error SONAME=$(SONAME): programs look for $(installed))
endif

# There are no programs here, and no other libraries.
$(foreach name,bindir sbindir BINDIR SBINDIR,$(if $(call given,$(name)),\
	$(warning $(name): not used, this is the library without programs)))
$(foreach name,LIBZ ZLIB LIBS LIBRTMP LIB_GNUTLS LIB_OPENSSL LIB_POLARSSL LIBS_posix LIBS_darwin LIBS_mingw CRYPTO_LIB \
	CRYPTO_REQ CRYPTO_DEF REQ_GNUTLS REQ_OPENSSL PUBLIC_LIBS PRIVATE_LIBS THREADLIB SLIBS LDLIBS RANLIB EXT,\
	$(if $(call given,$(name)),$(warning $(name): not used; cargo and rustc choose the libraries)))
