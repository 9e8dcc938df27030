# The library as others see it: what a shared one shows, and the target for programs in C.
get_target_property(type embeddables TYPE)
if(type STREQUAL SHARED_LIBRARY)
  if(WIN32)
    message(FATAL_ERROR "embeddables-agent: on Windows the C++ library is static; the target "
      "embeddables_dll is the C ABI as a DLL")
  endif()
  set(embeddables_shared ON)
  set(map ${PROJECT_SOURCE_DIR}/platform/exports_${embeddables_system}.map)
  target_compile_definitions(embeddables PUBLIC EMBEDDABLES_SHARED)
  if(ANDROID)
    # Devices whose pages have 16 KiB load it, too, whichever NDK has linked it.
    target_link_options(embeddables PRIVATE -Wl,-z,max-page-size=16384)
  endif()
  if(NOT APPLE)  # there, what is not marked EMBEDDABLES_API is hidden, and calls stay within anyway
    # Its own calls stay within it, whatever else in the process has functions of the same names.
    target_link_options(embeddables PRIVATE -Wl,--version-script=${map} -Wl,-Bsymbolic-functions)
    set_property(TARGET embeddables APPEND PROPERTY LINK_DEPENDS ${map})
  endif()
else()
  set(embeddables_shared OFF)
endif()

# The same library for agent_c.h: it asks for no C++ when the program is compiled, only when it is
# linked.
add_library(embeddables_c INTERFACE)
add_library(embeddables::agent_c ALIAS embeddables_c)
target_include_directories(embeddables_c INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
target_link_libraries(embeddables_c INTERFACE $<LINK_ONLY:embeddables>)
if(embeddables_shared)
  target_compile_definitions(embeddables_c INTERFACE EMBEDDABLES_SHARED)
endif()

# What a C++ compiler links by itself, for programs that a C compiler links.
set(embeddables_cxx_libraries ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
list(FILTER embeddables_cxx_libraries INCLUDE REGEX "^((std)?c\\+\\+(abi)?|m)$")
string(REGEX REPLACE "([^;]+)" "$<LINK_ONLY:\\1>" embeddables_cxx_for_c "${embeddables_cxx_libraries}")
if(NOT embeddables_top_level AND NOT embeddables_shared AND
    NOT CXX IN_LIST embeddables_parents_languages)
  target_link_libraries(embeddables INTERFACE ${embeddables_cxx_for_c})
endif()

# The same bytes in whichever folder it is built. Debug builds keep the paths for debuggers.
add_library(embeddables_no_paths INTERFACE)
if(EMBEDDABLES_REPRODUCIBLE AND NOT EMBEDDABLES_SANITIZE AND NOT MSVC)
  # The last one that fits counts, and the build's folder often lies in the sources'.
  foreach(folder IN ITEMS ${PROJECT_SOURCE_DIR}=. ${PROJECT_BINARY_DIR}=build)
    target_compile_options(embeddables_no_paths INTERFACE
      "$<$<NOT:$<CONFIG:Debug>>:-ffile-prefix-map=${folder}>")
  endforeach()
  if(CMAKE_SYSTEM_NAME STREQUAL Linux)
    # No times and no owners in the archive; binutils may be built with another default.
    set(CMAKE_CXX_ARCHIVE_CREATE "<CMAKE_AR> qcD <TARGET> <LINK_FLAGS> <OBJECTS>")
    set(CMAKE_CXX_ARCHIVE_FINISH "<CMAKE_RANLIB> -D <TARGET>")
  endif()
endif()
target_link_libraries(embeddables PRIVATE $<BUILD_INTERFACE:embeddables_no_paths>)

if(NOT embeddables_top_level AND NOT EMBEDDABLES_WARNINGS_AS_ERRORS)
  # The parent's -Werror is for the parent's code.
  target_compile_options(embeddables PRIVATE $<$<NOT:$<BOOL:${MSVC}>>:-Wno-error>)
  set_target_properties(embeddables PROPERTIES COMPILE_WARNING_AS_ERROR OFF)
endif()
