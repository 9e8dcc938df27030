// EMBEDDABLES_API marks what the shared library shows. The CMake targets and the pkg-config file of
// a shared library define EMBEDDABLES_SHARED; those of the static one leave its C++ symbols
// invisible outside of your program or plug-in. The C interface (agent_c.h) is always visible: a
// plug-in hides it with its linker's --exclude-libs,ALL or a version script of its own.

#ifndef EMBEDDABLES_EXPORT_H_
#define EMBEDDABLES_EXPORT_H_

#if defined(EMBEDDABLES_SHARED) && defined(__has_cpp_attribute)
#if __has_cpp_attribute(gnu::visibility)
#define EMBEDDABLES_API [[gnu::visibility("default")]]
#endif
#endif
#ifndef EMBEDDABLES_API
#define EMBEDDABLES_API
#endif

#endif  // EMBEDDABLES_EXPORT_H_
