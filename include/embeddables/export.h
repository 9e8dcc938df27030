// EMBEDDABLES_API marks what the shared library shows. The CMake targets and the pkg-config file of
// a shared library define EMBEDDABLES_SHARED; those of the static one leave its symbols invisible
// outside of your program or plug-in.

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
