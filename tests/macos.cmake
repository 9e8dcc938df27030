# The unit tests on macOS: tests/compiled.sh compiles and links them, and nothing here can run them. What
# tests Linux's own matters is left out by its file's name. The other tests are not ported.

# Pages without a place on the disk, /dev/shm, the folders of XDG, mount namespaces, and what /proc says
# is open or mapped.
set(linux_unit page_size shared_memory_places state_folder store_io store_reader_files)
# Needs a library that checks its invariants; here it is what a host gets.
set(checked_unit check)
# Support for tests that are not ported: network namespaces, a preloaded library, a terminal, threads
# as /proc shows them, servers.
set(linux_support certificates collector fake_device h2_server net_namespace nginx runtime_dir
  own_process terminal thread_facts)

set_source_files_properties(support/process.cc PROPERTIES COMPILE_DEFINITIONS
  "EMBEDDABLES_BIN_DIR=\"${CMAKE_BINARY_DIR}/bin\";EMBEDDABLES_PRELOAD=\"DYLD_INSERT_LIBRARIES=\";EMBEDDABLES_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\"")
file(GLOB sources CONFIGURE_DEPENDS unit/*_test.cc support/*.cc)
list(FILTER sources EXCLUDE REGEX "_(linux|windows)\\.cc$")
foreach(name ${linux_unit} ${checked_unit})
  list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/unit/${name}_test.cc)
endforeach()
foreach(name ${linux_support})
  list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/support/${name}.cc)
endforeach()

add_executable(unit_tests ${sources})
target_include_directories(unit_tests PRIVATE ${PROJECT_SOURCE_DIR})
target_include_directories(unit_tests SYSTEM PRIVATE ${EMBEDDABLES_RAPIDJSON_INCLUDE})
target_link_libraries(unit_tests PRIVATE embeddables_flags embeddables::agent GTest::gtest_main
  embeddables_curl embeddables_sqlite Threads::Threads)
target_compile_options(unit_tests PRIVATE -O0)
add_test(NAME unit COMMAND unit_tests)
