# The tests on Windows, and under Wine: tests/windows.sh builds and runs them. What tests other
# systems' own matters is left out by its file's name.
include(GoogleTest)

# POSIX: descriptors, modes, owners, symbolic links, forks, signals, limits, mmap.
set(posix_unit intake_origin left_over_intake page_size platform shared_memory store_io store_path
  store_reader store_reserve store_set_aside store upgrade)
# Reads this repository's guide, beside which the test program does not lie on another machine.
set(elsewhere_unit what_happens)
# Needs a library that checks its invariants; here it is what a host gets.
set(checked_unit check)
# Those of the end-to-end tests that use nothing but processes, files and HTTP.
set(portable_e2e offline_story own_events)

# Support that is about descriptors, forks, terminals, network namespaces or /proc, and servers that need
# OpenSSL or libnghttp2.
set(posix_support certificates clock_host delaying_proxy forked forwarding free_port h2_server
  net_namespace nginx process raw_server runtime_dir terminal thread_facts)

set_source_files_properties(support/process_windows.cc PROPERTIES COMPILE_DEFINITIONS
  "EMBEDDABLES_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\"")
file(GLOB support CONFIGURE_DEPENDS support/*.cc)
foreach(name ${posix_support})
  list(REMOVE_ITEM support ${CMAKE_CURRENT_SOURCE_DIR}/support/${name}.cc)
endforeach()

function(embeddables_windows_target name)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_include_directories(${name} SYSTEM PRIVATE ${EMBEDDABLES_RAPIDJSON_INCLUDE})
  target_link_libraries(${name} PRIVATE embeddables_flags embeddables_curl embeddables_sqlite
    Threads::Threads ${ARGN})
  if(NOT MSVC)
    target_compile_options(${name} PRIVATE -O0)
  endif()
endfunction()

add_library(test_support OBJECT EXCLUDE_FROM_ALL ${support})
embeddables_windows_target(test_support embeddables::agent GTest::gtest collector_http)

file(GLOB unit CONFIGURE_DEPENDS unit/*_test.cc)
foreach(name ${posix_unit} ${elsewhere_unit} ${checked_unit})
  list(REMOVE_ITEM unit ${CMAKE_CURRENT_SOURCE_DIR}/unit/${name}_test.cc)
endforeach()
add_executable(unit_tests ${unit} $<TARGET_OBJECTS:test_support>)
embeddables_windows_target(unit_tests embeddables::agent GTest::gtest_main collector_http)

list(TRANSFORM portable_e2e PREPEND e2e/)
list(TRANSFORM portable_e2e APPEND _test.cc)
add_executable(e2e_tests ${portable_e2e} $<TARGET_OBJECTS:test_support>)
embeddables_windows_target(e2e_tests embeddables::agent GTest::gtest_main collector_http)
add_dependencies(e2e_tests embeddables-agent embeddables-collector quickstart)

# What only this system does to a store: windows/NAME_test.cc, with programs that they start
# (windows/NAME_host.cc) and a DLL that has an agent of its own.
file(GLOB faults CONFIGURE_DEPENDS windows/*_test.cc)
add_executable(windows_tests ${faults} $<TARGET_OBJECTS:test_support>)
embeddables_windows_target(windows_tests embeddables::agent GTest::gtest_main collector_http)
add_executable(kill_host windows/kill_host.cc)
embeddables_windows_target(kill_host embeddables::agent)
add_library(plugin MODULE windows/plugin.cc)
set_target_properties(plugin PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
embeddables_windows_target(plugin embeddables::agent)
add_dependencies(windows_tests embeddables-agent embeddables-collector kill_host plugin
  embeddables_dll)

foreach(label unit e2e windows)
  add_test(NAME ${label} COMMAND ${label}_tests)
endforeach()
