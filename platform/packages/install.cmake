# `cmake --install`: a tree that may be moved. Packages take its components: embeddables_dev has
# headers, library, CMake's and pkg-config's files, embeddables_runtime the shared library,
# embeddables_tools the programs.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package ${PROJECT_BINARY_DIR}/package)
set(cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/embeddables-agent)

set(libraries embeddables embeddables_c)
if(NOT embeddables_shared)
  list(APPEND libraries embeddables_curl embeddables_sqlite)
endif()
set_target_properties(embeddables PROPERTIES EXPORT_NAME agent)
set_target_properties(embeddables_c PROPERTIES EXPORT_NAME agent_c)
install(TARGETS ${libraries} EXPORT embeddables-agent-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT embeddables_dev
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT embeddables_runtime
    NAMELINK_COMPONENT embeddables_dev
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY include/embeddables DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  COMPONENT embeddables_dev FILES_MATCHING PATTERN *.h)

install(EXPORT embeddables-agent-targets NAMESPACE embeddables:: DESTINATION ${cmake_dir}
  COMPONENT embeddables_dev)
configure_package_config_file(platform/packages/config.cmake.in
  ${package}/embeddables-agent-config.cmake INSTALL_DESTINATION ${cmake_dir}
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before 1.0, 0.2 may break what was written for 0.1.
write_basic_package_version_file(${package}/embeddables-agent-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${package}/embeddables-agent-config.cmake
  ${package}/embeddables-agent-config-version.cmake DESTINATION ${cmake_dir}
  COMPONENT embeddables_dev)

# pkg-config. A static library's user must link what it needs, too, whether the command line has
# --static or not: that is said in Requires and Libs. (--static asks for libcurl's own closure,
# whose packages a system rarely has.) A shared one's user needs nothing else.
function(embeddables_pc_dir result dir)
  if(IS_ABSOLUTE ${dir})
    set(${result} ${dir} PARENT_SCOPE)
  else()
    set(${result} \${prefix}/${dir} PARENT_SCOPE)
  endif()
endfunction()
embeddables_pc_dir(pc_libdir ${CMAKE_INSTALL_LIBDIR})
embeddables_pc_dir(pc_includedir ${CMAKE_INSTALL_INCLUDEDIR})
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  set(pc_prefix ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH pc_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
  string(REGEX REPLACE "/$" "" pc_prefix \${pcfiledir}/${pc_prefix})
endif()
if(embeddables_shared)
  set(pc_requires "")
  set(pc_libs "")
  set(pc_cflags " -DEMBEDDABLES_SHARED")
else()
  set(pc_requires "sqlite3 >= 3.37")
  if(embeddables_needs_curl)
    string(PREPEND pc_requires "libcurl >= 7.88.1, ")
  endif()
  string(REGEX REPLACE "([^;]+);?" " -l\\1" pc_libs "${embeddables_cxx_libraries}")
  string(APPEND pc_libs " -pthread")
  if(WIN32)
    string(APPEND pc_libs " -lws2_32 -lcrypt32 -lbcrypt -ladvapi32 -lsecur32 -liphlpapi -luserenv")
  endif()
  set(pc_cflags "")
endif()
configure_file(platform/packages/embeddables-agent.pc.in ${package}/embeddables-agent.pc @ONLY)
install(FILES ${package}/embeddables-agent.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
  COMPONENT embeddables_dev)

if(TARGET embeddables_dll)
  install(TARGETS embeddables_dll
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT embeddables_runtime
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT embeddables_dev)
  # What makes an import library for any other linker.
  install(FILES ${definitions} DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT embeddables_dev)
endif()
foreach(program embeddables-agent embeddables-collector)
  if(TARGET ${program})
    if(embeddables_shared AND NOT IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
      file(RELATIVE_PATH path /prefix/${CMAKE_INSTALL_BINDIR} /prefix/${CMAKE_INSTALL_LIBDIR})
      set_target_properties(${program} PROPERTIES INSTALL_RPATH $ORIGIN/${path})
    endif()
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
      COMPONENT embeddables_tools)
  endif()
endforeach()
