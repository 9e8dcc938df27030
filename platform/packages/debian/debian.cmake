# `cpack -G DEB`: libembeddables-agent-dev has headers, archive, CMake's and pkg-config's files;
# embeddables-agent-tools has the programs, their manual, completions and systemd's units. Nothing
# is enabled, and nothing is in /etc, so that there are no conffiles: agent.conf is an example.
#
# Configure with -DCMAKE_INSTALL_PREFIX=/usr, for the library to be in Debian's folder of its
# architecture. tests/packages.sh builds both and tries them.
find_program(EMBEDDABLES_GZIP gzip)
find_program(EMBEDDABLES_DPKG dpkg)
mark_as_advanced(EMBEDDABLES_GZIP EMBEDDABLES_DPKG)
if(NOT EMBEDDABLES_GZIP OR NOT EMBEDDABLES_DPKG)
  return()
endif()
set(EMBEDDABLES_MAINTAINER "The owner of embeddables-agent <owner@embeddables-agent.invalid>" CACHE STRING
  "The Maintainer of the Debian packages")
mark_as_advanced(EMBEDDABLES_MAINTAINER)

# Of the headers that are compiled in, the notices, as the build machine's packages have them.
string(CONCAT copyright
  "embeddables-agent ${PROJECT_VERSION}\n\n"
  "Copyright: its owner's. The owner has not chosen a licence: nothing here grants one.\n\n"
  "THIRD-PARTY.md beside this file names what the build has taken from others.\n")
foreach(part rapidjson-dev libcli11-dev libcpp-httplib-dev)
  if(EXISTS /usr/share/doc/${part}/copyright)
    file(READ /usr/share/doc/${part}/copyright notice)
    string(APPEND copyright "\n--- What ${part} says of itself:\n\n${notice}")
  endif()
endforeach()
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(folder ${PROJECT_BINARY_DIR}/debian)
file(WRITE ${folder}/copyright "${copyright}")
foreach(package ${embeddables_doc_dev} ${embeddables_doc_tools})
  file(WRITE ${folder}/${package}/changelog "embeddables-agent (${PROJECT_VERSION}) unstable; \
urgency=medium\n\n  * CHANGELOG.md of the sources says what is new.\n\n \
-- ${EMBEDDABLES_MAINTAINER}  ${date}\n")
  execute_process(COMMAND ${EMBEDDABLES_GZIP} -9nf ${folder}/${package}/changelog)
endforeach()
foreach(component dev tools)
  if(component STREQUAL dev OR TARGET embeddables-agent)
    set(doc ${CMAKE_INSTALL_DATADIR}/doc/${embeddables_doc_${component}})
    install(FILES ${folder}/copyright ${folder}/${embeddables_doc_${component}}/changelog.gz
      DESTINATION ${doc} COMPONENT embeddables_${component} EXCLUDE_FROM_ALL)
    list(APPEND CPACK_COMPONENTS_ALL embeddables_${component})
  endif()
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME embeddables-agent)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR embeddables-agent)
set(CPACK_PACKAGE_CONTACT "${EMBEDDABLES_MAINTAINER}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ
  GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/before_packing.cmake)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE https://embeddables.com)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_EMBEDDABLES_DEV_PACKAGE_NAME ${embeddables_doc_dev})
set(CPACK_DEBIAN_EMBEDDABLES_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_EMBEDDABLES_DEV_PACKAGE_DEPENDS
  "libcurl4-openssl-dev (>= 7.88.1) | libcurl4-gnutls-dev (>= 7.88.1), libsqlite3-dev (>= 3.37)")
set(CPACK_COMPONENT_EMBEDDABLES_DEV_DESCRIPTION "custom events for Embeddables, offline first (library)
The static library that programs link to send custom events to Embeddables,
with its headers and the files for CMake and pkg-config. Events that cannot
be sent soon are kept in an SQLite file.")

set(CPACK_DEBIAN_EMBEDDABLES_TOOLS_PACKAGE_NAME ${embeddables_doc_tools})
set(CPACK_DEBIAN_EMBEDDABLES_TOOLS_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_EMBEDDABLES_TOOLS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_EMBEDDABLES_TOOLS_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_EMBEDDABLES_TOOLS_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/postinst
  ${CMAKE_CURRENT_LIST_DIR}/prerm ${CMAKE_CURRENT_LIST_DIR}/postrm)
set(CPACK_COMPONENT_EMBEDDABLES_TOOLS_DESCRIPTION "custom events for Embeddables, offline first (programs)
The command line embeddables-agent, which stores and sends custom events,
for shell scripts and for whoever looks after a device; and the collector
that stands in for the endpoint while you try it. Units for systemd are in
it, and are not enabled.")
include(CPack)
