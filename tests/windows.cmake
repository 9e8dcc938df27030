# The tests on Windows, and under Wine: tests/windows.sh builds and runs them. What tests other
# systems' own matters is left out by its file's name.
include(GoogleTest)

# Left out, with what they need that this system has not, or does otherwise.
set(posix_unit
  # fork, or signals
  intake_origin left_over_intake platform shared_memory shared_memory_places store_reader_files upgrade
  # descriptors, mmap
  page_size store_io
  # modes, owners, symbolic links, FIFOs, limits
  store store_path store_reader store_reserve
  # a file that loses its name while it is open
  intake_memory store_set_aside store_takeover worker_repair
  # XDG's variables
  state_folder)
# Reads this repository's guide, beside which the test program does not lie on another machine.
set(elsewhere_unit what_happens)
# Needs a library that checks its invariants; here it is what a host gets.
set(checked_unit check)
# /proc.
set(posix_parts http_thread)
# Node.
set(posix_contract prism)
set(posix_e2e
  # fork, another user, mounts, modes, SIGSTOP, SIGTERM
  command_line_doctor_device command_line_settings_files command_line_status_files
  command_line_stream inspect inspect_files shutdown
  # a terminal; a stack and an allocator that are measured; /proc; a shell, Python, Mono, nginx, openssl
  command_line_top call_cost idle transport guide hosts relay command_line_doctor_tls)
set(posix_faults
  # signals, cancelled threads, fork, a copy of the test's own process that is killed
  cancel corruption_processes crash_safe exit fork host_process last_word memory_places misuse
  sigkill
  # namespaces of the network; servers that need libnghttp2 or nginx
  dead_connection http2 network network_monitor upload_window
  # a collector with certificates of openssl's; faketime
  clock environment tls
  # loop devices, /dev/shm, limits, /proc/self
  disk from_memory full_disk
  # another user
  other_user)
# The story: what .ci/run compiles of the end-to-end tests.
set(story offline_story own_events)

# Support that is about descriptors, forks, terminals, preloaded libraries, network namespaces or /proc, and
# servers that need libnghttp2.
set(posix_support certificates delaying_proxy fake_device forked h2_server net_namespace nginx
  odd_files own_process posix_linux posix_macos process runtime_dir tcp terminal thread_facts)

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

# The tests of a folder, but for those files that are named.
function(embeddables_windows_tests label folder)
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*_test.cc)
  foreach(name ${ARGN})
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/${name}_test.cc)
  endforeach()
  add_executable(${label}_tests ${sources} $<TARGET_OBJECTS:test_support>)
  embeddables_windows_target(${label}_tests embeddables::agent GTest::gtest_main collector_http)
  add_test(NAME ${label} COMMAND ${label}_tests)
endfunction()

embeddables_windows_tests(unit unit ${posix_unit} ${elsewhere_unit} ${checked_unit})
embeddables_windows_tests(parts parts ${posix_parts})
embeddables_windows_tests(contract contract ${posix_contract})
embeddables_windows_tests(e2e e2e ${posix_e2e} ${story})
embeddables_windows_tests(faults faults ${posix_faults})
add_executable(story_tests $<TARGET_OBJECTS:test_support>)
foreach(name ${story})
  target_sources(story_tests PRIVATE e2e/${name}_test.cc)
endforeach()
embeddables_windows_target(story_tests embeddables::agent GTest::gtest_main collector_http)
add_test(NAME story COMMAND story_tests)
target_link_libraries(contract_tests PRIVATE collector_contract)
foreach(label story e2e parts contract faults)
  add_dependencies(${label}_tests embeddables-agent embeddables-collector quickstart)
endforeach()
foreach(name clock_host exit_host immediate_host peer_host)
  add_executable(${name} hosts/${name}.cc)
  embeddables_windows_target(${name} embeddables::agent)
endforeach()
add_dependencies(e2e_tests exit_host)
add_dependencies(parts_tests own_transport)
add_dependencies(faults_tests clock_host immediate_host peer_host)

# What only this system does to a store: windows/NAME_test.cc, with programs that they start
# (windows/NAME_host.cc) and a DLL that has an agent of its own.
embeddables_windows_tests(windows windows)
foreach(name kill_host plugin_host)
  add_executable(${name} windows/${name}.cc)
  embeddables_windows_target(${name} embeddables::agent)
endforeach()
add_library(plugin MODULE windows/plugin.cc)
set_target_properties(plugin PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
embeddables_windows_target(plugin embeddables::agent)
add_dependencies(windows_tests embeddables-agent embeddables-collector kill_host peer_host plugin
  plugin_host embeddables_dll)

