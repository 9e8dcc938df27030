# What else `cmake --install` puts into the tree: the example of a configuration file, the lists of what
# the build has taken from others, and where there are programs that read them manual pages,
# completions and systemd's units.

set(embeddables_doc_dev libembeddables-agent-dev)
set(embeddables_doc_tools embeddables-agent-tools)
set(embeddables_zsh site-functions)
if(EXISTS /etc/debian_version)
  set(embeddables_zsh vendor-completions)
endif()
include(platform/packages/sbom.cmake)

if(TARGET pages AND NOT WIN32)
  foreach(program embeddables-agent embeddables-collector)
    install(FILES ${PROJECT_BINARY_DIR}/pages/${program}.1
      DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT embeddables_tools)
    install(FILES ${PROJECT_BINARY_DIR}/pages/${program}.bash RENAME ${program}
      DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
      COMPONENT embeddables_tools)
    install(FILES ${PROJECT_BINARY_DIR}/pages/_${program}
      DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${embeddables_zsh} COMPONENT embeddables_tools)
    install(FILES ${PROJECT_BINARY_DIR}/pages/${program}.fish
      DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
      COMPONENT embeddables_tools)
  endforeach()
endif()
if(TARGET embeddables-agent)
  if(NOT WIN32)
    file(GLOB units platform/packages/systemd/*)
    install(FILES ${units} DESTINATION lib/systemd/system COMPONENT embeddables_tools)
  endif()
  install(FILES platform/packages/agent.conf
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${embeddables_doc_tools}/examples
    COMPONENT embeddables_tools)
endif()

if(embeddables_top_level AND NOT embeddables_shared AND NOT WIN32)
  include(platform/packages/debian/debian.cmake)
endif()
